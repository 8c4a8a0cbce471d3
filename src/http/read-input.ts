/** From a request's bytes to the input that an operation's schemas let pass, or to the refusal that says what is wrong. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { limits } from '../base/limits.ts';
import { refused, type ApiOperation, type Refused, type RequestHeaders } from '../operations/api-operation.ts';
import { isApiError } from '../operations/codes.ts';

export interface Input {
  readonly path: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly csv?: string | undefined;
  readonly key: string;
}

const NOTHING = {};
const NO_BODY: Body = { json: undefined };
const NO_QUERY = { fields: NOTHING };

/** A request as it came, and the socket's side of it if there is one. */
export interface Received {
  readonly request: Request;
  readonly incoming: IncomingMessage | undefined;
  readonly path: Readonly<Record<string, string>>;
}

/** Answers the input, or why there is none. Nothing has been done for it so far. */
export async function readInput(
  operation: ApiOperation,
  { request, incoming, path }: Received,
): Promise<Input | Refused> {
  const { input, csv } = operation;
  const body = input.body === undefined && csv === undefined ? NO_BODY : await readBody(operation, request, incoming);
  if (isRefused(body)) return body;
  const key = keyOf(operation, request.headers);
  const query = readQuery(request.url);
  if (isRefused(query)) return query;
  return judge(operation, { path, query: query.fields, body, key });
}

/** Undefined: there is none where there must be one, or one that is none. */
function keyOf({ idempotencyKey }: ApiOperation, headers: RequestHeaders): string | undefined {
  if (idempotencyKey === undefined) return '';
  const isLeftOut = idempotencyKey === 'optional' && headers.get('idempotency-key') === null;
  return isLeftOut ? '' : readKey(headers);
}

/** The one validation of a request. */
function judge(
  operation: ApiOperation,
  wire: { path: unknown; query: unknown; body: Body; key: string | undefined },
): Input | Refused {
  const { input } = operation;
  const bad = (why: Refused): Refused => {
    const named = operation.invalid?.({ body: wire.body.json, key: wire.key ?? '' });
    return named === undefined || why.code === 'unknown_field'
      ? why
      : refused(named, named === why.code ? why.details : undefined);
  };
  if (wire.key === undefined) return bad(refused('invalid_idempotency_key'));
  const path = parse(input.path, wire.path);
  if (isRefused(path)) return bad(path);
  const query = parse(input.query, wire.query);
  if (isRefused(query)) return bad(query);
  const { csv } = wire.body;
  if (csv !== undefined) return { path: path.value, query: query.value, body: undefined, csv, key: wire.key };
  const body = parse(input.body, wire.body.json);
  if (isRefused(body)) return bad(body);
  return { path: path.value, query: query.value, body: body.value, key: wire.key };
}

type Parsed = { readonly value: unknown } | Refused;

function parse(schema: z.ZodType | undefined, wire: unknown): Parsed {
  if (schema === undefined) {
    const [stray] = Object.keys(wire ?? NOTHING);
    return stray === undefined ? { value: undefined } : unknownField(stray);
  }
  const result = schema.safeParse(wire);
  return result.success ? { value: result.data } : refusalOf(result.error.issues);
}

/** The most telling of what is wrong: an unknown field first, because its value was surely meant for something. */
function refusalOf(issues: readonly z.core.$ZodIssue[]): Refused {
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys') return unknownField([...issue.path, issue.keys[0]].map(String).join('.'));
  const [first] = issues;
  if (first === undefined) return refused('invalid_request');
  const field = first.path.map(String).join('.');
  const details = field === '' ? undefined : { field: shown(field) };
  if (isApiError(first.message)) return refused(first.message, details);
  return refused('invalid_request', details, field === '' ? first.message : `${shown(field)}: ${first.message}`);
}

const unknownField = (field: string): Refused =>
  refused('unknown_field', { field: shown(field) }, `there is no field "${shown(field)}"`);

const shown = (field: string): string => field.slice(0, limits.shownCharactersMax).toWellFormed();

/** Only ever asked of values that this file has made: input of callers is always wrapped. */
const isRefused = (value: object): value is Refused => 'outcome' in value;

