/**
 * Bech32 (BIP 173) as invoices use it: without the limit of 90 characters. Words are numbers of five bits; what they
 * mean is for the reader to know.
 */

export interface Bech32 {
  /** In lower case, as the checksum and every signature over it have it. */
  readonly prefix: string;
  /** Without the checksum. */
  readonly words: Uint8Array;
}

const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const ASCII = /^[!-~]*$/;
const CHECKSUM_WORDS = 6;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const WORD_BITS = 5;
const BYTE_BITS = 8;

export function decodeBech32(text: string): Bech32 | 'not_bech32' | 'bad_checksum' {
  const lower = text.toLowerCase();
  if (!ASCII.test(text)) return 'not_bech32'; // some signs beyond become a letter of these in lower case
  if (text !== lower && text !== text.toUpperCase()) return 'not_bech32'; // mixed case is how a damaged copy looks
  const separator = lower.lastIndexOf('1');
  const prefix = lower.slice(0, Math.max(separator, 0));
  const words = Uint8Array.from(lower.slice(separator + 1), (character) => CHARACTERS.indexOf(character));
  // A sign that is none of the 32 has become -1, which is 255 among bytes.
  if (prefix === '' || words.length < CHECKSUM_WORDS || words.some((word) => word >= CHARACTERS.length))
    return 'not_bech32';
  return checksum(prefix, words) === 1 ? { prefix, words: words.subarray(0, -CHECKSUM_WORDS) } : 'bad_checksum';
}

/** What is 1 over a text that ends with its checksum. */
export function checksum(prefix: string, words: Uint8Array): number {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  let sum = 1;
  for (const word of [...codes.map((code) => code >> WORD_BITS), 0, ...codes.map((code) => code & 31), ...words]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << WORD_BITS) ^ word;
    GENERATOR.forEach((value, bit) => {
      if (((top >> bit) & 1) === 1) sum ^= value;
    });
  }
  return sum;
}

/** Words as bytes; bits behind the last whole byte are padding and left out. */
export function wholeBytes(words: Uint8Array): Buffer {
  const padded = paddedBytes(words);
  return padded.subarray(0, Math.floor((words.length * WORD_BITS) / BYTE_BITS));
}

/** Words as bytes; the last one is filled up with zeros. */
export function paddedBytes(words: Uint8Array): Buffer {
  const bytes = Buffer.alloc(Math.ceil((words.length * WORD_BITS) / BYTE_BITS));
  words.forEach((word, index) => {
    const at = index * WORD_BITS;
    const byte = Math.floor(at / BYTE_BITS);
    // A word touches at most two bytes: as the upper and the lower half of sixteen bits.
    const pair = word << (2 * BYTE_BITS - WORD_BITS - (at % BYTE_BITS));
    bytes[byte]! |= pair >> BYTE_BITS;
    if (byte + 1 < bytes.length) bytes[byte + 1]! |= pair & 0xff;
  });
  return bytes;
}
