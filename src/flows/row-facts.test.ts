/** Rows in the bodies of facts come back as they were, and what no server writes is refused with what is wrong. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ledgerAccounts, type LedgerAccountRow } from '../settlement/tables.ts';
import { holdMoves, type HoldMoveRow } from '../settlement/tables.ts';
import { changesOf, rowFact, rowsText } from './row-facts.ts';

const row: LedgerAccountRow = {
  account_id: 'account:org:a',
  available: 7n,
  held: 0n,
  updated_at: 1_795_267_659_254_999_808n,
  version: 1n,
};

const changes = [{ table: ledgerAccounts, row }];

test('as they were, integers beyond a double included', () => {
  assert.deepEqual(changesOf(JSON.parse(rowsText(changes))), changes);
});

test('what is null is left out, and every text comes back', () => {
  const move: HoldMoveRow = {
    move_id: 'h:1',
    hold_id: '"\\\n\u2028',
    state: 'active',
    at: -7n,
    reason: null,
    actor: '',
    seq: 1n,
  };
  const written = [...changes, { table: holdMoves, row: move }, ...changes];
  const parsed: unknown = JSON.parse(rowsText(written));
  assert.equal(JSON.stringify(parsed).includes('reason'), false);
  assert.deepEqual(changesOf(parsed), [...changes, ...changes, { table: holdMoves, row: move }]);
});

test('a fact has a key and an answer only where a repeat is recognised by them', () => {
  const fact = { type: 'ledger/top-up-applied.v1', subject: 'a', changes };
  const keyed = { key: 'receipt:a', request: '{"amount":7}', answer: '{}' };
  const [plain, known] = [rowFact(fact), rowFact({ ...fact, keyed, said: { actor: 'server' } })];
  const rows = rowsText(changes);
  const { type, subject } = fact;
  assert.deepEqual(plain, { type, subject, key: null, request: null, answer: null, body: `{"rows":${rows}}` });
  assert.deepEqual(known, { type, subject, ...keyed, body: `{"actor":"server","rows":${rows}}` });
});

suite('refused', () => {
  const { ledger_accounts: [written] = [] } = JSON.parse(rowsText(changes)) as Record<string, object[]>;
  const rows: readonly [what: string, body: unknown][] = [
    ['no object', null],
    ['a table that is none', { nothing: [] }],
    ['no list', { ledger_accounts: {} }],
    ['a row that is none', { ledger_accounts: [7] }],
    ['a fraction', { ledger_accounts: [{ ...written, held: 0.5 }] }],
    ['a number for text', { ledger_accounts: [{ ...written, account_id: 5 }] }],
  ];
  for (const [what, body] of rows) test(what, () => assert.throws(() => changesOf(body)));
});
