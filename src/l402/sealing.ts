/**
 * Root keys as they are stored: sealed with AES-256-GCM under a key that is not in the database (L-04). The text names the
 * version of that key, so that keys can be replaced one row at a time while older rows stay readable. The token's id is sealed
 * in: a root key that was copied to another row opens nothing there.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { invariant } from '../base/assert.ts';

/** Keys of 32 bytes by version; new seals are made under the current one. */
export interface KeyRing {
  readonly current: number;
  readonly keys: ReadonlyMap<number, Uint8Array>;
}

/** A new seal's own. */
export interface SealFor {
  /** 32 bytes in lower hex. */
  readonly tokenId: string;
  /** 12 random bytes, never used twice under one key: a repeated nonce gives away what GCM protects. */
  readonly nonce: Uint8Array;
}

/** `unknown_key`: the ring lacks the version. `not_authentic`: another key, another token, or a changed text. */
export type SealFault = 'not_sealed' | 'unknown_key' | 'not_authentic';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** `v<version>.<nonce>.<ciphertext and tag>` in base64url: 12 bytes are 16 characters, 48 are 64. */
const FORM = /^v([1-9]\d{0,8})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{64})$/;

/** The text to store. */
export function seal(ring: KeyRing, rootKey: Uint8Array, { tokenId, nonce }: SealFor): string {
  const key = ring.keys.get(ring.current);
  invariant(key !== undefined, 'the current key is on the ring');
  invariant(key.length === KEY_BYTES && rootKey.length === KEY_BYTES, 'keys are 32 bytes');
  invariant(nonce.length === NONCE_BYTES, 'a nonce is 12 bytes');
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(tokenId, 'hex'));
  const sealed = Buffer.concat([cipher.update(rootKey), cipher.final(), cipher.getAuthTag()]);
  return `v${ring.current}.${Buffer.from(nonce).toString('base64url')}.${sealed.toString('base64url')}`;
}

/** The root key of 32 bytes. */
export function unseal(ring: KeyRing, text: string, tokenId: string): Buffer | SealFault {
  const [, version, nonce = '', sealed = ''] = FORM.exec(text) ?? [];
  if (version === undefined) return 'not_sealed';
  const key = ring.keys.get(Number(version));
  if (key === undefined) return 'unknown_key';
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(tokenId, 'hex'))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const rootKey = decipher.update(bytes.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return 'not_authentic';
  }
  return rootKey;
}

export type Resealed =
  | { readonly outcome: 'resealed'; readonly text: string }
  /** Sealed with the current key already; there is nothing to store. */
  | { readonly outcome: 'current' }
  | { readonly outcome: 'refused'; readonly reason: SealFault };

/** The same root key under the ring's current key. */
export function reseal(ring: KeyRing, text: string, wanted: SealFor): Resealed {
  const rootKey = unseal(ring, text, wanted.tokenId);
  if (typeof rootKey === 'string') return { outcome: 'refused', reason: rootKey };
  if (text.startsWith(`v${ring.current}.`)) return { outcome: 'current' };
  return { outcome: 'resealed', text: seal(ring, rootKey, wanted) };
}
