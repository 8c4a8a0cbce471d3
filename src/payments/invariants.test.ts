/** The audit of the ledger's rows: every legal log passes, every planted fault is named by its invariant and subject. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LedgerAudit, type Violation } from './invariants.ts';

type Short = readonly [txId: string, op: string, account: string, amount: bigint, balanceAfter: bigint];

const openings = new Map([
  ['a', 100n],
  ['b', 100n],
]);

/** Rows get the instants 1, 2, 3 … */
function audit(rows: readonly Short[], live: Readonly<Record<string, bigint>>): readonly Violation[] {
  const ledger = new LedgerAudit(openings);
  for (const [i, [tx_id, op, account_id, amount, balance_after]] of rows.entries())
    ledger.add({ tx_id, op, account_id, amount, balance_after, created_at: BigInt(i + 1) });
  return ledger.end(new Map(Object.entries(live)));
}

const found = (violations: readonly Violation[]): string[] =>
  violations.map(({ invariant, subject }) => `${invariant} ${subject}`.trim()).toSorted();

const ID = 'tx-0000000001';
const NEXT = 'tx-0000000002';

const debit: Short = [ID, 'debit', 'a', 30n, 70n];
const credit: Short = [ID, 'credit', 'b', 30n, 130n];
const rollback: Short = [ID, 'rollback', 'a', 30n, 100n];
const tombstone: Short = [ID, 'rollback', '', 0n, 0n];

suite('lawful logs', () => {
  const logs: readonly (readonly [what: string, rows: readonly Short[], a: bigint, b: bigint])[] = [
    ['nothing happened', [], 100n, 100n],
    ['debit and credit', [debit, credit], 70n, 130n],
    ['credit before debit', [credit, debit], 70n, 130n],
    ['debit and rollback', [debit, rollback], 100n, 100n],
    ['a lone tombstone', [tombstone], 100n, 100n],
    ['a lone inflow', [['in-7', 'credit', 'a', 5n, 105n]], 105n, 100n],
    ['an account drained', [[ID, 'debit', 'a', 100n, 0n] as const, [ID, 'credit', 'b', 100n, 200n]], 0n, 200n],
    [
      'a transfer inside one account',
      [
        [ID, 'debit', 'a', 1n, 99n],
        [NEXT, 'debit', 'a', 1n, 98n],
        [ID, 'rollback', 'a', 1n, 99n],
        [NEXT, 'credit', 'b', 1n, 101n],
      ],
      99n,
      101n,
    ],
  ];
  for (const [what, rows, a, b] of logs) test(what, () => assert.deepEqual(audit(rows, { a, b }), []));
});

