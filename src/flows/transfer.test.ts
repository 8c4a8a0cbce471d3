/**
 * TRANSFER as one decision (P-10, P-14), and beside it the saga's decisions and the ledger's one by one: both deployments
 * leave the same entries and give the same answers (P-04).
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { MINOR_UNITS_MAX, type MinorUnits } from '../base/money.ts';
import { refusal, transferred } from '../payments/answers.ts';
import { accounts } from '../payments/tables.ts';
import type { RiskDenial } from '../risk/check.ts';
import { FREE } from './saga.ts';

const policy = { balances: ['a', 'b', 'c'], movementsMax: 4, windowMs: 1_000, singleMax: 50_000n };

interface Request {
  readonly key: string;
  readonly src: string;
  readonly dst: string;
  readonly amount: MinorUnits;
}

const request = (key: string, src: string, dst: string, amount: bigint): Request => ({
  key,
  src,
  dst,
  amount: amount as MinorUnits,
});

/** Risk, payment gateway and ledger, each with rows of its own, and every call answered at once. */
class Split {
  readonly gateway = new StrictDecisions(policy, 0n);
  readonly risk = new StrictDecisions(policy);
  readonly ledger: StrictDecisions;

  constructor(openingAmount: bigint) {
    this.ledger = new StrictDecisions(policy, openingAmount);
  }

  transfer(wanted: Request): string {
    const { gateway, ledger } = this;
    const found = gateway.run({ type: 'look-up-transfer', ...wanted });
    if (found.answer !== FREE) return found.answer;
    const checked = this.risk.run({ type: 'check', src: wanted.src, amount: wanted.amount });
    const risk = checked.code === null ? 'approved' : (checked.code as RiskDenial);
    const begun = gateway.run({ type: 'begin-transfer', ...wanted, risk, carrier: 's' });
    if (begun.code !== null) return begun.answer;
    const txId = begun.answer;
    const end = (answer: string, code: null | 'credit_failed'): string =>
      gateway.run({ type: 'end-transfer', key: wanted.key, carrier: 's', answer, code }).answer;
    const debited = ledger.run({ type: 'debit', account: wanted.src, amount: wanted.amount, txId });
    if (debited.code !== null) return end(refusal(debited.code as never, txId), null);
    const balance = balanceIn(debited.answer);
    gateway.run({ type: 'record-debit', key: wanted.key, carrier: 's', balance });
    const credited = ledger.run({ type: 'credit', account: wanted.dst, amount: wanted.amount, txId });
    if (credited.code === null) return end(transferred(txId, balance, balanceIn(credited.answer)), null);
    ledger.run({ type: 'rollback', txId, accounts: policy.balances });
    return end(refusal('credit_failed', txId), 'credit_failed');
  }
}

function balanceIn(answer: string): bigint {
  const { balance } = JSON.parse(answer) as { balance: number };
  return BigInt(balance);
}

/** The ledger's rows without their instants. */
const entriesOf = ({ entries }: StrictDecisions): unknown[] =>
  entries.map(({ tx_id: txId, op, account_id: account, amount, balance_after: after }) => [
    txId,
    op,
    account,
    amount,
    after,
  ]);

