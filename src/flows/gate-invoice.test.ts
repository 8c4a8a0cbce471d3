/** Until when a challenge is presented again, and what becomes of its invoice when nobody waits for it (L-06). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, issued, settled } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { defaultPolicy } from '../budgets/policy.ts';
import { canBePaid, pricingOf } from './gate-invoice.ts';

suite('the invoice of a challenge', () => {
  test('can be paid while it is being asked for, and until it expires', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 5 });
    assert.equal(canBePaid(gate.invoice(id)!, 9n), true);
    await issued(gate, id, 10n);
    assert.deepEqual([canBePaid(gate.invoice(id)!, 9n), canBePaid(gate.invoice(id)!, 10n)], [true, false]);
    await settled(gate, id);
    assert.equal(canBePaid(gate.invoice(id)!, 9n), false);
  });

  test('one that is paid is not closed by another request of its document: its own request still uses it', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 5, po: 'p' });
    await issued(gate, id);
    await settled(gate, id);
    assert.equal((await ask(gate, { amount: 6, po: 'p' })).allowed, false);
    assert.deepEqual([gate.decision(id)?.state, gate.invoice(id)?.state], ['challenged', 'settled']);
    assert.equal((await ask(gate, { amount: 5, po: 'p', credential: id })).allowed, true);
  });

  test('L-04 one that was paid too little for is taken the place of: the key of its token is kept no longer', async () => {
    const gate = new StrictGate();
    const { decisionId: id } = await ask(gate, { amount: 5, po: 'p' });
    await issued(gate, id);
    await settled(gate, id, 99_999n);
    assert.equal(gate.invoice(id)?.root_key_sealed, 'sealed');
    assert.notEqual((await ask(gate, { amount: 5, po: 'p' })).decisionId, id);
    const { state, root_key_sealed: rootKey, credit_msat: owed } = gate.invoice(id)!;
    assert.deepEqual([gate.decision(id)?.reason, state, rootKey, owed], ['superseded', 'settled', null, 99_999n]);
  });

  test('B-24 a policy in JSON as prices are computed: whole numbers of any size', () => {
    const rate = { currency: 'EUR', cents_per_btc: 9_000_000 };
    assert.deepEqual(pricingOf({ ...defaultPolicy, price: { kind: 'excess_bp', bp: 50 }, rate, price_step_sats: 10 }), {
      rule: { kind: 'excess_bp', bp: 50n },
      rate: { currency: 'EUR', centsPerBtc: 9_000_000n },
      stepSats: 10n,
    });
    assert.deepEqual(pricingOf(defaultPolicy).rule, { kind: 'toll', sats: 100n });
  });
});
