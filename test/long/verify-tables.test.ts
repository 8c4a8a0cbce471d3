/** Whatever is done to a row that follows from the facts, `purser verify` names it and `purser rebuild` mends it. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { failures, purser, verify } from '../faults/purser.ts';
import { damagedCopy, recordedParts, sql, tablesOf, type Damage, type Part } from '../faults/recorded.ts';

let data: Readonly<Record<Part, string>>;

before(async () => {
  data = await recordedParts();
});

suite('tables that do not follow from the facts', { concurrency: 2 }, () => {
  const where = `where tx_id = 'tx-0000000003' and op = 'credit'`;
  const entry = 'transactions: transactions tx_id=tx-0000000003 op=credit:';
  // prettier-ignore
  const rows: readonly Damage[] = [
    ['a balance', 'all', sql(`update accounts set balance = balance + 1 where id = 'ops_float'`), 'accounts: accounts id=ops_float: expected balance ='],
    ['an account deleted', 'ledger', sql(`delete from accounts where id = 'ops_float'`), 'accounts: accounts id=ops_float: expected a row'],
    ['an account inserted', 'all', sql(`insert into accounts values ('mine', 5)`), 'accounts: accounts id=mine: expected no such row'],
    ['an account in the gateway', 'gateway', sql(`insert into accounts values ('mine', 5)`), 'accounts: accounts id=mine:'],
    ['an opening', 'all', sql(`update openings set amount = 1 where id = 'ops_float'`), 'openings: openings id=ops_float:'],
    ['an opening deleted', 'all', sql(`delete from openings`), 'openings: openings id='],
    ['an entry deleted', 'all', sql(`delete from transactions ${where}`), `${entry} expected a row`],
    ['the last entry deleted', 'all', sql('delete from transactions where rowid = (select max(rowid) from transactions)'), 'transactions: transactions tx_id='],
    ['an entry inserted', 'all', sql(`insert into transactions select 'mine', op, account_id, amount, balance_after, created_at + 1 from transactions ${where}`), 'transactions: transactions tx_id=mine op=credit: expected no such row'],
    ['an entry inserted where none were', 'gateway', sql(`insert into transactions values ('mine', 'credit', 'a', 1, 1, 1)`), 'transactions: transactions tx_id=mine op=credit:'],
    ['an amount', 'all', sql(`update transactions set amount = amount + 1 ${where}`), `${entry} expected amount =`],
    ['an amount that is no integer', 'all', sql(`update transactions set amount = 1.5 ${where}`), `${entry} expected amount =`],
    ['an account_id', 'ledger', sql(`update transactions set account_id = 'mine' where rowid = 3`), 'transactions: transactions tx_id='],
    ['a balance_after', 'all', sql(`update transactions set balance_after = 0 ${where}`), `${entry} expected balance_after =`],
    ['a created_at', 'all', sql(`update transactions set created_at = created_at + 256 ${where}`), `${entry} expected created_at =`],
    ['an op', 'all', sql(`update transactions set op = 'rollback' ${where}`), 'transactions: transactions tx_id=tx-0000000003 op='],
    ['rows out of their order', 'all', sql(`update transactions set rowid = 100000 where rowid = 3`), 'transactions: transactions tx_id='],
    ['a gap in the numbering', 'all', sql(`update transactions set rowid = rowid + 1000 where rowid = (select max(rowid) from transactions)`), 'transactions: transactions tx_id='],
    ['the counter', 'all', sql(`update counters set value = value - 1`), 'counters: counters name=tx:'],
    ['the counter deleted', 'gateway', sql(`delete from counters`), 'counters: counters name=tx:'],
    ['a counter inserted', 'ledger', sql(`insert into counters values ('mine', 1)`), 'counters: counters name=mine:'],
    ['the answer of a transfer', 'gateway', sql(`update transfers set answer = '{"ok":true}' where tx_id = 'tx-0000000002'`), 'transfers: transfers key=k-1: expected answer ='],
    ['the state of a transfer', 'gateway', sql(`update transfers set state = 'debiting' where tx_id = 'tx-0000000002'`), 'transfers: transfers key=k-1: expected state ='],
    ['the instant of a transfer', 'gateway', sql(`update transfers set updated_at = 1 where tx_id = 'tx-0000000002'`), 'transfers: transfers key=k-1: expected updated_at ='],
    ['a transfer deleted', 'gateway', sql(`delete from transfers where tx_id = 'tx-0000000002'`), 'transfers: transfers key=k-1: expected a row'],
    ['a transfer inserted', 'gateway', sql(`insert into transfers select 'mine', 'tx-9', src, dst, amount, state, risk, src_balance, cause, answer, updated_at, carrier from transfers limit 1`), 'transfers: transfers key=mine: expected no such row'],
    ['a transfer where none were', 'all', sql(`insert into transfers values ('mine', 'tx-9', 'a', 'b', 1, 'ended', 'approved', null, null, '{}', 1, '')`), 'transfers: transfers key=mine:'],
    ['a run of keys before its facts', 'all', sql(`insert into key_runs values (0, x'00')`), 'key-index: key_runs run=0:'],
    ['hashes without a run', 'all', sql(`insert into key_entries values (0, 5, x'0500000000000000')`), 'key-index: key_runs run=0:'],
  ];
  for (const row of rows) {
    test(`${row[0]}: named, and mended by rebuild`, async () => {
      const copy = await damagedCopy(data, row);
      const rebuilt = await purser(['rebuild', '--data', copy]);
      assert.equal(rebuilt.code, 0, rebuilt.stderr);
      assert.match(rebuilt.stdout, /^REBUILD facts=\d+ accounts=\d+ .* status=OK\n$/);
      assert.deepEqual(failures(await verify(copy)), []);
      assert.deepEqual(tablesOf(copy), tablesOf(data[row[1]]));
    });
  }
});
