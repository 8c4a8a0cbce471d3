/** The id of what a caller makes without naming it: the same again where the request has an Idempotency-Key, else a new one. */
import { hash } from 'node:crypto';
import { newId } from '../../base/new-id.ts';
import type { Caller } from '../../access/caller.ts';
import type { RequestHeaders } from '../api-operation.ts';

/** A key is any text and belongs to its caller; an id is neither. */
export function ownId(
  given: string | undefined,
  { headers, caller }: { readonly headers: RequestHeaders; readonly caller: Caller },
): string {
  if (given !== undefined) return given;
  const key = headers.get('idempotency-key') ?? '';
  return key === '' ? newId() : hash('sha256', JSON.stringify([caller.keyId, key]));
}
