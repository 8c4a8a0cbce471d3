/**
 * Reads a BOLT11 invoice as an outsider would: with another's decoder, and the payee's key from the signature alone. So an
 * adapter that invents an invoice, or tells another node's key, is found out.
 */
import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { decode } from 'light-bolt11-decoder';

export interface ReadInvoice {
  /** `bc` mainnet, `tb` testnet, `bcrt` regtest. */
  readonly network: string;
  readonly amountMsat: bigint;
  readonly paymentHash: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly payeeKey: string;
}

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** At the end of an invoice: 65 bytes of signature, then six letters that find typing mistakes. */
const SIGNATURE_LETTERS = 104;
const CHECKSUM_LETTERS = 6;

export function readInvoice(bolt11: string): ReadInvoice {
  const found = new Map<string, unknown>(
    decode(bolt11).sections.map((section) => [section.name, 'value' in section ? section.value : undefined]),
  );
  const text = (name: string): string => {
    const value = found.get(name);
    return typeof value === 'string' ? value : '';
  };
  const network = found.get('coin_network') as { readonly bech32: string };
  const createdAtMs = Number(found.get('timestamp')) * 1_000;
  return {
    network: network.bech32,
    amountMsat: BigInt(text('amount')),
    paymentHash: text('payment_hash'),
    description: text('description'),
    createdAtMs,
    expiresAtMs: createdAtMs + Number(found.get('expiry')) * 1_000,
    payeeKey: signerOf(bolt11),
  };
}

function signerOf(bolt11: string): string {
  const separator = bolt11.lastIndexOf('1');
  const prefix = bolt11.slice(0, separator);
  const letters = bolt11.slice(separator + 1, -CHECKSUM_LETTERS);
  const signed = bytesOf(letters.slice(0, -SIGNATURE_LETTERS), true);
  const signature = bytesOf(letters.slice(-SIGNATURE_LETTERS), false);
  const digest = createHash('sha256').update(prefix, 'utf8').update(signed).digest();
  // Here the recovery number leads; invoices put it last.
  const recovered = Buffer.concat([signature.subarray(64, 65), signature.subarray(0, 64)]);
  const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
  return Buffer.from(key).toString('hex');
}

/** Five bits a letter; what is left of the last byte is filled with zeros, or dropped. */
function bytesOf(letters: string, padded: boolean): Buffer {
  const bits = Array.from(letters, (letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const length = padded ? Math.ceil(bits.length / 8) : Math.floor(bits.length / 8);
  const full = bits.padEnd(length * 8, '0');
  return Buffer.from(Array.from({ length }, (_, i) => Number.parseInt(full.slice(i * 8, i * 8 + 8), 2)));
}
