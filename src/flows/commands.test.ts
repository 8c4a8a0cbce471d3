/** The index of commands: each has its decision, and what a decision declares in `reads` suffices for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fundingCommands } from '../../test/rig/funding-commands.ts';
import { gateCommands } from '../../test/rig/random-gate-commands.ts';
import { newKeys, revocations } from '../../test/rig/key-commands.ts';
import { orderCommands } from '../../test/rig/order-commands.ts';
import { planCommands } from '../../test/rig/plan-commands.ts';
import { reconciliationCommands } from '../../test/rig/reconciliation-commands.ts';
import { moves, newHolds, topUps } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import type { MinorUnits } from '../base/money.ts';
import type { PaymentError } from '../payments/answers.ts';
import { movements } from '../settlement/tables.ts';
import { createDecisions, type PaymentCommand } from './commands.ts';
import type { ApplyMovementCommand } from './movements.ts';

const balances = ['a', 'b', 'c'];
const mapping = { incoming: 'a', payout: 'b', settled: 'c', disputed: 'd' };
const policy = { balances: [...balances, 'd'], movementsMax: 3, windowMs: 1_000, singleMax: 300n, mapping };

const key = fc.constantFrom('k1', 'k2', 'k3');
const account = fc.constantFrom(...balances, 'nowhere');
const amount = fc.bigInt(1n, 400n).map((value) => value as MinorUnits);
const txId = fc.constantFrom('t1', 't2', 'tx-0000000001', 'tx-0000000002', 'tx-0000000009');
const cause = fc.constantFrom<PaymentError>('debit_timeout', 'credit_failed');
const risk = fc.constantFrom(
  'approved',
  'unreachable',
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
);
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const known = fc.constantFrom(...balances);
const transfer = { key, src: known, dst: known, amount };

/** One generator per type of command: a type that is added does not compile until it has one. */
const carrier = fc.constantFrom('s1', 's1', 's2');

const generators: { readonly [T in PaymentCommand['type']]: fc.Arbitrary<PaymentCommand> } = {
  transfer: fc.record({ type: type('transfer'), ...transfer }),
  check: fc.record({ type: type('check'), src: account, amount }),
  debit: fc.record({ type: type('debit'), account, amount, txId }),
  credit: fc.record({ type: type('credit'), account, amount, txId }),
  rollback: fc.record({ type: type('rollback'), txId, accounts: fc.constant(balances) }),
  'open-balances': fc.record({
    type: type('open-balances'),
    names: fc.constant([...balances, 'd']),
    amount: fc.constantFrom(1_000n, 1n),
  }),
  'look-up-transfer': fc.record({ type: type('look-up-transfer'), ...transfer }),
  'find-key': fc.record({ type: type('find-key'), key }),
  'begin-transfer': fc.record({ type: type('begin-transfer'), ...transfer, risk, carrier }),
  'claim-transfer': fc.record({ type: type('claim-transfer'), key, from: carrier, to: carrier }),
  'record-debit': fc.record({ type: type('record-debit'), key, carrier, balance: amount }),
  'record-pending': fc.record({ type: type('record-pending'), key, carrier, cause }),
  'apply-top-up': topUps,
  'create-hold': newHolds,
  'move-hold': moves,
  ...fundingCommands,
  ...planCommands,
  ...orderCommands,
  ...gateCommands,
  ...reconciliationCommands,
  'apply-movement': fc.constantFrom('receipt:r1', 'hold:h1:released', 'hold:h1:frozen').map((movementKey) => ({
    type: 'apply-movement',
    movementKey,
    src: movementKey.startsWith('receipt') ? 'a' : 'b',
    dst: movementKey.startsWith('receipt') ? 'b' : movementKey.endsWith('frozen') ? 'd' : 'c',
    inflowTx: movementKey.startsWith('receipt') ? 'in-r1' : null,
    attempt: 1n,
  })),
  'create-key': newKeys,
  'revoke-key': revocations,
  'end-transfer': fc.record({
    type: type('end-transfer'),
    key,
    carrier,
    answer: fc.constant('{}'),
    code: fc.constant(null),
  }),
};

/** Keys of transfers that are carried step by step and those of atomic ones belong to two deployments, so they differ here. */
function apart(command: PaymentCommand): PaymentCommand {
  return command.type === 'transfer' ? { ...command, key: `atomic ${command.key}` } : command;
}

function isInOutbox(rail: StrictDecisions, { movementKey, src, dst }: ApplyMovementCommand): boolean {
  const row = rail.row(movements, movementKey);
  return row?.src === src && row.dst === dst;
}

suite('commands', () => {
  test('every type has a decision, and every decision a type', () => {
    const { byType, transients } = createDecisions(policy);
    assert.deepEqual(Object.keys(byType).toSorted(), Object.keys(generators).toSorted());
    assert.equal(transients.length, 1);
  });

  test('windows are shared only on request, and follow the batches either way', () => {
    assert.equal(createDecisions(policy).shared, undefined);
    const { shared, transients } = createDecisions(policy, { sharesWindows: true });
    assert.deepEqual([...transients], [shared]);
  });

  test('declared reads suffice: no decision looks at, records under or replaces what it did not declare', () => {
    const property = fc.property(fc.array(fc.oneof(...Object.values(generators)), { maxLength: 60 }), (commands) => {
      const rail = new StrictDecisions(policy, 1_000n);
      const begun = new Set<string>();
      for (const command of commands.map(apart)) {
        if (command.type === 'begin-transfer') begun.add(command.key);
        // A step of a transfer that was never begun is a bug of the caller and throws by design.
        if ('key' in command && !('src' in command) && !begun.has(command.key)) continue;
        // So is a movement that is not in the outbox, or not as it stands there.
        if (command.type === 'apply-movement' && !isInOutbox(rail, command)) continue;
        rail.run(command);
      }
    });
    fc.assert(property, { seed: 11, numRuns: 400 });
  });

  test('a command is plain data: it crosses to another thread unchanged', () => {
    for (const generator of Object.values(generators)) {
      for (const command of fc.sample(generator, { seed: 12, numRuns: 5 })) {
        assert.deepEqual(structuredClone(command), { ...command });
      }
    }
  });
});
