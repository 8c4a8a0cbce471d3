/**
 * Invoices (BOLT 11), decoded and proved: the checksum, and the signature of the node that promises to have been paid. Used
 * where a node returns an invoice and where a stranger checks evidence without asking anybody (B-06).
 * Feature bits, routes and fall-back addresses are the payer's matter; they are signed over, and not looked at.
 */
import { hash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { limits } from '../base/limits.ts';
import { decodeBech32, paddedBytes, wholeBytes } from './bech32.ts';
import { decodeUtf8 } from './utf8.ts';

/** Bitcoin, its test networks `tb` and `tbs` (signet), and the local ones `bcrt` (regtest) and `sb` (simnet). */
type Network = 'bc' | 'tb' | 'tbs' | 'bcrt' | 'sb';

export interface Invoice {
  readonly network: Network;
  /** Null: the payer chooses. */
  readonly amountMsat: bigint | null;
  /** 32 bytes in lower hex. */
  readonly paymentHash: string;
  /** One of the two is null: the text itself, or the SHA-256 of a longer one in lower hex. */
  readonly description: string | null;
  readonly descriptionHash: string | null;
  readonly timestampSeconds: number;
  readonly expirySeconds: number;
  /** The node that signed, 33 bytes in lower hex. */
  readonly payeeKey: string;
}

export type InvoiceFault =
  | 'too_long'
  | 'not_bech32'
  | 'bad_checksum'
  | 'unknown_network'
  | 'bad_amount'
  /** Cut off, a field that has to be there exactly once is not, or a value makes no sense. */
  | 'bad_fields'
  | 'bad_signature';

const NETWORK = /^ln(bcrt|bc|tbs|tb|sb)(?=\d|$)/;
const AMOUNT = /^([1-9]\d*)([munp]?)$/;
const MSAT_PER_UNIT: Readonly<Record<string, bigint>> = {
  '': 100_000_000_000n,
  m: 100_000_000n,
  u: 100_000n,
  n: 100n,
};
/** A tenth of a millisatoshi; only multiples of ten can be paid. */
const PICO_PER_MSAT = 10n;
const MSAT_MAX = 21_000_000n * 100_000_000_000n;

const TIMESTAMP_WORDS = 7;
const SIGNATURE_WORDS = 104;
const SIGNATURE_BYTES = 64;
const EXPIRY_SECONDS_DEFAULT = 3_600;

/** Types of fields. The first four are skipped unless they have their length, as the specification asks. */
const PAYMENT_HASH = 1;
const PAYMENT_SECRET = 16;
const PAYEE = 19;
const DESCRIPTION_HASH = 23;
const DESCRIPTION = 13;
const EXPIRY = 6;
const fixedWords: ReadonlyMap<number, number> = new Map([
  [PAYMENT_HASH, 52],
  [PAYMENT_SECRET, 52],
  [PAYEE, 53],
  [DESCRIPTION_HASH, 52],
]);

/** Never throws, whatever the text is. */
export function decodeInvoice(text: string): Invoice | InvoiceFault {
  if (text.length > limits.invoiceCharactersMax) return 'too_long';
  const decoded = decodeBech32(text);
  if (typeof decoded === 'string') return decoded;
  const { prefix, words } = decoded;

  const network = readNetwork(prefix);
  if (network === undefined) return 'unknown_network';
  const amountMsat = readAmount(prefix.slice('ln'.length + network.length));
  if (amountMsat === undefined) return 'bad_amount';

  if (words.length < TIMESTAMP_WORDS + SIGNATURE_WORDS) return 'bad_fields';
  const signed = words.subarray(0, -SIGNATURE_WORDS);
  const fields = readFields(signed.subarray(TIMESTAMP_WORDS));
  const content = fields === undefined ? undefined : readContent(fields);
  if (fields === undefined || content === undefined) return 'bad_fields';

  const digest = hash('sha256', Buffer.concat([Buffer.from(prefix), paddedBytes(signed)]), 'buffer');
  const payee = fields.get(PAYEE)?.[0];
  const payeeKey = provedKey(wholeBytes(words.subarray(-SIGNATURE_WORDS)), digest, payee && wholeBytes(payee));
  if (payeeKey === undefined) return 'bad_signature';
  return { network, amountMsat, timestampSeconds: numberOf(signed.subarray(0, TIMESTAMP_WORDS)), ...content, payeeKey };
}

function readNetwork(prefix: string): Network | undefined {
  const found = NETWORK.exec(prefix)?.[1];
  return found === 'bc' || found === 'tb' || found === 'tbs' || found === 'bcrt' || found === 'sb' ? found : undefined;
}

/** Null when there is none, undefined when it is none: a leading zero, another unit, a part of a millisatoshi. */
function readAmount(text: string): bigint | null | undefined {
  if (text === '') return null;
  const [, digits, unit] = AMOUNT.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const value = BigInt(digits);
  if (unit === 'p' && value % PICO_PER_MSAT !== 0n) return undefined;
  const msat = unit === 'p' ? value / PICO_PER_MSAT : value * MSAT_PER_UNIT[unit]!;
  return msat <= MSAT_MAX ? msat : undefined;
}

type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

/** Each field is a type, a length of two words and its words; undefined when the last one is cut off. */
function readFields(words: Uint8Array): Fields | undefined {
  const fields = new Map<number, Uint8Array[]>();
  let rest = words;
  while (rest.length > 0) {
    const [type, high, low] = rest;
    if (type === undefined || high === undefined || low === undefined) return undefined;
    const length = high * 32 + low;
    const value = rest.subarray(3, 3 + length);
    if (value.length < length) return undefined;
    rest = rest.subarray(3 + length);
    if ((fixedWords.get(type) ?? length) !== length) continue;
    fields.set(type, [...(fields.get(type) ?? []), value]);
  }
  return fields;
}

/** What wallets insist on: one payment hash, one payment secret, and either a description or its hash. */
function readContent(
  fields: Fields,
): Pick<Invoice, 'paymentHash' | 'description' | 'descriptionHash' | 'expirySeconds'> | undefined {
  const all = (type: number): readonly Uint8Array[] => fields.get(type) ?? [];
  const [paymentHash, ...furtherHashes] = all(PAYMENT_HASH);
  const [description, ...furtherDescriptions] = [...all(DESCRIPTION), ...all(DESCRIPTION_HASH)];
  if (paymentHash === undefined || description === undefined || all(PAYMENT_SECRET).length !== 1) return undefined;
  if (furtherHashes.length + furtherDescriptions.length > 0) return undefined;

  const isHash = fields.has(DESCRIPTION_HASH);
  const text = isHash ? null : decodeUtf8(wholeBytes(description));
  const [expiry] = all(EXPIRY);
  const expirySeconds = expiry === undefined ? EXPIRY_SECONDS_DEFAULT : numberOf(expiry);
  if (text === undefined || !Number.isSafeInteger(expirySeconds)) return undefined;
  return {
    paymentHash: wholeBytes(paymentHash).toString('hex'),
    description: text,
    descriptionHash: isHash ? wholeBytes(description).toString('hex') : null,
    expirySeconds,
  };
}

/**
 * The key that signed. A key that is named must verify, and then only the lower of the two possible signatures counts; otherwise
 * the key follows from the signature, whose last byte says which of the candidates it is.
 */
function provedKey(signature: Buffer, digest: Buffer, named: Buffer | undefined): string | undefined {
  const [compact, recovery] = [signature.subarray(0, SIGNATURE_BYTES), signature.subarray(SIGNATURE_BYTES)];
  try {
    if (named === undefined) {
      const recovered = secp256k1.recoverPublicKey(Buffer.concat([recovery, compact]), digest, { prehash: false });
      return Buffer.from(recovered).toString('hex');
    }
    return secp256k1.verify(compact, digest, named, { prehash: false }) ? named.toString('hex') : undefined;
  } catch {
    return undefined; // numbers that are no signature, bytes that are no key
  }
}

/** Big-endian words; beyond what a double holds the result is unsafe, and the caller refuses it. */
function numberOf(words: Uint8Array): number {
  return words.reduce((sum, word) => sum * 32 + word, 0);
}
