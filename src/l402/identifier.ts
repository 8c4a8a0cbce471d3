/**
 * What a macaroon of L402 says about itself (L-09): version 0 in two bytes, the invoice's payment hash, a random token id.
 * 66 bytes, neither more nor fewer: a reader that takes what it finds would let two identifiers mean the same token.
 */
import { invariant } from '../base/assert.ts';

export interface Identifier {
  /** 32 bytes in lower hex. */
  readonly paymentHash: string;
  /** 32 random bytes in lower hex. */
  readonly tokenId: string;
}

const VERSION = 0;
const VERSION_BYTES = 2;
const PART_BYTES = 32;
const IDENTIFIER_BYTES = VERSION_BYTES + 2 * PART_BYTES;
const PART = /^[0-9a-f]{64}$/;

export function encodeIdentifier({ paymentHash, tokenId }: Identifier): Buffer {
  invariant(PART.test(paymentHash) && PART.test(tokenId), 'a payment hash and a token id are 32 bytes in lower hex');
  const bytes = Buffer.alloc(IDENTIFIER_BYTES);
  bytes.writeUInt16BE(VERSION);
  bytes.write(paymentHash, VERSION_BYTES, 'hex');
  bytes.write(tokenId, VERSION_BYTES + PART_BYTES, 'hex');
  return bytes;
}

/** Undefined for another version and for any other length. */
export function decodeIdentifier(identifier: Uint8Array): Identifier | undefined {
  const bytes = Buffer.from(identifier);
  if (bytes.length !== IDENTIFIER_BYTES || bytes.readUInt16BE() !== VERSION) return undefined;
  return {
    paymentHash: bytes.toString('hex', VERSION_BYTES, VERSION_BYTES + PART_BYTES),
    tokenId: bytes.toString('hex', VERSION_BYTES + PART_BYTES),
  };
}
