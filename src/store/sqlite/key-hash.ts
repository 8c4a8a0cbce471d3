/**
 * 45 bits of hash for an idempotency key. Not cryptographic: a look-up always compares the key itself, so a collision
 * costs time and nothing else; the database's own random seed keeps strangers from preparing collisions.
 */

export interface KeyHash {
  /** 31 bits. */
  readonly high: number;
  /** 14 bits. */
  readonly low: number;
}

export const LOW_BITS = 14;

export function keyHash(key: string, seed: number): KeyHash {
  let a = seed ^ 0x9e3779b9;
  let b = seed ^ 0x41c6ce57;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 0x85ebca77);
    b = Math.imul(b ^ code, 0x5f356495);
    a ^= a >>> 15;
  }
  a = Math.imul(a ^ (b >>> 16), 0x2c1b3c6d);
  b = Math.imul(b ^ (a >>> 13), 0x297a2d39);
  return { high: (a ^ (a >>> 16)) >>> 1, low: (b ^ (b >>> 15)) >>> (32 - LOW_BITS) };
}
