/** Reports and deadlines move a decision and its bucket together, once each (B-05, R14). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, ended, issued, plan, reported, settled } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';

async function reserved(): Promise<{ readonly gate: StrictGate; readonly id: string; readonly held: () => bigint[] }> {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const { decisionId: id } = await ask(gate, { amount: 600, po: 'p' });
  const held = (): bigint[] => {
    const { reserved_cents: r, committed_cents: c, received_cents: g } = gate.bucket()!;
    const own = gate.decision(id)!;
    assert.deepEqual([own.reserved_cents, own.committed_cents, own.received_cents], [r, c, g]);
    return [r, c, g];
  };
  return { gate, id, held };
}

suite('reports', () => {
  test('ordered, received in parts, sent back: budget follows each', async () => {
    const { gate, id, held } = await reserved();
    await reported(gate, id, 'commit');
    assert.deepEqual(held(), [0n, 600n, 0n]);
    await reported(gate, id, 'receive', { amount: 200n, reference: 'r1' });
    assert.deepEqual(held(), [0n, 400n, 200n]);
    await reported(gate, id, 'receive', { amount: 300n, reference: 'r2', final: true });
    assert.deepEqual([held(), gate.decision(id)?.state], [[0n, 0n, 500n], 'received']);
    await reported(gate, id, 'return', { amount: 50n });
    await reported(gate, id, 'chargeback', { amount: 450n });
    assert.deepEqual([held(), gate.decision(id)?.reason], [[0n, 0n, 0n], 'charged_back']);
  });

  test('R14 the same report under the same reference counts once; another amount under it is a conflict', async () => {
    const { gate, id, held } = await reserved();
    await reported(gate, id, 'receive', { amount: 200n, reference: 'r1' });
    assert.equal((await reported(gate, id, 'receive', { amount: 200n, reference: 'r1' })).replayed, true);
    assert.equal((await reported(gate, id, 'receive', { amount: 201n, reference: 'r1' })).code, 'idempotency_conflict');
    assert.deepEqual(held(), [400n, 0n, 200n]);
  });

  test('R14 nothing more will come, under the reference of a report that did not say so: a conflict that names it', async () => {
    const { gate, id, held } = await reserved();
    await reported(gate, id, 'receive', { amount: 50n, reference: 'r' });
    const { code, answer } = await reported(gate, id, 'receive', { amount: 50n, reference: 'r', final: true });
    assert.deepEqual([code, JSON.parse(answer)], ['idempotency_conflict', { error: code, fields: ['final'] }]);
    const both = await reported(gate, id, 'receive', { amount: 51n, reference: 'r', final: true });
    assert.deepEqual((JSON.parse(both.answer) as { fields: unknown }).fields, ['amount_cents', 'final']);
    assert.deepEqual(held(), [550n, 0n, 50n]);
    const last = { amount: 50n, reference: 's', final: true };
    await reported(gate, id, 'receive', last);
    assert.deepEqual([held(), (await reported(gate, id, 'receive', last)).replayed], [[0n, 0n, 100n], true]);
  });

  test('R14 all of it once more changes nothing; what does not fit says why', async () => {
    const { gate, id } = await reserved();
    await reported(gate, id, 'commit');
    assert.equal((await reported(gate, id, 'commit')).replayed, true);
    assert.equal((await reported(gate, id, 'return')).code, 'invalid_report');
    await reported(gate, id, 'cancel');
    assert.equal((await reported(gate, id, 'cancel')).replayed, true);
    const { code, answer } = await reported(gate, id, 'commit');
    assert.deepEqual(
      [code, JSON.parse(answer)],
      ['invalid_report', { error: 'invalid_report', state: 'cancelled', reason: 'nothing_reserved' }],
    );
  });

  test('B-05 a reservation that nobody used gives its budget back; what is on order stays', async () => {
    const { gate, id, held } = await reserved();
    await reported(gate, id, 'commit', { amount: 100n });
    assert.equal((await ended(gate, id)).code, 'not_due');
    gate.pass(86_401);
    await ended(gate, id);
    assert.deepEqual([held(), gate.decision(id)?.state], [[0n, 100n, 0n], 'committed']);
    assert.equal((await ended(gate, id)).code, 'not_due');
  });

  test('a challenge can be withdrawn while nobody has paid it', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 5, po: 'p' });
    await issued(gate, id);
    await settled(gate, id);
    assert.equal((await reported(gate, id, 'cancel')).code, 'invalid_report');
    const { decisionId: other } = await ask(gate, { amount: 5, po: 'q' });
    await reported(gate, other, 'cancel');
    assert.deepEqual([gate.decision(other)?.state, gate.invoice(other)?.state], ['cancelled', 'closed']);
    assert.equal((await ask(gate, { amount: 5, po: 'q' })).allowed, false);
  });

  test('R14 a challenge that was withdrawn is withdrawn once: the same again is answered as it was, and nothing else is', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 5, po: 'p' });
    await issued(gate, id);
    const first = await reported(gate, id, 'cancel', { reference: 'r' });
    const facts = gate.strict.facts.length;
    for (const more of [{ reference: 'r' }, {}]) {
      const { code, replayed, answer } = await reported(gate, id, 'cancel', more);
      assert.deepEqual([code, replayed, answer], [null, true, first.answer]);
    }
    assert.equal((await reported(gate, id, 'commit')).code, 'invalid_report');
    assert.equal(gate.strict.facts.length, facts);
  });

  test('R12 what would take a bucket beyond a JSON number is refused, and changes nothing', async () => {
    const { gate, id, held } = await reserved();
    const largest = BigInt(Number.MAX_SAFE_INTEGER);
    // The whole number fits, but not beside what is still on order.
    await reported(gate, id, 'commit');
    await reported(gate, id, 'receive', { amount: 1n });
    const [facts, before] = [gate.strict.facts.length, held()];
    for (const more of [{ amount: largest }, { amount: largest, reference: 'r' }, { amount: largest, final: true }]) {
      const { code, answer } = await reported(gate, id, 'receive', more);
      assert.deepEqual(
        [code, JSON.parse(answer)],
        ['invalid_report', { error: 'invalid_report', state: 'committed', reason: 'amount_too_large' }],
      );
    }
    for (const kind of ['commit', 'return', 'chargeback', 'cancel'] as const)
      assert.equal((await reported(gate, id, kind, { amount: largest })).code, 'invalid_report');
    assert.deepEqual([gate.strict.facts.length, held()], [facts, before]);
    // Up to it everything counts, and the reference was not used up.
    const rest = { amount: largest - 1n, reference: 'r' };
    assert.equal((await reported(gate, id, 'receive', rest)).code, null);
    assert.deepEqual(held(), [0n, 0n, largest]);
    assert.equal((await reported(gate, id, 'return')).code, null);
  });
});
