/** The journal's proof, re-computed by hand: every hash here is SHA-256 over a text that the test writes out. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { chainHash, factHash, factMark, GENESIS, merkleRoot, type HashedFact } from './chain.ts';

const sha = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

const fact: HashedFact = {
  seq: 7,
  at: 1_790_000_000_000_000_256n,
  type: 'payments/transferred.v1',
  subject: 'tx-0000000001',
  key: 'transfer:ref "é"',
  request: '{"amount":5}',
  answer: null,
  body: '{}',
};

suite('a fact', () => {
  test('is hashed as a JSON array of its columns, in which those that are JSON stand as they are', () => {
    const text =
      '[7,"1790000000000000256","payments/transferred.v1","tx-0000000001","transfer:ref \\"é\\"",{"amount":5},null,{}]';
    assert.doesNotThrow(() => JSON.parse(text));
    assert.equal(factHash(fact), sha(text));
  });

  const tampered: readonly [column: string, changed: Partial<HashedFact>][] = [
    ['seq', { seq: 8 }],
    ['at', { at: fact.at + 1n }],
    ['type', { type: 'payments/transferred.v2' }],
    ['subject', { subject: 'tx-0000000002' }],
    ['key', { key: null }],
    ['request', { request: '{"amount":6}' }],
    ['answer', { answer: '{"ok":true}' }],
    ['body', { body: '{} ' }],
  ];
  for (const [column, changed] of tampered) {
    test(`has another hash when ${column} changes`, () =>
      assert.notEqual(factHash({ ...fact, ...changed }), factHash(fact)));
  }

  test('has the first 48 bits of its hash as its mark', () => {
    assert.equal(factMark(`0123456789ab${'f'.repeat(52)}`), 0x0123456789ab);
    assert.equal(factMark('f'.repeat(64)), 2 ** 48 - 1);
  });
});

suite('the root over the facts of a commit', () => {
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(sha) as [string, string, string, string, string];
  const rows: readonly [count: number, root: string][] = [
    [0, '0'.repeat(64)],
    [1, a],
    [2, sha(a + b)],
    [3, sha(sha(a + b) + c)],
    [4, sha(sha(a + b) + sha(c + d))],
    [5, sha(sha(sha(a + b) + sha(c + d)) + e)],
  ];
  const leaves = [a, b, c, d, e];
  for (const [count, root] of rows) {
    test(`${count} leaves`, () => assert.equal(merkleRoot(leaves.slice(0, count)), root));
  }

  test('changes with any leaf, with their order and with their number', () => {
    const root = merkleRoot(leaves);
    for (const at of leaves.keys()) assert.notEqual(merkleRoot(leaves.with(at, sha('forged'))), root);
    assert.notEqual(merkleRoot([b, a, c, d, e]), root);
    assert.notEqual(merkleRoot([a, b, c, d]), root);
    assert.notEqual(merkleRoot([a, b, c, d, e, e]), root);
  });
});

suite('the chain', () => {
  const root = sha('root');
  test('hashes the batch before, the root and the span', () => {
    assert.equal(GENESIS, '0'.repeat(64));
    assert.equal(chainHash(GENESIS, { root, firstSeq: 1, lastSeq: 3 }), sha(`["${GENESIS}","${root}",1,3]`));
  });

  test('changes with each of them', () => {
    const chain = chainHash(GENESIS, { root, firstSeq: 1, lastSeq: 3 });
    assert.notEqual(chainHash(root, { root, firstSeq: 1, lastSeq: 3 }), chain);
    assert.notEqual(chainHash(GENESIS, { root: GENESIS, firstSeq: 1, lastSeq: 3 }), chain);
    assert.notEqual(chainHash(GENESIS, { root, firstSeq: 2, lastSeq: 3 }), chain);
    assert.notEqual(chainHash(GENESIS, { root, firstSeq: 1, lastSeq: 4 }), chain);
  });
});
