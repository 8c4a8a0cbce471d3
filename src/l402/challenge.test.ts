/** The one form of a challenge, and that clients nobody here wrote read it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { suite, test } from 'node:test';
import { parseL402 } from '@getalby/lightning-tools/402/l402';
import { parseL402 as parseL402Of6 } from 'lightning-tools-6';
import { challenge } from './challenge.ts';
import { encodeIdentifier } from './identifier.ts';
import { encodeMacaroon, mintMacaroon } from './macaroon.ts';

// An example of BOLT 11, and the payment hash in it.
const INVOICE =
  'lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh';
const paymentHash = '0001020304050607080900010203040506070809000102030405060708090102';
const macaroon = encodeMacaroon(
  mintMacaroon(Buffer.alloc(32, 7), {
    location: 'purser',
    identifier: encodeIdentifier({ paymentHash, tokenId: 'ef'.repeat(32) }),
    caveats: ['services=otb:0', 'otb_decision=dec-10'],
  }),
);
const token = macaroon.toString('base64');
const header = challenge(macaroon, INVOICE);

suite('L-01: the challenge', () => {
  test('scheme, macaroon in padded base64, one blank, invoice', () => {
    assert.equal(header, `L402 macaroon="${token}", invoice="${INVOICE}"`);
    assert.ok(token.endsWith('='));
  });

  test('lightning-tools 9 and 6 read both parts', () => {
    const nine = parseL402(header);
    assert.deepEqual([nine.token, nine.invoice], [token, INVOICE]);
    const six = parseL402Of6(header);
    assert.deepEqual([six['token'] ?? six['macaroon'], six['invoice']], [token, INVOICE]);
  });

  test('lsat-js reads both parts and finds the payment hash in the macaroon', () => {
    const { Lsat } = createRequire(import.meta.url)('lsat-js') as {
      Lsat: { fromChallenge(text: string): { baseMacaroon: string; invoice: string; paymentHash: string } };
    };
    // It looks for the scheme itself before it hands the rest over.
    const lsat = Lsat.fromChallenge(header.slice('L402 '.length));
    assert.deepEqual([lsat.baseMacaroon, lsat.invoice, lsat.paymentHash], [token, INVOICE, paymentHash]);
  });

  test('nothing gets into the header that could end the quotes or the line', () => {
    for (const invoice of ['', 'lnbc1"', 'lnbc1\r\nx: y', 'lnbc1 ', 'LNBC1', 'bc1qx']) {
      assert.throws(() => challenge(macaroon, invoice), /macaroon and an invoice/, invoice);
    }
    assert.throws(() => challenge(new Uint8Array(), INVOICE));
  });
});
