/** What commands on the settlement ledger are made of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTANT_NS } from '../base/decision.ts';
import type { View } from '../base/decision.ts';
import { ledgerAccounts, ledgerEntries, type LedgerAccountRow } from '../settlement/tables.ts';
import { Booking, holdMoveReads, nextFact } from './holds.ts';

const account: LedgerAccountRow = { account_id: 'a', available: 7n, held: 0n, updated_at: 1n, version: 4n };

const view: View = {
  at: 1_024n,
  seq: 9,
  nowMs: 0,
  uptimeMs: 0,
  known: () => undefined,
  row: (_, [id]) => (id === 'a' ? account : undefined) as never,
};

test('an account that is entered twice has one new row and two entries, each with an instant of its own', () => {
  const booking = new Booking(view, 'hold');
  booking.enter('a', 'release_out', 0n, -3n);
  booking.enter('a', 'release_in', 3n, 0n);
  const changes = booking.changes();
  const rows = changes.filter(({ table }) => table === ledgerAccounts).map(({ row }) => row);
  assert.deepEqual(rows, [{ ...account, available: 10n, held: -3n, updated_at: 1_024n, version: 5n }]);
  const entries = changes.filter(({ table }) => table === ledgerEntries).map(({ row }) => [row['entry_id'], row['at']]);
  assert.deepEqual(entries, [
    ['9:0', 1_024n],
    ['9:1', 1_024n + INSTANT_NS],
  ]);
});

test('the second fact of a command has the next number and the next instant', () => {
  const next = nextFact(view);
  assert.deepEqual([next.seq, next.at, next.row(ledgerAccounts, ['a'])], [10, 1_024n + INSTANT_NS, account]);
});

test('a move of a hold looks at hold, both accounts and its place in the outbox', () => {
  const reads = holdMoveReads({ holdId: 'h', payer: 'p', payee: 'q', to: 'frozen' });
  assert.deepEqual(
    reads.map(({ table, key }) => [table.name, ...key]),
    [
      ['holds', 'h'],
      ['ledger_accounts', 'p'],
      ['ledger_accounts', 'q'],
      ['movements', 'hold:h:frozen'],
    ],
  );
});
