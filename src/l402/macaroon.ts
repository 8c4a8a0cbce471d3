/**
 * Macaroons in binary version 2, as libmacaroons, go-macaroon and npm's `macaroon` write them (L-09): the codec and the chain of
 * signatures. The numbers of the fields and the derived key are theirs; the published page of L402 has others, and a token
 * built that way is read by nobody.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../base/limits.ts';
import { decodeUtf8 } from './utf8.ts';

export interface Macaroon {
  /** A hint that nothing signs; empty for none. */
  readonly location: string;
  readonly identifier: Uint8Array;
  /** First-party conditions as they are signed. Whoever holds the macaroon can add some, and nobody can take one away. */
  readonly caveats: readonly Uint8Array[];
  /** 32 bytes. */
  readonly signature: Uint8Array;
}

export type MacaroonFault = 'not_a_macaroon' | 'third_party_caveat' | 'too_many_caveats';

const SIGNATURE_BYTES = 32;
const VERSION = 2;
/** Field numbers. A field is its number, its length as a varint, its bytes; the end of a section is the number alone. */
const END = 0;
const LOCATION = 1;
const IDENTIFIER = 2;
const VERIFICATION_ID = 4;
const SIGNATURE = 6;

/** The root key itself signs nothing: libmacaroons hashes it under this name first, and everybody follows. */
const KEY_GENERATOR = 'macaroons-key-generator';

const hmac = (key: Uint8Array | string, data: Uint8Array | string): Buffer =>
  createHmac('sha256', key).update(data).digest();

/** A macaroon that the holder of the root key can verify. */
export function mintMacaroon(
  rootKey: Uint8Array,
  {
    location,
    identifier,
    caveats,
  }: Pick<Macaroon, 'location' | 'identifier'> & { readonly caveats: readonly string[] },
): Macaroon {
  const bare = { location, identifier, caveats: [], signature: hmac(hmac(KEY_GENERATOR, rootKey), identifier) };
  return caveats.reduce<Macaroon>(attenuate, bare);
}

/** The macaroon with one more condition; it takes no key, so that clients can do it. */
export function attenuate(macaroon: Macaroon, caveat: string): Macaroon {
  const signature = hmac(macaroon.signature, caveat);
  return { ...macaroon, caveats: [...macaroon.caveats, Buffer.from(caveat)], signature };
}

/** Whether the root key signed the identifier and every caveat since was chained to it. Compares in constant time. */
export function isSignedBy(rootKey: Uint8Array, { identifier, caveats, signature }: Macaroon): boolean {
  const expected = caveats.reduce(hmac, hmac(hmac(KEY_GENERATOR, rootKey), identifier));
  return signature.length === SIGNATURE_BYTES && timingSafeEqual(expected, signature);
}

export function encodeMacaroon({ location, identifier, caveats, signature }: Macaroon): Buffer {
  return Buffer.concat([
    Uint8Array.of(VERSION),
    ...(location === '' ? [] : field(LOCATION, Buffer.from(location))),
    ...field(IDENTIFIER, identifier),
    Uint8Array.of(END),
    ...caveats.flatMap((caveat) => [...field(IDENTIFIER, caveat), Uint8Array.of(END)]),
    Uint8Array.of(END),
    ...field(SIGNATURE, signature),
  ]);
}

/** Reads what `encodeMacaroon` would write, byte for byte, and nothing else: one macaroon has one spelling. */
export function decodeMacaroon(bytes: Uint8Array): Macaroon | MacaroonFault {
  const header = bytes[0] === VERSION ? readSection(bytes, 1) : undefined;
  const identifier = header?.fields.get(IDENTIFIER);
  const location = decodeUtf8(header?.fields.get(LOCATION) ?? new Uint8Array());
  if (header === undefined || identifier === undefined || location === undefined) return 'not_a_macaroon';
  if (header.fields.has(VERIFICATION_ID)) return 'not_a_macaroon';

  const conditions = readCaveats(bytes, header.end);
  if (typeof conditions === 'string') return conditions;
  const signature = readSignature(bytes, conditions.end);
  if (signature === undefined) return 'not_a_macaroon';
  return { location, identifier, caveats: conditions.caveats, signature };
}

/** The last field, with nothing behind it. */
function readSignature(bytes: Uint8Array, from: number): Uint8Array | undefined {
  const last = readField(bytes, from);
  const isWhole = last?.tag === SIGNATURE && last.data.length === SIGNATURE_BYTES && last.end === bytes.length;
  return isWhole ? last.data : undefined;
}

/** Sections of caveats up to an empty one. */
function readCaveats(
  bytes: Uint8Array,
  from: number,
): { readonly caveats: readonly Uint8Array[]; readonly end: number } | MacaroonFault {
  const caveats: Uint8Array[] = [];
  for (let section = readSection(bytes, from); section !== undefined; section = readSection(bytes, section.end)) {
    const { fields, end } = section;
    if (fields.size === 0) return { caveats, end };
    const caveat = fields.get(IDENTIFIER);
    if (caveat === undefined) return 'not_a_macaroon';
    // Somebody else would have to say whether it holds, and there is nobody whom we would ask.
    if (fields.size > 1) return 'third_party_caveat';
    if (caveats.length === limits.caveatsMax) return 'too_many_caveats';
    caveats.push(caveat);
  }
  return 'not_a_macaroon';
}

interface Field {
  readonly tag: number;
  readonly data: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

interface Section {
  readonly fields: ReadonlyMap<number, Uint8Array>;
  readonly end: number;
}

const SECTION_FIELDS = new Set([LOCATION, IDENTIFIER, VERIFICATION_ID]);

/** Fields up to the end of their section, in ascending order as every writer has them. */
function readSection(bytes: Uint8Array, from: number): Section | undefined {
  const fields = new Map<number, Uint8Array>();
  let previous = END;
  for (let next = readField(bytes, from); next !== undefined; next = readField(bytes, next.end)) {
    if (next.tag === END) return { fields, end: next.end };
    if (next.tag <= previous || !SECTION_FIELDS.has(next.tag)) return undefined;
    if (next.tag === LOCATION && next.data.length === 0) return undefined; // nobody writes an empty one
    previous = next.tag;
    fields.set(next.tag, next.data);
  }
  return undefined;
}

function readField(bytes: Uint8Array, from: number): Field | undefined {
  const tag = bytes[from];
  if (tag === undefined) return undefined;
  if (tag === END) return { tag, data: new Uint8Array(), end: from + 1 };
  const length = readLength(bytes, from + 1);
  if (length === undefined || length.end + length.value > bytes.length) return undefined;
  const end = length.end + length.value;
  return { tag, data: bytes.subarray(length.end, end), end };
}

const GROUP_BITS = 7;
const GROUP_MASK = 0x7f;
const MORE = 0x80;
/** Three groups count two million bytes; no token comes near. */
const LENGTH_BYTES_MAX = 3;

/** A length in groups of seven bits, lowest first, in the fewest bytes. */
function readLength(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < LENGTH_BYTES_MAX; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value |= (byte & GROUP_MASK) << (GROUP_BITS * index);
    if (byte < MORE) return byte === 0 && index > 0 ? undefined : { value, end: from + index + 1 };
  }
  return undefined;
}

function field(tag: number, data: Uint8Array): Uint8Array[] {
  const opening = [tag];
  let rest = data.length;
  for (; rest >= MORE; rest >>>= GROUP_BITS) opening.push((rest & GROUP_MASK) | MORE);
  return [Uint8Array.from([...opening, rest]), data];
}
