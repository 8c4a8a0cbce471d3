/**
 * What a key looks like, `pk_<key id>_<secret>`, and how it is kept: the id names it everywhere, the secret is 256 random
 * bits of which only a hash is stored. Plain SHA-256 is right for that: slow hashes make up for passwords that can be
 * guessed, and nobody guesses 256 random bits, while a slow hash would cost every request its time.
 */
import { hash, timingSafeEqual } from 'node:crypto';

/** A key as its holder sends it, taken apart. */
export interface PresentedKey {
  readonly keyId: string;
  readonly secret: string;
}

export const SECRET_BYTES = 32;
export const KEY_ID_BYTES = 8;

const FORM = /^pk_([0-9a-f]{16})_([0-9a-f]{64})$/;

/** Writes a key; its bytes come from the caller, because nothing here is left to chance. */
export function formatKey(keyId: string, secret: Uint8Array): string {
  const key = `pk_${keyId}_${Buffer.from(secret).toString('hex')}`;
  if (!FORM.test(key)) throw new Error('a key has an id of 8 bytes in hex and a secret of 32');
  return key;
}

/** Undefined for anything that was never a key: one that is cut, padded, in capitals, or has signs of its own. */
export function parseKey(text: string): PresentedKey | undefined {
  const [, keyId, secret] = FORM.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

/** What is stored of a secret. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Compares in a time that tells nothing of how much of the hash was right. */
export function isSecretOf(secret: string, storedHash: string): boolean {
  const presented = hash('sha256', secret, 'buffer');
  const stored = Buffer.from(storedHash, 'hex');
  return stored.length === presented.length && timingSafeEqual(stored, presented);
}
