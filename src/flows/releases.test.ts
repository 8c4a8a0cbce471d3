/** B-25: who may lets a blocked request pass, with a reason, and without the special budget when the normal one is free. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accepted, ask, issued, plan, reported, rule, settled } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { releases } from '../budgets/tables.ts';
import type { ChangePeriodCommand } from './periods.ts';
import { isBlocked } from './releases.ts';

const requested = (gate: StrictGate, decisionId: string, reason = 'the season begins') =>
  gate.submit({ type: 'request-release', decisionId, reason, actor: 'ann' });

const decided = (
  gate: StrictGate,
  decisionId: string,
  outcome: 'accepted' | 'rejected',
  { others = [], document = 'po:p' }: { readonly others?: readonly string[]; readonly document?: string } = {},
) =>
  gate.submit({
    type: 'decide-release',
    decisionId,
    merchant: 'acme',
    outcome,
    reason: 'so be it',
    actor: 'pat',
    alsoOwn: false,
    documentName: `document|acme|po_submit|${document}`,
    current: [decisionId, ...others].map((id) => ({ decisionId: id, bucket: 'acme|2026-11|' })),
  });

const changePeriod = (to: 'locked' | 'closed'): ChangePeriodCommand => ({
  type: 'change-period',
  to,
  merchantId: 'acme',
  period: '2026-11',
  budgetId: null,
  reason: null,
  actor: 'ann',
});

async function refusedBy(answered: ReturnType<StrictGate['submit']>): Promise<unknown[]> {
  const { code, answer } = await answered;
  return [code, (JSON.parse(answer) as { readonly reason?: string }).reason];
}

async function blocked(): Promise<{ readonly gate: StrictGate; readonly id: string }> {
  const gate = new StrictGate();
  await plan(gate, 100n);
  const { decisionId: id } = await ask(gate, { amount: 600, po: 'p' });
  await issued(gate, id);
  return { gate, id };
}

suite('releases', () => {
  test('requested, in process, accepted: reserved beyond the budget, and the invoice is closed', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    assert.equal((await requested(gate, id)).replayed, true);
    await gate.submit({ type: 'take-release', decisionId: id, actor: 'pat' });
    await decided(gate, id, 'accepted');
    assert.equal((await decided(gate, id, 'accepted')).replayed, true);
    assert.deepEqual(
      [gate.decision(id)?.state, gate.decision(id)?.paid, gate.bucket()?.reserved_cents],
      ['reserved', 0n, 600n],
    );
    assert.equal(gate.invoice(id)?.state, 'closed');
    assert.equal(gate.strict.row(releases, id)?.from_normal_budget, 0n);
    assert.equal((await ask(gate, { amount: 600, po: 'p' })).allowed, true);
    assert.equal((await decided(gate, id, 'rejected')).code, 'invalid_transition');
  });

  test('who asked does not let it pass; an operator may, and rejecting is open to both', async () => {
    const { gate, id } = await blocked();
    const own = { documentName: null, current: [{ decisionId: id, bucket: 'acme|2026-11|' }], alsoOwn: false };
    const answer = { type: 'decide-release', decisionId: id, merchant: 'acme', reason: 'mine', actor: 'ann' } as const;
    await requested(gate, id);
    const facts = gate.strict.facts.length;
    assert.equal((await gate.submit({ ...answer, ...own, outcome: 'accepted' })).code, 'forbidden');
    assert.equal(gate.strict.facts.length, facts);
    assert.equal((await gate.submit({ ...answer, ...own, outcome: 'rejected' })).code, null);
    await requested(gate, id);
    const name = 'document|acme|po_submit|po:p';
    const asOperator = { ...answer, ...own, alsoOwn: true, documentName: name, outcome: 'accepted' } as const;
    assert.equal((await gate.submit(asOperator)).code, null);
    assert.equal(gate.decision(id)?.state, 'reserved');
  });

  test('L-05, B-25: while a payment for it is taken a request is not let pass; once it is here it has paid for this', async () => {
    const gate = new StrictGate();
    await rule(gate, { invoice: 'hold' });
    const { decisionId: id } = await ask(gate, { amount: 600, po: 'p' });
    await issued(gate, id, gate.strict.at + 600_000_000_000n, { preimageSealed: 'the preimage' });
    await requested(gate, id);
    await accepted(gate, id);
    const facts = gate.strict.facts.length;
    assert.deepEqual(await refusedBy(decided(gate, id, 'accepted')), ['invalid_transition', 'payment_held']);
    assert.deepEqual([gate.strict.facts.length, gate.invoice(id)?.state], [facts, 'held']);
    await settled(gate, id);
    assert.equal((await decided(gate, id, 'accepted')).code, null);
    assert.deepEqual([gate.decision(id)?.paid, gate.invoice(id)?.credit_msat], [1n, 0n]);
  });

  test('B-23, B-25: into a locked period a release is the audited override; into a closed one nothing is let pass', async () => {
    const { gate, id } = await blocked();
    const { decisionId: other } = await ask(gate, { amount: 600, po: 'q' });
    await requested(gate, id);
    await requested(gate, other);
    await gate.submit(changePeriod('locked'));
    assert.equal((await decided(gate, id, 'accepted')).code, null);
    assert.equal(gate.decision(id)?.state, 'reserved');
    await gate.submit(changePeriod('closed'));
    const facts = gate.strict.facts.length;
    const q = { document: 'po:q' };
    assert.deepEqual(await refusedBy(decided(gate, other, 'accepted', q)), ['policy_violation', 'period_closed']);
    const { decisionId: refused } = await ask(gate, { amount: 600, po: 'r' });
    assert.deepEqual(await refusedBy(requested(gate, refused)), ['invalid_report', 'not_blocked']);
    assert.deepEqual([gate.strict.facts.length, gate.bucket()?.reserved_cents], [facts + 1, 600n]);
    assert.equal((await decided(gate, other, 'rejected', q)).code, null);
  });

  test('B-25: of an amendment only the difference needs the normal budget', async () => {
    const gate = new StrictGate();
    await plan(gate, 650n);
    const { decisionId: live } = await ask(gate, { amount: 600, po: 'p' });
    const { decisionId: id } = await ask(gate, { amount: 700, po: 'p' });
    await requested(gate, id);
    // 700 in all, of which 100 are left beside what is live.
    await plan(gate, 50n);
    await decided(gate, id, 'accepted', { others: [live] });
    assert.deepEqual([gate.strict.row(releases, id)?.from_normal_budget, gate.bucket()?.reserved_cents], [1n, 700n]);
  });

  test('R12 what the budget could not tell any more is not let pass', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    await rule(gate, { mode: 'track' });
    assert.equal((await ask(gate, { amount: Number.MAX_SAFE_INTEGER - 599 })).allowed, true);
    assert.equal((await decided(gate, id, 'accepted')).code, 'policy_violation');
    assert.equal(gate.decision(id)?.state, 'challenged');
  });

  test('B-25: asked for once more with another reason is a conflict that names it, as long as it was not rejected', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    const other = await requested(gate, id, 'another one');
    assert.equal(other.code, 'idempotency_conflict');
    assert.match(other.answer, /"fields":\["reason"\]/);
    assert.equal((await requested(gate, id)).replayed, true);
    await decided(gate, id, 'rejected');
    assert.deepEqual((await requested(gate, id, 'another one')).code, null);
    assert.equal(gate.strict.row(releases, id)?.reason, 'another one');
  });

  test('the normal budget has become free: the special one is not used', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    await plan(gate, 900n);
    await decided(gate, id, 'accepted');
    assert.equal(gate.strict.row(releases, id)?.from_normal_budget, 1n);
  });

  test('rejected, and asked for once more', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    await decided(gate, id, 'rejected');
    assert.equal(gate.decision(id)?.state, 'challenged');
    await requested(gate, id);
    assert.equal(gate.strict.row(releases, id)?.state, 'requested');
  });

  test('who paid, let it expire and is released all the same is owed nothing more', async () => {
    const { gate, id } = await blocked();
    await settled(gate, id);
    await requested(gate, id);
    gate.strict.at = (gate.decision(id)?.due_at ?? 0n) + 256n;
    await gate.submit({ type: 'end-decision', decisionId: id, merchant: 'acme', bucket: 'acme|2026-11|' });
    assert.equal(gate.invoice(id)?.credit_msat, 100_000n);
    await decided(gate, id, 'accepted');
    assert.deepEqual([gate.decision(id)?.paid, gate.invoice(id)?.credit_msat], [1n, 0n]);
  });

  test('who has paid meanwhile has paid for this', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    await settled(gate, id);
    await decided(gate, id, 'accepted');
    assert.deepEqual([gate.decision(id)?.paid, gate.invoice(id)?.credit_msat], [1n, 0n]);
    assert.ok(gate.invoice(id)?.consumed_at);
  });

  test('what was allowed, or taken over by another request, is not blocked any more', async () => {
    const { gate, id } = await blocked();
    await requested(gate, id);
    const other = await ask(gate, { amount: 50, po: 'p' });
    assert.equal(other.allowed, true);
    assert.equal((await decided(gate, id, 'accepted', { others: [other.decisionId] })).code, 'invalid_transition');
    assert.equal((await requested(gate, other.decisionId)).code, 'invalid_report');
    assert.equal((await requested(gate, 'nobody')).code, 'decision_not_found');
    assert.equal((await decided(gate, 'nobody', 'accepted')).code, 'release_not_found');
    await reported(gate, other.decisionId, 'cancel');
    assert.equal(isBlocked(gate.decision(other.decisionId)!), false);
  });
});
