/** What a key stands for, asked without recording anything. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KeyRecord, View } from '../base/decision.ts';
import { findKey, NO_SUCH_KEY } from './find-key.ts';

const viewOf = (record: KeyRecord | undefined): View => ({
  known: (key) => (key === 'transfer:k' ? record : undefined),
  row: () => undefined,
  seq: 1,
  at: 256n,
  nowMs: 0,
  uptimeMs: 0,
});

const command = { type: 'find-key', key: 'transfer:k' } as const;

suite('a key', () => {
  test('is the only thing that is loaded', () => {
    assert.deepEqual(findKey.reads(command), { key: 'transfer:k', rows: [] });
  });

  test('that is recorded: subject, request and answer as they stand, and nothing to append', () => {
    const record = { subject: 'tx-0000000001', request: '{"amount":5}', answer: null };
    const decided = findKey.decide(command, viewOf(record));
    assert.deepEqual(JSON.parse(decided.answer), record);
    assert.deepEqual([decided.code, decided.facts, decided.changes], [null, undefined, undefined]);
  });

  test('that is not recorded', () => {
    assert.equal(findKey.decide(command, viewOf(undefined)).code, NO_SUCH_KEY);
  });
});
