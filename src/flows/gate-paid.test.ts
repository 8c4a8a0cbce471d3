/** L-04, L-05: when a payment is good for a request, and what it takes over. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, issued, plan, settled } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { isPaid, isPayable } from './gate-paid.ts';

suite('paid', () => {
  test('settled for at least what was quoted, for this request, and not used before', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 500 });
    const digest = gate.decision(id)!.request_digest;
    const payable = (of = digest): boolean => isPayable(gate.decision(id)!, gate.invoice(id), of);
    assert.equal(isPaid(undefined), false);
    await issued(gate, id);
    assert.equal(payable(), false);
    await settled(gate, id, 99_999n);
    assert.equal(payable(), false);
    await settled(gate, id, 100_000n);
    assert.deepEqual([payable(), payable('0'.repeat(64))], [true, false]);
    await ask(gate, { amount: 500 });
    assert.equal(payable(), false);
  });

  test('L-05 paid, but the budget moved meanwhile: the override does not depend on it', async () => {
    const gate = new StrictGate();
    await plan(gate, 100n);
    const { decisionId: id } = await ask(gate, { amount: 150, po: 'p' });
    await issued(gate, id);
    await settled(gate, id);
    await ask(gate, { amount: 100, po: 'q' });
    const { allowed, left } = await ask(gate, { amount: 150, po: 'p' });
    assert.deepEqual([allowed, left], [true, -150]);
  });

  test('L-03 a used token with another amount: a fresh challenge, which paid takes the document over', async () => {
    const gate = new StrictGate();
    const { decisionId: first } = await ask(gate, { amount: 500, po: 'p' });
    await issued(gate, first);
    await settled(gate, first);
    await ask(gate, { amount: 500, po: 'p' });
    const second = await ask(gate, { amount: 600, po: 'p', credential: first });
    assert.deepEqual([second.allowed, second.decisionId === first], [false, false]);
    await issued(gate, second.decisionId);
    await settled(gate, second.decisionId);
    assert.equal((await ask(gate, { amount: 600, po: 'p', credential: second.decisionId })).allowed, true);
    assert.deepEqual([gate.decision(first)?.state, gate.bucket()?.reserved_cents], ['replaced', 600n]);
  });
});