suite('violations', () => {
  // prettier-ignore
  const logs: readonly (readonly [what: string, rows: readonly Short[], a: bigint, b: bigint, expected: readonly string[]])[] = [
    ['money appeared in a balance',   [debit, credit],                               71n, 130n, ['I1', 'I4 a']],
    ['money moved outside the log',   [debit, credit],                               71n, 129n, ['I4 a', 'I4 b']],
    ['a negative balance',            [[ID, 'debit', 'a', 101n, -1n], [ID, 'credit', 'b', 101n, 201n]], -1n, 201n, [`I2 a`, `I2 ${ID}`]],
    ['a debit alone',                 [debit],                                       70n, 100n, ['I1', `I3 ${ID}`]],
    ['a credit alone',                [credit],                                     100n, 130n, ['I1', `I6 ${ID}`]],
    ['a late credit',                 [debit, rollback, credit],                    100n, 130n, ['I1', `I6 ${ID}`]],
    ['a late rollback',               [debit, credit, rollback],                    100n, 130n, ['I1', `I6 ${ID}`]],
    ['a debit after its tombstone',   [tombstone, debit],                            70n, 100n, ['I1', `I6 ${ID}`]],
    ['a tombstone after a transfer',  [debit, credit, tombstone],                    70n, 130n, [`I6 ${ID}`]],
    ['a tombstone with an amount',    [[ID, 'rollback', '', 5n, 0n]],               100n, 100n, [`I6 ${ID}`]],
    ['a rollback of nothing',         [[ID, 'rollback', 'a', 5n, 105n]],            105n, 100n, ['I1', `I6 ${ID}`]],
    ['a rollback to elsewhere',       [debit, [ID, 'rollback', 'b', 30n, 130n]],     70n, 130n, [`I6 ${ID}`]],
    ['a credit to the same account',  [debit, [ID, 'credit', 'a', 30n, 100n]],      100n, 100n, [`I6 ${ID}`]],
    ['less credited than debited',    [debit, [ID, 'credit', 'b', 29n, 129n]],       70n, 129n, ['I1', `I6 ${ID}`]],
    ['the same row twice',            [debit, debit, credit],                        70n, 130n, ['I4 a', `I6 ${ID}`, `I7 ${ID}`]],
    ['an unknown op',                 [[ID, 'refund', 'a', 1n, 101n]],              100n, 100n, [`I6 ${ID}`]],
    ['a wrong balance_after, once',   [[ID, 'debit', 'a', 30n, 71n], [ID, 'credit', 'b', 30n, 130n], [NEXT, 'debit', 'a', 1n, 70n], [NEXT, 'credit', 'b', 1n, 131n]],
                                                                                     69n, 131n, [`I7 ${ID}`]],
    ['an account without opening',    [debit, [ID, 'credit', 'c', 30n, 30n]],        70n, 100n, ['I1', 'I4 c', `I7 ${ID}`]],
    ['an amount of zero',             [[ID, 'debit', 'a', 0n, 100n], [ID, 'credit', 'b', 0n, 100n]], 100n, 100n, [`I6 ${ID}`, `I6 ${ID}`]],
    ['an inflow taken back',          [['in-1', 'credit', 'a', 5n, 105n], ['in-1', 'rollback', '', 0n, 0n]], 105n, 100n, ['I1', 'I6 in-1']],
  ];
  for (const [what, rows, a, b, expected] of logs)
    test(what, () => assert.deepEqual(found(audit(rows, { a, b })), expected.toSorted()));

  test('an account that is missing among the balances', () => {
    assert.deepEqual(found(audit([], { a: 100n })), ['I1', 'I4 b']);
  });

  test('instants that stand still', () => {
    const ledger = new LedgerAudit(openings);
    for (const [op, account_id, balance_after] of [
      ['debit', 'a', 70n],
      ['credit', 'b', 130n],
    ] as const)
      ledger.add({ tx_id: ID, op, account_id, amount: 30n, balance_after, created_at: 7n });
    const live = new Map([
      ['a', 70n],
      ['b', 130n],
    ]);
    assert.deepEqual(found(ledger.end(live)), [`I7 ${ID}`]);
  });

  test('ten thousand lone debits are listed up to a bound and counted', () => {
    const ledger = new LedgerAudit(new Map([['a', 10_000n]]));
    for (let i = 1n; i <= 10_000n; i++) {
      ledger.add({
        tx_id: `tx-${i.toString().padStart(10, '0')}`,
        op: 'debit',
        account_id: 'a',
        amount: 1n,
        balance_after: 10_000n - i,
        created_at: i,
      });
    }
    const lone = ledger.end(new Map([['a', 0n]])).filter(({ invariant }) => invariant === 'I3');
    assert.equal(lone.length, 101);
    assert.equal(lone.at(-1)?.message, 'and 9900 more');
    assert.equal(ledger.rows, 10_000);
  });

  test('what came in is told', () => {
    const ledger = new LedgerAudit(openings);
    ledger.add({ tx_id: 'in-r1', op: 'credit', account_id: 'a', amount: 5n, balance_after: 105n, created_at: 1n });
    ledger.end(new Map());
    assert.equal(ledger.inflows, 5n);
  });
});