suite('P-10, P-14 one transfer after another', () => {
  // prettier-ignore
  const story: readonly [what: string, request: Request, answer: string][] = [
    ['success',                          request('k1', 'a', 'b', 500n),    '{"ok":true,"tx_id":"tx-0000000001","src_balance":9500,"dst_balance":10500}'],
    ['the key again: the same bytes',    request('k1', 'a', 'b', 500n),    '{"ok":true,"tx_id":"tx-0000000001","src_balance":9500,"dst_balance":10500}'],
    ['the key with another amount',      request('k1', 'a', 'b', 501n),    '{"ok":false,"error":"idempotency_conflict"}'],
    ['the key with another source',      request('k1', 'c', 'b', 500n),    '{"ok":false,"error":"idempotency_conflict"}'],
    ['the key with another destination', request('k1', 'a', 'c', 500n),    '{"ok":false,"error":"idempotency_conflict"}'],
    ['too little on the source',         request('k2', 'a', 'b', 9_501n),  '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000002"}'],
    ['a failure is kept, too',           request('k2', 'a', 'b', 9_501n),  '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000002"}'],
    ['all that is there',                request('k3', 'a', 'b', 9_500n),  '{"ok":true,"tx_id":"tx-0000000003","src_balance":0,"dst_balance":20000}'],
    ['above the single limit',           request('k4', 'b', 'a', 50_001n), '{"ok":false,"error":"transfer_amount_exceeds_limit","tx_id":"tx-0000000004"}'],
    ['the fourth slot of this source',   request('k5', 'a', 'b', 1n),      '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000005"}'],
    ['no slot left',                     request('k6', 'a', 'b', 1n),      '{"ok":false,"error":"daily_transfer_limit_exceeded","tx_id":"tx-0000000006"}'],
    ['a denial is kept, too',            request('k6', 'a', 'b', 1n),      '{"ok":false,"error":"daily_transfer_limit_exceeded","tx_id":"tx-0000000006"}'],
    ['another key space entirely',       request('transfer:k1', 'b', 'c', 1n), '{"ok":true,"tx_id":"tx-0000000007","src_balance":19999,"dst_balance":10001}'],
  ];
  const atomic = new StrictDecisions(policy);
  const split = new Split(10_000n);
  for (const [what, wanted, answer] of story) {
    test(what, () => {
      assert.equal(atomic.run({ type: 'transfer', ...wanted }).answer, answer);
      assert.equal(split.transfer(wanted), answer);
      assert.deepEqual(entriesOf(atomic), entriesOf(split.ledger));
    });
  }
});

suite('P-43 a credit that cannot be', () => {
  const wide = { ...policy, singleMax: MINOR_UNITS_MAX };
  const start = (): StrictDecisions => {
    const rail = new StrictDecisions(wide, MINOR_UNITS_MAX - 5n);
    return rail;
  };

  test('is compensated in the same commit: debit and rollback, and the source has its money', () => {
    const rail = start();
    const { answer, code } = rail.run({ type: 'transfer', ...request('k', 'a', 'b', 6n) });
    assert.equal(answer, '{"ok":false,"error":"credit_failed","tx_id":"tx-0000000001"}');
    assert.equal(code, 'credit_failed');
    assert.deepEqual(
      rail.entries.map(({ op, account_id: account, amount }) => [op, account, amount]),
      [
        ['debit', 'a', 6n],
        ['rollback', 'a', 6n],
      ],
    );
    assert.equal(rail.row(accounts, 'a')?.balance, MINOR_UNITS_MAX - 5n);
    assert.equal(rail.row(accounts, 'b')?.balance, MINOR_UNITS_MAX - 5n);
  });

  test('up to the largest balance it is no failure', () => {
    assert.equal(start().run({ type: 'transfer', ...request('k', 'a', 'b', 5n) }).code, null);
  });
});

test('P-04 whatever is asked in whatever order, both deployments answer alike and leave the same entries', () => {
  const anyRequest = fc.record({
    key: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'),
    src: fc.constantFrom('a', 'b', 'c'),
    dst: fc.constantFrom('a', 'b', 'c'),
    amount: fc.oneof(fc.bigInt(1n, 300n), fc.constant(50_001n)).map((amount) => amount as MinorUnits),
    afterMs: fc.constantFrom(0, 1, 400),
  });
  const differing = anyRequest.filter(({ src, dst }) => src !== dst);
  const property = fc.property(fc.array(differing, { maxLength: 40 }), (requests) => {
    const atomic = new StrictDecisions(policy, 500n);
    const split = new Split(500n);
    let nowMs = 0;
    for (const { afterMs, ...wanted } of requests) {
      nowMs += afterMs;
      atomic.nowMs = nowMs;
      split.risk.nowMs = nowMs;
      assert.equal(atomic.run({ type: 'transfer', ...wanted }).answer, split.transfer(wanted));
    }
    assert.deepEqual(entriesOf(atomic), entriesOf(split.ledger));
  });
  fc.assert(property, { seed: 4, numRuns: 150 });
});
