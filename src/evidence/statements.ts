/**
 * What the server signs (B-06): short texts that say what they are, so that a signature under one can never pass for another.
 * Each is a JSON array, and its bytes as they stand are what was signed: `openssl` checks them without any tool of ours.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { isArray, isObject, parseJson } from '../base/json.ts';

/** A text and the Ed25519 signature of its UTF-8 bytes, in base64. */
export interface Signed {
  readonly text: string;
  readonly signature: string;
}

/** A key as the server publishes it. */
export interface PublishedKey {
  readonly key_id: string;
  readonly version: number;
  /** SPKI in PEM, as `openssl` reads it. */
  readonly public_key: string;
  readonly created_at: string;
  /** The former key's word for this one; null for the first. */
  readonly introduced: (Signed & { readonly key_id: string }) | null;
}

/** Whoever can sign for the server. */
export interface Signer {
  readonly keyId: string;
  readonly keys: readonly PublishedKey[];
  sign(text: string): Signed;
}

/** The journal's end at some time: whoever has it finds a journal that was cut or written anew. */
export interface Checkpoint {
  readonly seq: number;
  readonly chain: string;
  readonly signedAt: string;
  readonly keyId: string;
}

const CHECKPOINT = 'purser-checkpoint/1';
const SEAL = 'purser-evidence/1';
const INTRODUCTION = 'purser-key/1';

export const checkpointText = ({ seq, chain, signedAt, keyId }: Checkpoint): string =>
  JSON.stringify([CHECKPOINT, seq, chain, signedAt, keyId]);

/** Over the whole content of an evidence file. */
export const sealText = (digest: string, signedAt: string, keyId: string): string =>
  JSON.stringify([SEAL, digest, signedAt, keyId]);

/** A key introduces the next one. */
export const introductionText = (version: number, keyId: string, createdAt: string): string =>
  JSON.stringify([INTRODUCTION, version, keyId, createdAt]);

export function readCheckpoint(text: string): Checkpoint | undefined {
  const [kind, seq, chain, signedAt, keyId] = listOf(text);
  const isOne = kind === CHECKPOINT && typeof seq === 'number' && Number.isSafeInteger(seq);
  if (!isOne || typeof chain !== 'string' || typeof signedAt !== 'string' || typeof keyId !== 'string')
    return undefined;
  const checkpoint = { seq, chain, signedAt, keyId };
  // Only the one spelling that is signed.
  return checkpointText(checkpoint) === text ? checkpoint : undefined;
}

export function readSeal(text: string): { readonly digest: string; readonly keyId: string } | undefined {
  const [kind, digest, signedAt, keyId] = listOf(text);
  if (kind !== SEAL || typeof digest !== 'string' || typeof signedAt !== 'string' || typeof keyId !== 'string')
    return undefined;
  return sealText(digest, signedAt, keyId) === text ? { digest, keyId } : undefined;
}

function listOf(text: string): readonly unknown[] {
  const value = parseJson(text);
  return isArray(value) ? value : [];
}

/** The id of a key: the first half of the SHA-256 of its SPKI form, in hex. */
export function keyIdOf(key: KeyObject): string {
  const spki = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex').slice(0, 32);
}

/** Is this text signed by this published key? Never throws, whatever stands there. */
export function isSignedBy({ text, signature }: Signed, { public_key: pem, key_id: keyId }: PublishedKey): boolean {
  try {
    const key = createPublicKey(pem);
    const isOurs = key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === keyId;
    const bytes = Buffer.from(signature, 'base64');
    if (bytes.toString('base64') !== signature) return false;
    return isOurs && verify(null, Buffer.from(text), key, bytes);
  } catch {
    return false;
  }
}

/** Is each key but the first introduced by the one before it? */
export function isKeyChain(keys: readonly PublishedKey[]): boolean {
  return keys.every((key, index) => {
    const former = keys[index - 1];
    if (former === undefined) return key.introduced === null;
    const { introduced } = key;
    if (introduced === null || introduced.key_id !== former.key_id || key.version !== former.version + 1) return false;
    const says = introductionText(key.version, key.key_id, key.created_at);
    return introduced.text === says && isSignedBy(introduced, former);
  });
}

/** A value of a file as a published key, or undefined. */
export function readPublishedKey(value: unknown): PublishedKey | undefined {
  if (!isObject(value)) return undefined;
  const { key_id, version, public_key, created_at, introduced } = value;
  if (typeof key_id !== 'string' || typeof version !== 'number' || typeof public_key !== 'string') return undefined;
  if (typeof created_at !== 'string') return undefined;
  if (introduced === null) return { key_id, version, public_key, created_at, introduced };
  const signed = readSigned(introduced);
  const by = isObject(introduced) ? introduced['key_id'] : undefined;
  if (signed === undefined || typeof by !== 'string') return undefined;
  return { key_id, version, public_key, created_at, introduced: { ...signed, key_id: by } };
}

export function readSigned(value: unknown): Signed | undefined {
  if (!isObject(value)) return undefined;
  const { text, signature } = value;
  return typeof text === 'string' && typeof signature === 'string' ? { text, signature } : undefined;
}
