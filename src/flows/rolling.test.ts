/** B-21: what is still expected when a period is closed debits the next open one; what is there stays where it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, plan, PERIOD, refOf, reported } from '../../test/rig/gate-commands.ts';
import { periodOf } from '../../test/rig/plan-commands.ts';
import { actualsOf, itemOf } from '../../test/rig/reconciliation-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';

const NEXT = '2026-12';

async function ordered(): Promise<{
  readonly gate: StrictGate;
  readonly id: string;
  readonly roll: () => ReturnType<StrictGate['submit']>;
}> {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const { decisionId: id } = await ask(gate, { amount: 600, po: 'p' });
  const roll = (): ReturnType<StrictGate['submit']> =>
    gate.submit({
      type: 'roll-order',
      ...refOf(gate.decision(id)!),
      from: PERIOD,
      to: NEXT,
      path: [''],
      allocationId: 'a-next',
      actor: 'finance',
    });
  return { gate, id, roll };
}

const heldIn = (gate: StrictGate, period: string): bigint | undefined => gate.bucket('', period)?.committed_cents;

test('B-21: a late order leaves the closed period for the next one, keeps its own period, and rolls once', async () => {
  const { gate, id, roll } = await ordered();
  await reported(gate, id, 'commit');
  assert.equal((await roll()).code, 'stale', 'the period is not closed yet');
  await gate.submit(periodOf('closed', PERIOD, gate.bucket()?.budget_id ?? null));
  assert.equal((await roll()).code, null);
  assert.deepEqual([heldIn(gate, PERIOD), heldIn(gate, NEXT)], [0n, 600n]);
  assert.deepEqual([gate.decision(id)?.period, gate.decision(id)?.bucket], [PERIOD, `acme|${NEXT}|`]);
  await reported(gate, id, 'receive');
  assert.deepEqual([heldIn(gate, NEXT), gate.bucket('', NEXT)?.received_cents], [0n, 600n]);
});

test('B-21: nothing rolls into a period that is locked; what came in part stays where it was received', async () => {
  const { gate, id, roll } = await ordered();
  await reported(gate, id, 'commit');
  await gate.submit(periodOf('closed', PERIOD, gate.bucket()?.budget_id ?? null));
  await gate.submit(periodOf('locked', NEXT, null));
  assert.equal((await roll()).code, 'stale');
  await gate.submit(periodOf('open', NEXT, null));
  await reported(gate, id, 'receive', { amount: 1n, reference: 'r1' });
  assert.equal((await roll()).replayed, true);
  assert.deepEqual([heldIn(gate, PERIOD), gate.bucket('', NEXT)], [599n, undefined]);
});

test('B-07, B-21: an order of which a document told that a part came stays where that document counts', async () => {
  const { gate, id, roll } = await ordered();
  await reported(gate, id, 'commit');
  const told = (documentId: string, kind: 'receipt' | 'return'): Promise<unknown> =>
    gate.submit(
      actualsOf(
        itemOf(documentId, { kind, amountCents: 60n, decisionId: id, decisionBucket: gate.decision(id)!.bucket }),
      ),
    );
  await told('r1', 'receipt');
  await gate.submit(periodOf('closed', PERIOD, gate.bucket()?.budget_id ?? null));
  assert.equal((await roll()).replayed, true);
  assert.deepEqual([heldIn(gate, PERIOD), gate.bucket('', NEXT)], [600n, undefined]);
  await told('r2', 'return');
  assert.equal((await roll()).code, null);
  assert.deepEqual([heldIn(gate, PERIOD), heldIn(gate, NEXT)], [0n, 600n]);
});
