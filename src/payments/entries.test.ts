/** The ledger's three moves (P-21..P-23), guard by guard: every set of entries that can exist, and the funds. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MINOR_UNITS_MAX } from '../base/money.ts';
import { decideCredit, decideDebit, decideRollback, type EntryDecision, type Existing } from './entries.ts';
import type { EntryOp, TransactionRow } from './tables.ts';

const ACCOUNT = 'payout_available';

/** Rows as they would stand under the id: a debit of 40 left 60, a credit 140, a rollback 100. */
const recorded: Readonly<Record<EntryOp, bigint>> = { debit: 60n, credit: 140n, rollback: 100n };

function rows(ops: string): Existing {
  const found: Partial<Record<EntryOp, TransactionRow>> = {};
  for (const op of ops.split(' ').filter((name): name is EntryOp => name in recorded)) {
    found[op] = { tx_id: 't', op, account_id: ACCOUNT, amount: 40n, balance_after: recorded[op], created_at: 1n };
  }
  return found;
}

/** `append <op> <amount> -> <balance after>`, `recorded <balance>` or the refusal's code. */
function told(decision: EntryDecision): string {
  if (decision.outcome === 'refused') return decision.code;
  if (decision.outcome === 'recorded') return `recorded ${decision.row.balance_after}`;
  const { op, account, amount, balanceAfter } = decision.entry;
  return `append ${op} ${amount} on "${account}" -> ${balanceAfter}`;
}

const DEBITED = `append debit 40 on "${ACCOUNT}" -> 60`;
const CREDITED = `append credit 40 on "${ACCOUNT}" -> 140`;
const RETURNED = `append rollback 40 on "${ACCOUNT}" -> 140`;

// prettier-ignore
const table: readonly [existing: string, debit: string, credit: string, rollback: string][] = [
  // exists                 DEBIT          CREDIT          ROLLBACK
  ['',                      DEBITED,       CREDITED,       'append rollback 0 on "" -> 0'],
  ['debit',                 'duplicate_tx', CREDITED,      RETURNED],
  ['credit',                DEBITED,       'recorded 140', 'already_credited'],
  ['debit credit',          'duplicate_tx', 'recorded 140', 'already_credited'],
  ['rollback',              'rolled_back', 'rolled_back',  'recorded 100'],
  ['debit rollback',        'rolled_back', 'rolled_back',  'recorded 100'],
  ['credit rollback',       'rolled_back', 'rolled_back',  'recorded 100'],
  ['debit credit rollback', 'rolled_back', 'rolled_back',  'recorded 100'],
];

suite('P-21..P-23 what a move does to the entries that exist', () => {
  const move = { account: ACCOUNT, amount: 40n };
  for (const [existing, debit, credit, rollback] of table) {
    const found = rows(existing);
    test(`with ${existing === '' ? 'nothing' : existing}`, () => {
      assert.equal(told(decideDebit(found, 100n, move)), debit);
      assert.equal(told(decideCredit(found, 100n, move)), credit);
      assert.equal(told(decideRollback(found, () => 100n)), rollback);
    });
  }
});

suite('P-21 funds are judged last', () => {
  // prettier-ignore
  const funds: readonly [existing: string, balance: bigint, amount: bigint, expected: string][] = [
    ['',         40n, 40n, `append debit 40 on "${ACCOUNT}" -> 0`],
    ['',         39n, 40n, 'insufficient_funds'],
    ['',          0n,  1n, 'insufficient_funds'],
    ['debit',     0n, 40n, 'duplicate_tx'],
    ['rollback',  0n, 40n, 'rolled_back'],
  ];
  for (const [existing, balance, amount, expected] of funds) {
    test(`${amount} from ${balance} with ${existing === '' ? 'nothing' : existing}: ${expected}`, () => {
      assert.equal(told(decideDebit(rows(existing), balance, { account: ACCOUNT, amount })), expected);
    });
  }
});

suite('P-22 a balance never outgrows what JSON can tell', () => {
  const full = { account: ACCOUNT, amount: 1n };
  test('up to the largest', () => {
    assert.equal(
      told(decideCredit({}, MINOR_UNITS_MAX - 1n, full)),
      `append credit 1 on "${ACCOUNT}" -> ${MINOR_UNITS_MAX}`,
    );
  });
  test('one more is refused', () => assert.equal(told(decideCredit({}, MINOR_UNITS_MAX, full)), 'invalid_request'));
  test('a replay comes before', () => {
    assert.equal(told(decideCredit(rows('credit'), MINOR_UNITS_MAX, full)), 'recorded 140');
  });
});

test('P-23 the money goes back to the account that the debit took it from', () => {
  const asked: string[] = [];
  const decision = decideRollback(rows('debit'), (account) => {
    asked.push(account);
    return 7n;
  });
  assert.equal(told(decision), `append rollback 40 on "${ACCOUNT}" -> 47`);
  assert.deepEqual(asked, [ACCOUNT]);
});
