/** Checksums and words as BIP 173 has them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { checksum, decodeBech32, paddedBytes, wholeBytes } from './bech32.ts';

const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const encode = (prefix: string, words: readonly number[]): string => {
  const sum = checksum(prefix, Uint8Array.from([...words, 0, 0, 0, 0, 0, 0])) ^ 1;
  const last = [25, 20, 15, 10, 5, 0].map((bits) => (sum >>> bits) & 31);
  return `${prefix}1${[...words, ...last].map((word) => CHARACTERS[word]).join('')}`;
};

const words = fc.array(fc.nat(31), { maxLength: 300 });
const prefix = fc.stringMatching(/^[a-z0-9]{1,20}$/);

suite('bech32', () => {
  // The valid and invalid examples of BIP 173; those of 90 characters and more are not refused here.
  const valid = [
    'A12UEL5L',
    'a12uel5l',
    'an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs',
    'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw',
    '11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j',
    'split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w',
    '?1ezyfcl',
  ];
  for (const text of valid) test(`valid: ${text}`, () => assert.equal(typeof decodeBech32(text), 'object'));

  const invalid: readonly [text: string, fault: string][] = [
    ['', 'not_bech32'],
    ['\u00201nwldj5', 'not_bech32'],
    ['\u007F1axkwrx', 'not_bech32'],
    ['\u00801eym55h', 'not_bech32'],
    ['pzry9x0s0muk', 'not_bech32'],
    ['1pzry9x0s0muk', 'not_bech32'],
    ['x1b4n0q5v', 'not_bech32'],
    ['li1dgmt3', 'not_bech32'],
    ['de1lg7wt\u00FF', 'not_bech32'],
    ['A1G7SGD8', 'bad_checksum'],
    ['10a06t8', 'not_bech32'],
    ['1qzzfhee', 'not_bech32'],
    ['A12UEl5L', 'not_bech32'],
    // The sign for kelvin is a letter of these once it is in lower case.
    ['SPLIT1CHEC\u212AUPSTAGEHANDSHA\u212AEUPSTREAMERRANTERREDCAPERRED2Y9E3W', 'not_bech32'],
  ];
  for (const [text, fault] of invalid)
    test(`${fault}: ${JSON.stringify(text)}`, () => assert.equal(decodeBech32(text), fault));

  test('what was written is read again, in capitals too', () => {
    fc.assert(
      fc.property(prefix, words, (name, content) => {
        const expected = { prefix: name, words: Uint8Array.from(content) };
        assert.deepEqual(decodeBech32(encode(name, content)), expected);
        assert.deepEqual(decodeBech32(encode(name, content).toUpperCase()), expected);
      }),
    );
  });

  test('a wrong character is always found', () => {
    fc.assert(
      fc.property(prefix, words, fc.nat(), fc.nat(31), (name, content, where, put) => {
        const text = encode(name, content);
        const at = name.length + 1 + (where % (text.length - name.length - 1));
        fc.pre(text[at] !== CHARACTERS[put]);
        assert.equal(decodeBech32(text.slice(0, at) + CHARACTERS[put] + text.slice(at + 1)), 'bad_checksum');
      }),
    );
  });

  test('words are bits in a row: bytes hold them all, or all that fill a byte', () => {
    fc.assert(
      fc.property(words, (content) => {
        const bits = content.map((word) => word.toString(2).padStart(5, '0')).join('');
        const shown = (bytes: Uint8Array): string =>
          Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
        const list = Uint8Array.from(content);
        assert.equal(shown(paddedBytes(list)), bits.padEnd(Math.ceil(bits.length / 8) * 8, '0'));
        assert.equal(shown(wholeBytes(list)), bits.slice(0, Math.floor(bits.length / 8) * 8));
      }),
    );
  });
});