/** 1 to 1,024 bytes. Node gives header lines byte by byte; a key is the text that those bytes are in UTF-8. */
function readKey(headers: RequestHeaders): string | undefined {
  const line = headers.get('idempotency-key');
  if (line === null || line === '') return undefined;
  // oxlint-disable-next-line no-control-regex -- everything that is one byte in UTF-8, as keys usually are
  if (/^[\x00-\x7f]*$/.test(line)) return line.length <= limits.idempotencyKeyBytesMax ? line : undefined;
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) && bytes.length <= limits.idempotencyKeyBytesMax ? bytes.toString('utf8') : undefined;
}

/** Parameters by name; one without a value is as good as left out. */
function readQuery(url: string): { readonly fields: Readonly<Record<string, string>> } | Refused {
  const begin = url.indexOf('?');
  if (begin < 0) return NO_QUERY;
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(url.slice(begin + 1))) {
    if (value === '') continue;
    if (query.has(name)) return refused('invalid_request', { field: shown(name) }, `${shown(name)} stands there twice`);
    query.set(name, value);
  }
  // Own properties, whatever they are called.
  return { fields: Object.fromEntries(query) };
}

/** What came: JSON that was parsed, or a file's text. */
interface Body {
  readonly json: unknown;
  readonly csv?: string;
}

const CSV_TYPE = /^text\/csv\s*(?:;\s*(?:charset\s*=\s*"?utf-8"?|header\s*=\s*"?present"?)\s*)*$/i;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const mediaTypes = {
  never: 'the body must be application/json',
  also: 'the body must be application/json or text/csv',
  only: 'the body must be text/csv',
} as const;

/** Nothing has to be said: no body is as good as one without fields. */
export function mayLeaveOutBody({ input: { body }, csv }: ApiOperation): boolean {
  return csv === undefined && body?.safeParse(NOTHING).success === true;
}

function hasNoBody({ headers, body }: Request, incoming: IncomingMessage | undefined): boolean {
  if (incoming === undefined) return body === null;
  return Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding');
}

async function readBody(
  operation: ApiOperation,
  request: Request,
  incoming: IncomingMessage | undefined,
): Promise<Body | Refused> {
  const { csv } = operation;
  const type = request.headers.get('content-type');
  if (type === null && mayLeaveOutBody(operation) && hasNoBody(request, incoming)) return { json: NOTHING };
  const form = formOf(type ?? '', csv);
  if (form === undefined) return refused('unsupported_media_type', undefined, mediaTypes[csv ?? 'never']);
  const bytes = await readBytes(request, incoming).catch((): 'cut' => 'cut');
  // Nobody is left to read this.
  if (bytes === 'cut') return refused('invalid_request');
  if (bytes === undefined) return refused('body_too_large', { limit_bytes: limits.httpBodyBytesMax });
  return form === 'csv' ? csvOf(bytes) : jsonOf(bytes);
}

/** Undefined: the operation takes no such body. */
function formOf(type: string, csv: ApiOperation['csv']): 'json' | 'csv' | undefined {
  if (csv !== 'only' && (type === 'application/json' || JSON_TYPE.test(type))) return 'json';
  return csv !== undefined && CSV_TYPE.test(type) ? 'csv' : undefined;
}

function csvOf(bytes: Buffer): Body | Refused {
  if (!isUtf8(bytes)) return refused('invalid_csv', { line: 1, column: 1 }, 'the file is not UTF-8');
  return { json: undefined, csv: bytes.toString('utf8') };
}

function jsonOf(bytes: Buffer): Body | Refused {
  // Without the check a broken byte would become U+FFFD, and two different texts could turn into one.
  if (!isUtf8(bytes)) return refused('malformed_json');
  try {
    return { json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return refused('malformed_json');
  }
}

/** The whole body, or undefined when it is too large. A length that is announced is judged before a byte is read. */
async function readBytes(request: Request, incoming: IncomingMessage | undefined): Promise<Buffer | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limits.httpBodyBytesMax) return undefined;
  // Straight from the socket: a web stream in between costs as much as the rest of the request.
  if (incoming !== undefined) return readIncoming(incoming);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type leaves open what the standard fixes
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > limits.httpBodyBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readIncoming(incoming: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limits.httpBodyBytesMax) {
        chunks.push(chunk);
        return;
      }
      // What still comes is thrown away; the connection is closed behind the answer.
      chunks = [];
      resolve(undefined);
    });
    incoming.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    incoming.on('error', reject);
    // It may have gone while its key was looked up: then there is no event to come.
    incoming.on('close', () => reject(new Error('the connection was cut')));
    if (incoming.destroyed) reject(new Error('the connection was cut'));
  });
}
