/** What stands in the facts and rows of the gate's answers (B-06, B-24, B-28). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, plan, rule } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { explanationView } from '../budgets/explanation.ts';

const typesOf = ({ strict }: StrictGate): string[] =>
  strict.facts.map(({ type }) => type).filter((type) => type.startsWith('otb/gate'));

suite('answers of the gate', () => {
  test('B-06 a decision tells policy, counters before and after, and the request with its digest', async () => {
    const gate = new StrictGate();
    await plan(gate, 1_000n);
    await rule(gate, {});
    const { decisionId } = await ask(gate, { amount: 600, po: 'p', key: 'k' });
    const row = gate.decision(decisionId)!;
    const told = explanationView(row.explanation) as Record<string, Record<string, number>>;
    assert.deepEqual([told['before']?.['open_to_buy_cents'], told['after']?.['open_to_buy_cents']], [1_000, 400]);
    assert.deepEqual([row.policy_id, row.mode, row.request_digest.length], ['acme.v1', 'enforce', 64]);
    const fact = gate.strict.facts.at(-1)!;
    assert.deepEqual(
      [fact.type, fact.subject, fact.key, fact.request],
      ['otb/gate-allowed.v1', decisionId, 'gate:["key-1","k"]', row.request],
    );
  });

  test('B-24 the quote is frozen with the invoice: rule, rate, excess, in whole satoshi', async () => {
    const gate = new StrictGate();
    const rate = { currency: 'USD', cents_per_btc: 10_000_000 };
    await rule(gate, { price: { kind: 'excess_bp', bp: 1_000 }, rate, price_step_sats: 100 });
    const { decisionId } = await ask(gate, { amount: 1_234 });
    const invoice = gate.invoice(decisionId)!;
    // 10 % of 12.34 at 100,000.00 per bitcoin are 1,234 sat; the next step is 1,300.
    assert.equal(invoice.sats, 1_300n);
    assert.deepEqual(JSON.parse(invoice.quote), {
      rule: { kind: 'excess_bp', bp: 1_000 },
      rate,
      price_step_sats: 100,
      excess_cents: 1_234,
    });
    await rule(gate, { price: { kind: 'toll', sats: 7 } });
    assert.equal((await ask(gate, { amount: 1_234 })).followUp.challenge?.sats, 1_300);
  });

  test('B-24 a price that cannot be computed is none: refused, and recorded as such', async () => {
    const gate = new StrictGate();
    await rule(gate, { price: { kind: 'whole_excess' } });
    const { code, reason } = await ask(gate, { amount: 5 });
    assert.deepEqual([code, reason, typesOf(gate)], ['policy_violation', 'no_rate', ['otb/gate-refused.v1']]);
  });

  test('a repeat under a new key is recorded under it, and changes no counter', async () => {
    const gate = new StrictGate();
    await plan(gate, 1_000n);
    await ask(gate, { amount: 600, po: 'p' });
    await ask(gate, { amount: 600, po: 'p' });
    assert.equal(typesOf(gate).length, 1);
    await ask(gate, { amount: 600, po: 'p', key: 'k' });
    assert.equal(typesOf(gate).length, 2);
    assert.equal(gate.bucket()?.reserved_cents, 600n);
    assert.equal((await ask(gate, { amount: 601, po: 'p', key: 'k' })).code, 'idempotency_conflict');
  });
});
