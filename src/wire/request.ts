/** From a payload to a request: valid UTF-8, valid JSON, an object. What is in the object is for the operation to judge. */
import { isUtf8 } from 'node:buffer';
import { isObject, parseJson } from '../base/json.ts';

export type Request = Readonly<Record<string, unknown>>;

/** The one answer to input that is no request (P-02). */
export const INVALID_REQUEST = '{"ok":false,"error":"invalid_request"}';

/** Parses a payload; `undefined` when it is no JSON object in UTF-8. Duplicate members: the last wins (R12). */
export function parseRequest(payload: Buffer): Request | undefined {
  // Without the check a broken byte would become U+FFFD, and two different keys could turn into one.
  if (!isUtf8(payload)) return undefined;
  const value = parseJson(payload.toString('utf8'));
  return isObject(value) ? value : undefined;
}
