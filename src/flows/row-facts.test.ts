/** Rows in the bodies of facts come back as they were, and what no server writes is refused with what is wrong. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ledgerAccounts, type LedgerAccountRow } from '../settlement/tables.ts';
import { changesOf, rowsOf } from './row-facts.ts';

const row: LedgerAccountRow = {
  account_id: 'account:org:a',
  available: 7n,
  held: 0n,
  updated_at: 1_795_267_659_254_999_808n,
  version: 1n,
};

test('as they were, integers beyond a double included', () => {
  const changes = [{ table: ledgerAccounts, row }];
  assert.deepEqual(changesOf(JSON.parse(JSON.stringify(rowsOf(changes)))), changes);
});

suite('refused', () => {
  const rows: readonly [what: string, body: unknown][] = [
    ['no object', null],
    ['a table that is none', { nothing: [] }],
    ['no list', { ledger_accounts: {} }],
    ['a row that is none', { ledger_accounts: [7] }],
    ['a missing column', { ledger_accounts: [{ account_id: 'a' }] }],
    [
      'a fraction',
      { ledger_accounts: [{ ...rowsOf([{ table: ledgerAccounts, row }])['ledger_accounts']![0], held: 0.5 }] },
    ],
    [
      'a number for text',
      { ledger_accounts: [{ ...rowsOf([{ table: ledgerAccounts, row }])['ledger_accounts']![0], account_id: 5 }] },
    ],
  ];
  for (const [what, body] of rows) test(what, () => assert.throws(() => changesOf(body)));
});
