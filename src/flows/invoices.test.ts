/** Money that comes early, late, twice, short or for nothing: used once, and otherwise owed (L-05, L-07, B-28). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, decisionOf, ended, issued, settled } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { exposures, lightningCursors } from '../budgets/tables.ts';

async function challenged(po = 'p'): Promise<{ readonly gate: StrictGate; readonly id: string }> {
  const gate = new StrictGate();
  const { decisionId: id } = await ask(gate, { amount: 500, po });
  return { gate, id };
}

const exposure = (gate: StrictGate): bigint => gate.strict.row(exposures, 'acme')?.open_invoices ?? 0n;

suite('invoices', () => {
  test('B-28 intended, open, settled, used: each once', async () => {
    const { gate, id } = await challenged();
    assert.deepEqual([gate.invoice(id)?.state, exposure(gate)], ['intended', 1n]);
    await issued(gate, id);
    assert.equal((await issued(gate, id)).replayed, true);
    assert.deepEqual([gate.invoice(id)?.state, exposure(gate)], ['open', 1n]);
    await settled(gate, id);
    assert.equal((await settled(gate, id)).replayed, true);
    assert.deepEqual([gate.invoice(id)?.state, exposure(gate), gate.invoice(id)?.credit_msat], ['settled', 0n, 0n]);
    await ask(gate, { amount: 500, po: 'p' });
    assert.ok(gate.invoice(id)?.consumed_at);
  });

  test('L-07 paid twice: what is too much is owed', async () => {
    const { gate, id } = await challenged();
    await issued(gate, id);
    await settled(gate, id, 100_000n);
    await settled(gate, id, 200_000n);
    assert.equal(gate.invoice(id)?.credit_msat, 100_000n);
  });

  test('L-05 less than was quoted pays for nothing, and is owed', async () => {
    const { gate, id } = await challenged();
    await issued(gate, id);
    await settled(gate, id, 99_999n);
    assert.equal(gate.invoice(id)?.credit_msat, 99_999n);
    assert.equal((await ask(gate, { amount: 500, po: 'p' })).allowed, false);
  });

  test('L-07 paid when the challenge is over: owed, and nothing is reserved', async () => {
    const { gate, id } = await challenged();
    await issued(gate, id, gate.strict.at + 600_000_000_000n);
    gate.pass(4_300);
    await ended(gate, id);
    assert.deepEqual([gate.decision(id)?.state, gate.invoice(id)?.state, exposure(gate)], ['expired', 'closed', 0n]);
    await settled(gate, id);
    assert.deepEqual(
      [gate.invoice(id)?.state, gate.invoice(id)?.credit_msat, exposure(gate)],
      ['settled', 100_000n, 0n],
    );
    assert.equal(gate.bucket(), undefined);
  });

  test('a token that was paid and never used is worth nothing more when its time is over: the payment is owed', async () => {
    const { gate, id } = await challenged();
    await issued(gate, id, gate.strict.at + 600_000_000_000n);
    await settled(gate, id);
    gate.pass(4_300);
    await ended(gate, id);
    assert.deepEqual([gate.decision(id)?.state, gate.invoice(id)?.credit_msat], ['expired', 100_000n]);
    assert.equal(gate.invoice(id)?.root_key_sealed, null);
  });

  test('B-28 the node does not answer: the challenge is closed, and the next request begins anew', async () => {
    const { gate, id } = await challenged();
    const { merchant_id: merchant, bucket } = await decisionOf(gate, id);
    await gate.submit({ type: 'close-invoice', decisionId: id, merchant, bucket, reason: 'lightning_unavailable' });
    assert.deepEqual([gate.decision(id)?.state, exposure(gate)], ['expired', 0n]);
    const next = await ask(gate, { amount: 500, po: 'p' });
    assert.notEqual(next.decisionId, id);
    // The node answers after all: the hash is kept, so that a payment of it is not nobody's.
    await issued(gate, id);
    assert.deepEqual([gate.invoice(id)?.state, gate.invoice(id)?.root_key_sealed], ['closed', null]);
  });

  test('L-04 a root key is sealed anew, once', async () => {
    const { gate, id } = await challenged();
    await issued(gate, id);
    const { merchant_id: merchant, bucket } = await decisionOf(gate, id);
    const command = {
      type: 'reseal-root-key',
      decisionId: id,
      merchant,
      bucket,
      column: 'root_key_sealed',
      before: 'sealed',
      after: 'v2',
    } as const;
    await gate.submit(command);
    assert.equal(gate.invoice(id)?.root_key_sealed, 'v2');
    assert.equal((await gate.submit({ ...command, after: 'v3' })).replayed, true);
    assert.equal(gate.invoice(id)?.root_key_sealed, 'v2');
  });

  test('L-07 the follower’s place moves, and the same place is no fact', async () => {
    const { gate } = await challenged();
    const move = (cursor: string) => gate.submit({ type: 'move-lightning-cursor', backend: 'sandbox', cursor });
    await move('7');
    const facts = gate.strict.facts.length;
    await move('7');
    assert.equal(gate.strict.facts.length, facts);
    await move('8');
    assert.equal(gate.strict.row(lightningCursors, 'sandbox')?.cursor, '8');
  });
});
