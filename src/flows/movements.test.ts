/** Movements of the outbox: inflow, transfer and outcome in one commit, each attempt once, and no risk limit in their way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNTS, receiptOf } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { LedgerAudit } from '../payments/invariants.ts';
import { accounts } from '../payments/tables.ts';
import { movements } from '../settlement/tables.ts';
import type { ApplyMovementCommand } from './movements.ts';

const mapping = { incoming: 'in', payout: 'pay', settled: 'bank', disputed: 'reserve' };
const balances = ['in', 'pay', 'bank', 'reserve'];
// Nothing passes risk: what the flow moves was authorised by gate and hold.
const policy = { balances, movementsMax: 0, windowMs: 1_000, singleMax: 0n, mapping };

const apply = (ledger: StrictDecisions, movementKey: string): ApplyMovementCommand => {
  const { src, dst, inflow_tx: inflowTx, refusals } = ledger.row(movements, movementKey)!;
  return { type: 'apply-movement', movementKey, src, dst, inflowTx, attempt: refusals + 1n };
};

function assertSound(ledger: StrictDecisions, opening: bigint): void {
  const audit = new LedgerAudit(new Map(balances.map((id) => [id, opening])));
  for (const row of ledger.entries) audit.add(row);
  assert.deepEqual(audit.end(new Map(balances.map((id) => [id, ledger.row(accounts, id)!.balance]))), []);
}

test('J1 a top-up comes in as a lone credit and moves on, in one commit', () => {
  const ledger = new StrictDecisions(policy, 10n);
  ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
  const facts = ledger.facts.length;
  assert.equal(ledger.run(apply(ledger, 'receipt:r')).code, null);
  assert.deepEqual(
    ledger.facts.slice(facts).map(({ type, subject, key }) => [type, subject, key]),
    [
      ['ledger/credited.v1', 'in-r', null],
      ['payments/transferred.v1', 'tx-0000000001', 'transfer:receipt:r'],
      ['payments/movement-settled.v1', 'receipt:r', null],
    ],
  );
  assert.deepEqual([ledger.row(accounts, 'in')?.balance, ledger.row(accounts, 'pay')?.balance], [10n, 110n]);
  const { state, tx_id: txId } = ledger.row(movements, 'receipt:r')!;
  assert.deepEqual([state, txId], ['done', 'tx-0000000001']);
  // The transfer's own fact says what it is: a caller's key may look the same.
  const { movement, entries } = JSON.parse(ledger.facts[facts + 1]!.body) as { movement: string; entries: unknown[] };
  assert.deepEqual([movement, entries.length], ['receipt:r', 2]);
  assertSound(ledger, 10n);
});

test('applied again it is a replay', () => {
  const ledger = new StrictDecisions(policy, 10n);
  ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
  const command = apply(ledger, 'receipt:r');
  ledger.run(command);
  const facts = ledger.facts.length;
  assert.equal(ledger.run(command).replayed, true);
  assert.equal(ledger.facts.length, facts);
});

test('J2 refused for good it stays in the outbox, and is sent again under the next key until it succeeds', () => {
  const ledger = new StrictDecisions(policy, 0n);
  ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
  const hold = { holdId: 'h', payer: ACCOUNTS[0]!, payee: ACCOUNTS[1]! };
  ledger.run({
    ...hold,
    type: 'create-hold',
    orderId: 'o',
    amount: 60n,
    contractId: null,
    policyRef: null,
    workBy: null,
    acceptBy: null,
    disputeBy: null,
    autoReleaseAfter: null,
    ownDeadlines: true,
    request: '{}',
    actor: null,
  });
  ledger.run({ ...hold, type: 'move-hold', to: 'released', reason: null, actor: null });
  // The top-up has not been moved yet: there is nothing to pay out.
  assert.equal(ledger.run(apply(ledger, 'hold:h:released')).code, 'insufficient_funds');
  const { state, refusals, last_refusal: refusal } = ledger.row(movements, 'hold:h:released')!;
  assert.deepEqual([state, refusals, refusal], ['pending', 1n, 'insufficient_funds']);
  ledger.run(apply(ledger, 'receipt:r'));
  assert.equal(ledger.run(apply(ledger, 'hold:h:released')).code, null);
  assert.equal(ledger.facts.at(-2)?.key, 'transfer:hold:h:released:2');
  assert.equal(ledger.row(accounts, 'bank')?.balance, 60n);
  assertSound(ledger, 0n);
});
