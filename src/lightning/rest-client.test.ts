/** What of a node's words may stand in an error; the connections are tested with each backend in test/contract. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { said } from './rest-client.ts';

suite('what a node said', () => {
  // prettier-ignore
  const rows: [string, string][] = [
    ['invoice already settled', 'invoice already settled'],
    ['line\none\u001b[31m two\u0000', 'line one [31m two '],
    [`preimage ${'ab'.repeat(32)} is known`, 'preimage … is known'],
    [`macaroon ${Buffer.alloc(60, 'x').toString('base64')} is none`, 'macaroon … is none'],
    ['word '.repeat(50), `${'word '.repeat(32)}…`],
  ];
  for (const [text, fit] of rows) {
    test(JSON.stringify(fit), () => {
      assert.equal(said(text), fit);
    });
  }
});
