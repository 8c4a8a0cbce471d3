/** A payment that is held: taken when it still buys what it was asked for, and otherwise given back (B-24, L-05). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accepted, ask, decisionOf, ended, holdEnded, issued, plan } from '../../test/rig/gate-commands.ts';
import { refOf, reported, rule, settled, type Asking } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { exposures } from '../budgets/tables.ts';
import type { ChangePeriodCommand } from './periods.ts';

const LIFE_NS = 600_000_000_000n;

interface Held {
  readonly gate: StrictGate;
  readonly id: string;
  readonly accept: (heldMsat?: bigint) => ReturnType<StrictGate['submit']>;
  readonly endHold: () => ReturnType<StrictGate['submit']>;
}

/** A challenge whose invoice can be paid. */
async function open(settings: Partial<PolicySettings> = {}, asking: Asking = { amount: 500, po: 'p' }): Promise<Held> {
  const gate = new StrictGate();
  await rule(gate, { invoice: 'hold', ...settings });
  return challenged(gate, asking);
}

async function challenged(gate: StrictGate, asking: Asking): Promise<Held> {
  const { decisionId: id, allowed } = await ask(gate, asking);
  assert.equal(allowed, false);
  await issued(gate, id, gate.strict.at + LIFE_NS, { preimageSealed: 'the preimage' });
  return {
    gate,
    id,
    accept: (heldMsat) => accepted(gate, id, heldMsat),
    endHold: () => holdEnded(gate, id),
  };
}

const stateOf = ({ gate, id }: Held): unknown[] => {
  const { state, hold, preimage_sealed: preimage } = gate.invoice(id)!;
  return [state, hold, preimage, gate.decision(id)?.state, gate.decision(id)?.reason];
};

const exposure = (gate: StrictGate): bigint => gate.strict.row(exposures, 'acme')?.open_invoices ?? 0n;

const changePeriod = (to: 'locked' | 'closed'): ChangePeriodCommand => ({
  type: 'change-period',
  to,
  merchantId: 'acme',
  period: '2026-11',
  budgetId: null,
  reason: null,
  actor: 'ann',
});

