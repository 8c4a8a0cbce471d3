/** Invoices as a node of a test signs them. */
import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { checksum, paddedBytes } from '../../src/l402/bech32.ts';

const NODE_KEY = Buffer.from('11'.repeat(32), 'hex');
export const NODE_PUBLIC_KEY = Buffer.from(secp256k1.getPublicKey(NODE_KEY, true)).toString('hex');

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const TIMESTAMP = 1_795_267_659;

const wordsOf = (bytes: Uint8Array): number[] => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((group) => Number.parseInt(group.padEnd(5, '0'), 2));
};

const field = (type: number, bytes: Uint8Array): number[] => {
  const words = wordsOf(bytes);
  return [type, words.length >> 5, words.length & 31, ...words];
};

const timeWords = [30, 25, 20, 15, 10, 5, 0].map((bits) => Math.floor(TIMESTAMP / 2 ** bits) % 32);

/** For whole satoshis, on regtest. */
export function signInvoice(sats: number, paymentHash: string, description: string): string {
  const prefix = `lnbcrt${sats * 10}n`;
  const words = [
    ...timeWords,
    ...field(1, Buffer.from(paymentHash, 'hex')),
    ...field(16, Buffer.alloc(32, 7)),
    ...field(13, Buffer.from(description)),
  ];
  const digest = createHash('sha256')
    .update(prefix)
    .update(paddedBytes(Uint8Array.from(words)))
    .digest();
  const signature = secp256k1.sign(digest, NODE_KEY, { prehash: false, format: 'recovered' });
  const [recovery = 0, ...compact] = signature;
  const all = [...words, ...wordsOf(Uint8Array.from([...compact, recovery]))];
  const sum = checksum(prefix, Uint8Array.from([...all, 0, 0, 0, 0, 0, 0])) ^ 1;
  const last = [25, 20, 15, 10, 5, 0].map((bits) => (sum >>> bits) & 31);
  return `${prefix}1${[...all, ...last].map((word) => LETTERS[word]).join('')}`;
}
