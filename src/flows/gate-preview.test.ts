/** A preview says what the gate would say, and leaves no trace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, gateOf, issued, plan, rule, settled, type Asking } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import type { GateCommand } from './gate.ts';

async function preview(gate: StrictGate, asking: Asking, current: GateCommand['current'] = []): Promise<object> {
  const command = { ...gateOf(asking), type: 'preview-gate', current } as const;
  const { answer, code } = await gate.submit(command);
  const said = JSON.parse(answer) as {
    would?: string;
    open_to_buy_cents_after?: number;
    price_sats?: number;
    reason?: string;
  };
  return code === null ? [said.would, said.open_to_buy_cents_after, said.price_sats ?? said.reason] : [code];
}

test('B-03 allow, payment with its price, refusal with its reason; nothing is recorded', async () => {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const facts = gate.strict.facts.length;
  assert.deepEqual(await preview(gate, { amount: 400 }), ['allow', 600, undefined]);
  assert.deepEqual(await preview(gate, { amount: 1_001 }), ['require_payment', -1, 100]);
  assert.deepEqual(await preview(gate, { amount: 1, path: [] }), ['unknown_category']);
  assert.equal(gate.strict.facts.length, facts);
  await rule(gate, { role_limits: { buyer: 10 } });
  assert.deepEqual(await preview(gate, { amount: 11 }), ['refuse', 989, 'role_limit']);
  await rule(gate, { price: { kind: 'whole_excess' } });
  assert.deepEqual(await preview(gate, { amount: 1_001 }), ['refuse', -1, 'no_rate']);
});

test('B-05 a document’s own reservation is asked for again, not on top', async () => {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const { decisionId } = await ask(gate, { amount: 900, po: 'p' });
  const known = [{ decisionId, bucket: 'acme|2026-11|' }];
  assert.deepEqual(await preview(gate, { amount: 1_000, po: 'p' }), ['stale']);
  assert.deepEqual(await preview(gate, { amount: 1_000, po: 'p' }, known), ['allow', 0, undefined]);
});

test('B-05 of a document that was paid for: the same is there, more is paid for, less is fixed unless the budget covers it', async () => {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const { decisionId } = await ask(gate, { amount: 1_500, po: 'p' });
  await issued(gate, decisionId);
  await settled(gate, decisionId);
  await ask(gate, { amount: 1_500, po: 'p' });
  const known = [{ decisionId, bucket: 'acme|2026-11|' }];
  const said = (amount: number): Promise<object> => preview(gate, { amount, po: 'p' }, known);
  assert.deepEqual(await said(1_500), ['allow', -500, undefined]);
  assert.deepEqual(await said(1_501), ['require_payment', -501, 100]);
  assert.deepEqual(await said(1_001), ['refuse', undefined, 'amount_fixed']);
  assert.deepEqual(await said(1_000), ['allow', 0, undefined]);
});

test('B-23 a delivery within the tolerance is previewed in the period that it keeps', async () => {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  await rule(gate, { tolerance_days: 3 });
  const { decisionId } = await ask(gate, { amount: 600, po: 'p', deliveryDate: '2026-11-20' });
  const known = [{ decisionId, bucket: 'acme|2026-11|' }];
  const moved = { amount: 700, po: 'p' };
  assert.deepEqual(await preview(gate, { ...moved, deliveryDate: '2026-12-03' }, known), ['allow', 300, undefined]);
  assert.deepEqual(await preview(gate, { ...moved, deliveryDate: '2026-12-04' }, known), [
    'require_payment',
    -700,
    100,
  ]);
});

test('B-04 what is paid for would be allowed, whatever the budget says; by another key it would not', async () => {
  const gate = new StrictGate();
  const asking = { amount: 500, po: 'p' };
  const { decisionId } = await ask(gate, asking);
  await issued(gate, decisionId);
  const known = [{ decisionId, bucket: 'acme|2026-11|' }];
  assert.deepEqual(await preview(gate, asking, known), ['require_payment', -500, 100]);
  await settled(gate, decisionId);
  assert.deepEqual(await preview(gate, asking, known), ['allow', -500, undefined]);
  assert.deepEqual(await preview(gate, { ...asking, caller: 'key-2' }, known), ['require_payment', -500, 100]);
  assert.deepEqual(await preview(gate, { ...asking, amount: 501 }, known), ['require_payment', -501, 100]);
});