suite('held invoices', () => {
  test('B-24 ordered, waiting, accepted, settled, used: each once, and the preimage is kept no longer than it is needed', async () => {
    const held = await open();
    const { gate, id } = held;
    assert.deepEqual(stateOf(held), ['open', 'waiting', 'the preimage', 'challenged', null]);
    await held.accept();
    assert.deepEqual(stateOf(held), ['held', 'waiting', 'the preimage', 'challenged', null]);
    assert.ok(gate.invoice(id)?.held_at);
    assert.equal(exposure(gate), 1n);
    assert.equal((await held.accept()).replayed, true);
    await settled(gate, id);
    assert.deepEqual(stateOf(held), ['settled', 'ended', null, 'challenged', null]);
    assert.deepEqual([gate.invoice(id)?.credit_msat, exposure(gate)], [0n, 0n]);
    assert.equal((await held.endHold()).replayed, true);
    const { allowed } = await ask(gate, { amount: 500, po: 'p' });
    assert.deepEqual([allowed, gate.decision(id)?.paid], [true, 1n]);
  });

  test('B-24 the policy is frozen with the quote: another one later changes no invoice', async () => {
    const held = await open();
    await rule(held.gate, { invoice: 'ordinary' });
    const ordinary = await ask(held.gate, { amount: 700, po: 'q' });
    await issued(held.gate, ordinary.decisionId);
    assert.equal(held.gate.invoice(ordinary.decisionId)?.hold, null);
    await held.accept();
    assert.equal(held.gate.invoice(held.id)?.state, 'held');
  });

  test('B-06 a sealed preimage stands in the fact of its root key, and in no other', async () => {
    const { gate } = await open();
    const withIt = gate.strict.facts.filter(({ body }) => body.includes('the preimage'));
    assert.deepEqual(
      withIt.map(({ type }) => type),
      ['otb/root-key-sealed.v1'],
    );
  });

  const declined: readonly (readonly [string, (held: Held) => Promise<unknown>])[] = [
    ['period_locked', ({ gate, accept }) => gate.submit(changePeriod('locked')).then(() => accept())],
    ['period_closed', ({ gate, accept }) => gate.submit(changePeriod('closed')).then(() => accept())],
    ['amount_short', ({ accept }) => accept(99_999n)],
    [
      'too_late',
      ({ gate, accept }) => {
        gate.pass(661);
        return accept();
      },
    ],
    ['max_excess', ({ gate, accept }) => rule(gate, { invoice: 'hold', max_excess_cents: 499 }).then(() => accept())],
  ];
  for (const [why, act] of declined)
    test(`L-05 held, and then declined: ${why}`, async () => {
      const held = await open();
      await act(held);
      assert.deepEqual(stateOf(held), ['closed', 'waiting', null, 'expired', 'payment_returned']);
      const body = JSON.parse(held.gate.strict.facts.at(-1)!.body) as Record<string, unknown>;
      assert.deepEqual([body['reason'], body['why']], ['payment_returned', why]);
      assert.equal(exposure(held.gate), 0n);
      // The node was told: it has nothing more of it.
      await held.endHold();
      assert.deepEqual(stateOf(held), ['closed', 'ended', null, 'expired', 'payment_returned']);
    });

  test('L-05 a hard cap counts what was committed since the challenge, but not what the paid decision takes over', async () => {
    const gate = new StrictGate();
    await plan(gate, 500n);
    await rule(gate, { invoice: 'hold', max_excess_cents: 100 });
    await ask(gate, { amount: 400, po: 'p' });
    const amended = await challenged(gate, { amount: 550, po: 'p' });
    assert.equal((await amended.accept()).code, null);
    assert.equal(gate.invoice(amended.id)?.state, 'held');
    const other = await challenged(gate, { amount: 200, po: 'q' });
    await ask(gate, { amount: 50, po: 'r' });
    await other.accept();
    assert.equal(gate.decision(other.id)?.reason, 'payment_returned');
  });

  test('L-06 while its payment is held a repeat has the same challenge, and no second invoice', async () => {
    const held = await open();
    await held.accept();
    held.gate.pass(700);
    const again = await ask(held.gate, { amount: 500, po: 'p' });
    assert.deepEqual([again.allowed, again.decisionId, again.replayed], [false, held.id, true]);
    const other = await ask(held.gate, { amount: 501, po: 'p' });
    assert.notEqual(other.decisionId, held.id);
    assert.equal(held.gate.invoice(held.id)?.state, 'held', 'another amount does not take it away');
    assert.equal((await reported(held.gate, held.id, 'cancel')).code, 'invalid_report');
  });

  const freed: readonly (readonly [string, (gate: StrictGate) => Promise<unknown>])[] = [
    ['the budget has become free', (gate) => plan(gate, 1_000n)],
    ['the period was locked', (gate) => gate.submit(changePeriod('locked'))],
    ['the role may not any more', (gate) => rule(gate, { role_limits: { buyer: 1 } })],
  ];
  for (const [what, act] of freed)
    test(`L-05 taken, and ${what}: nobody lets go of the payment, and a repeat has the same challenge`, async () => {
      const held = await open();
      await held.accept();
      await act(held.gate);
      for (const credential of [undefined, held.id]) {
        const again = await ask(held.gate, { amount: 500, po: 'p', ...(credential !== undefined && { credential }) });
        assert.deepEqual([again.code, again.allowed, again.decisionId], [null, false, held.id]);
      }
      assert.deepEqual(stateOf(held), ['held', 'waiting', 'the preimage', 'challenged', null]);
      await settled(held.gate, held.id);
      const paid = await ask(held.gate, { amount: 500, po: 'p' });
      assert.deepEqual([paid.allowed, held.gate.decision(held.id)?.paid], [true, 1n]);
      assert.equal(held.gate.invoice(held.id)?.credit_msat, 0n);
    });

  test('L-05 taken for an amendment that fits by now: what the document holds stays until the payment is here', async () => {
    const gate = new StrictGate();
    await plan(gate, 500n);
    await rule(gate, { invoice: 'hold' });
    const { decisionId: former } = await ask(gate, { amount: 400, po: 'p' });
    const held = await challenged(gate, { amount: 550, po: 'p' });
    await held.accept();
    await plan(gate, 1_000n);
    const again = await ask(gate, { amount: 550, po: 'p' });
    assert.deepEqual([again.allowed, again.decisionId, gate.decision(former)?.state], [false, held.id, 'reserved']);
    await settled(gate, held.id);
    assert.equal((await ask(gate, { amount: 550, po: 'p' })).allowed, true);
    assert.deepEqual([gate.invoice(held.id)?.credit_msat, gate.decision(former)?.state], [0n, 'replaced']);
  });

  test('L-07 accepted, and the node is away until nobody can use it any more: closed, and the node has to give it back', async () => {
    const held = await open();
    await held.accept();
    held.gate.pass(4_300);
    await ended(held.gate, held.id);
    assert.deepEqual(stateOf(held), ['closed', 'waiting', null, 'expired', 'challenge_expired']);
    // It had settled it after all: owed.
    await settled(held.gate, held.id);
    assert.deepEqual([held.gate.invoice(held.id)?.credit_msat, held.gate.invoice(held.id)?.hold], [100_000n, 'ended']);
  });

  test('L-07 accepted, and given back by the node: the request is judged anew', async () => {
    const held = await open();
    await held.accept();
    await held.endHold();
    assert.deepEqual(stateOf(held), ['closed', 'ended', null, 'expired', 'payment_returned']);
    assert.notEqual((await ask(held.gate, { amount: 500, po: 'p' })).decisionId, held.id);
  });

  test('L-06 nobody paid in time: closed as soon as the node has nothing of it', async () => {
    const held = await open();
    held.gate.pass(601);
    await held.endHold();
    assert.deepEqual(stateOf(held), ['closed', 'ended', null, 'expired', 'challenge_expired']);
    assert.equal(exposure(held.gate), 0n);
  });

  test('B-24 fewer hold invoices are open at a time than ordinary ones', async () => {
    const gate = new StrictGate();
    await rule(gate, { invoice: 'hold' });
    for (let i = 0; i < 50; i++) assert.equal((await ask(gate, { amount: 1, po: `p${i}` })).allowed, false);
    assert.equal((await ask(gate, { amount: 1, po: 'one more' })).code, 'too_many_challenges');
    await rule(gate, { invoice: 'ordinary' });
    assert.equal((await ask(gate, { amount: 1, po: 'one more' })).allowed, false);
  });

  test('B-28 an invoice that nobody waits for when it comes: the node has to cancel it, without a preimage', async () => {
    const gate = new StrictGate();
    await rule(gate, { invoice: 'hold' });
    const { decisionId: id } = await ask(gate, { amount: 5 });
    const ref = refOf(await decisionOf(gate, id));
    await gate.submit({ type: 'close-invoice', ...ref, reason: 'lightning_unavailable' });
    assert.equal(gate.invoice(id)?.hold, 'ordered', 'the node was never asked: there is nothing to cancel');
    await issued(gate, id, undefined, { preimageSealed: 'the preimage' });
    const { state, hold, preimage_sealed: preimage } = gate.invoice(id)!;
    assert.deepEqual([state, hold, preimage], ['closed', 'waiting', null]);
  });
});
