/** The gate's answers in the order in which they are judged, each from the rows that came before. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  ask,
  gateOf,
  issued,
  MERCHANT,
  PERIOD,
  plan,
  reported,
  rule,
  settled,
  type Answered,
  ended,
} from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';

const said = ({ code, allowed, replayed }: Answered): string =>
  `${code ?? (allowed === true ? 'allowed' : 'payment')}${replayed ? ' again' : ''}`;

async function planned(cents: bigint): Promise<StrictGate> {
  const gate = new StrictGate();
  await plan(gate, cents);
  return gate;
}

suite('the gate', () => {
  test('B-09 without a budget the first answer asks for payment of 100 sat, and after paying it is yes', async () => {
    const gate = new StrictGate();
    const first = await ask(gate, { amount: 500 });
    assert.equal(said(first), 'payment');
    assert.deepEqual([first.followUp.challenge?.sats, first.left], [100, 0]);
    await issued(gate, first.decisionId);
    assert.equal(said(await ask(gate, { amount: 500 })), 'payment again');
    await settled(gate, first.decisionId);
    const second = await ask(gate, { amount: 500 });
    assert.deepEqual([said(second), second.decisionId, second.left], ['allowed', first.decisionId, -500]);
  });

  test('B-05 a yes reserves, and what is left is told', async () => {
    const gate = await planned(1_000n);
    const answers = [
      await ask(gate, { amount: 600 }),
      await ask(gate, { amount: 400 }),
      await ask(gate, { amount: 1 }),
    ];
    assert.deepEqual(answers.map(said), ['allowed', 'allowed', 'payment']);
    assert.deepEqual(
      answers.map(({ left }) => left),
      [400, 0, 0],
    );
    assert.equal(gate.bucket()?.reserved_cents, 1_000n);
  });

  test('B-05 the same key and request: the same answer for ever, whatever became of the decision', async () => {
    const gate = await planned(1_000n);
    const first = await ask(gate, { amount: 600, key: 'k' });
    await reported(gate, first.decisionId, 'cancel');
    assert.deepEqual({ ...(await ask(gate, { amount: 600, key: 'k' })) }, { ...first, replayed: true, followUp: {} });
  });

  test('B-05 the same key with another request names what differs, also while its challenge is open', async () => {
    const gate = await planned(100n);
    await ask(gate, { amount: 60, key: 'k' });
    await ask(gate, { amount: 900, key: 'open' });
    for (const [key, amount] of [
      ['k', 61],
      ['open', 901],
    ] as const) {
      const { answer, code } = await gate.submit(gateOf({ amount, key }, currentOf(gate)));
      assert.equal(code, 'idempotency_conflict');
      assert.match(answer, /"fields":\["amount_cents"\]/);
    }
    assert.equal(said(await ask(gate, { amount: 61, key: 'k', caller: 'key-2' })), 'payment');
  });

  test('B-05 a document is asked for again: the same, then amended by the difference, up and down', async () => {
    const gate = await planned(1_000n);
    const first = await ask(gate, { amount: 600, po: 'p' });
    const again = await ask(gate, { amount: 600, po: 'p', key: 'k', actorId: 'bob' });
    assert.deepEqual([said(again), again.decisionId], ['allowed again', first.decisionId]);
    assert.equal(said(await ask(gate, { amount: 600, po: 'p', key: 'k', actorId: 'bob' })), 'allowed again');
    const more = await ask(gate, { amount: 1_000, po: 'p' });
    assert.deepEqual([said(more), more.decisionId, more.left], ['allowed', first.decisionId, 0]);
    const less = await ask(gate, { amount: 250, po: 'p' });
    assert.deepEqual([said(less), less.decisionId, less.left], ['allowed', first.decisionId, 750]);
    assert.equal(gate.bucket()?.reserved_cents, 250n);
  });

  test('B-23 a redated document gives the old bucket back and tests the new one', async () => {
    const gate = await planned(1_000n);
    const { decisionId } = await ask(gate, { amount: 600, po: 'p' });
    const moved = await ask(gate, { amount: 600, po: 'p', period: '2026-12' });
    assert.equal(said(moved), 'payment');
    assert.equal(gate.decision(moved.decisionId)?.replaces, decisionId);
    assert.equal(gate.bucket()?.reserved_cents, 600n);
    await issued(gate, moved.decisionId);
    await settled(gate, moved.decisionId);
    assert.equal(said(await ask(gate, { amount: 600, po: 'p', period: '2026-12' })), 'allowed');
    assert.deepEqual([gate.bucket()?.reserved_cents, gate.bucket('', '2026-12')?.reserved_cents], [0n, 600n]);
    assert.equal(gate.decision(decisionId)?.state, 'replaced');
  });

  test('B-23 a delivery that moves within the tolerance keeps its period, and the explanation says so', async () => {
    const gate = await planned(1_000n);
    await rule(gate, { tolerance_days: 3 });
    const { decisionId } = await ask(gate, { amount: 600, po: 'p', deliveryDate: '2026-11-20' });
    assert.doesNotMatch(gate.decision(decisionId)?.explanation ?? '', /period_kept/);
    const kept = await ask(gate, { amount: 700, po: 'p', deliveryDate: '2026-12-03' });
    assert.deepEqual([said(kept), kept.decisionId, kept.left], ['allowed', decisionId, 300]);
    const { period, bucket, explanation } = gate.decision(decisionId)!;
    assert.deepEqual([period, bucket, gate.bucket('', '2026-12')], ['2026-11', 'acme|2026-11|', undefined]);
    assert.deepEqual((JSON.parse(explanation) as Record<string, unknown>)['period_kept'], {
      period: '2026-11',
      delivery_date: '2026-12-03',
      tolerance_days: 3,
    });
    // Over budget it is told, too.
    const over = await ask(gate, { amount: 1_100, po: 'p', deliveryDate: '2026-12-03' });
    assert.match(gate.decision(over.decisionId)?.explanation ?? '', /"period_kept":\{"period":"2026-11"/);
  });

  test('B-23, B-21 a day more, a period by name, another category, a locked period: the new bucket is tested', async () => {
    const gate = await planned(1_000n);
    await rule(gate, { tolerance_days: 3 });
    const asking = { amount: 600, deliveryDate: '2026-11-20' };
    for (const [po, other] of [
      ['late', { deliveryDate: '2026-12-04' }],
      ['named', { deliveryDate: '2026-12-03', period: '2026-12' }],
      ['other', { deliveryDate: '2026-12-03', category: 'hats' }],
    ] as const) {
      const { decisionId } = await ask(gate, { ...asking, amount: 100, po });
      const moved = await ask(gate, { ...asking, amount: 100, po, ...other });
      assert.equal(said(moved), 'payment', po);
      assert.equal(gate.decision(moved.decisionId)?.bucket, 'acme|2026-12|');
      assert.equal(gate.decision(decisionId)?.bucket, 'acme|2026-11|');
    }
    await ask(gate, { ...asking, amount: 100, po: 'locked' });
    await periodTo(gate, 'locked');
    const moved = await ask(gate, { amount: 100, po: 'locked', deliveryDate: '2026-12-03' });
    assert.equal(gate.decision(moved.decisionId)?.bucket, 'acme|2026-12|');
    // Without a document that holds something there is nothing to keep.
    const fresh = await ask(gate, { amount: 100, po: 'fresh', deliveryDate: '2026-12-01' });
    assert.equal(gate.decision(fresh.decisionId)?.bucket, 'acme|2026-12|');
  });

  test('B-05 more than is left for a document: a challenge beside its reservation, which paid takes over in full', async () => {
    const gate = await planned(1_000n);
    const first = await ask(gate, { amount: 600, po: 'p' });
    await reported(gate, first.decisionId, 'commit', { amount: 200n });
    const more = await ask(gate, { amount: 1_100, po: 'p' });
    assert.equal(said(more), 'payment');
    assert.equal(gate.decision(first.decisionId)?.reserved_cents, 400n);
    await issued(gate, more.decisionId);
    await settled(gate, more.decisionId);
    assert.equal(said(await ask(gate, { amount: 1_100, po: 'p' })), 'allowed');
    const { state, reserved_cents: reserved, committed_cents: onOrder } = gate.decision(more.decisionId)!;
    assert.deepEqual([state, reserved, onOrder], ['committed', 900n, 200n]);
    assert.deepEqual([gate.bucket()?.reserved_cents, gate.bucket()?.committed_cents], [900n, 200n]);
    assert.equal(said(await ask(gate, { amount: 1_100, po: 'p' })), 'allowed again');
  });

  test('B-05 what was paid for is fixed: another amount gets a new decision, which takes over what the former holds', async () => {
    const gate = await planned(1_000n);
    const asking = { amount: 1_200, po: 'p' };
    const { decisionId: first } = await ask(gate, asking);
    await issued(gate, first);
    await settled(gate, first);
    assert.equal(said(await ask(gate, asking)), 'allowed');
    const paid = gate.decision(first);
    // The same amount without the credential: the same answer, and nothing is recorded.
    const facts = gate.strict.facts.length;
    assert.deepEqual(await ask(gate, asking), { ...(await ask(gate, asking)), decisionId: first, replayed: true });
    assert.equal(gate.strict.facts.length, facts);
    const more = await ask(gate, { amount: 1_500, po: 'p' });
    assert.deepEqual([said(more), more.decisionId === first], ['payment', false]);
    assert.deepEqual(gate.decision(first), paid, 'a challenge leaves it as it is');
    assert.equal(said(await ask(gate, asking)), 'allowed again');
    await issued(gate, more.decisionId);
    await settled(gate, more.decisionId);
    assert.equal(said(await ask(gate, { amount: 1_500, po: 'p' })), 'allowed');
    assert.deepEqual([gate.bucket()?.reserved_cents, gate.decision(more.decisionId)?.replaces], [1_500n, first]);
    const { state, amount_cents: amount, paid: isPaid } = gate.decision(first)!;
    assert.deepEqual([state, amount, isPaid], ['replaced', 1_200n, 1n]);
  });

  test('B-05, B-24 the price of more is that of what is beyond the budget and not paid for yet', async () => {
    const gate = await planned(1_000n);
    // A satoshi for each cent.
    const rate = { currency: 'USD', cents_per_btc: 100_000_000 };
    await rule(gate, { price: { kind: 'whole_excess' }, rate, max_excess_cents: 900 });
    const { decisionId: first, followUp } = await ask(gate, { amount: 1_200, po: 'p' });
    assert.equal(followUp.challenge?.sats, 200);
    await issued(gate, first);
    await settled(gate, first, 200_000n);
    assert.equal(said(await ask(gate, { amount: 1_200, po: 'p' })), 'allowed');
    const more = await ask(gate, { amount: 1_500, po: 'p' });
    assert.deepEqual([more.followUp.challenge?.sats, gate.decision(more.decisionId)?.excess_cents], [300, 300n]);
    // In steps it buys no more than at once.
    assert.equal((await ask(gate, { amount: 1_901, po: 'p' })).reason, 'max_excess');
  });

  test('B-05 what was paid for, asked for again: free as soon as the budget covers it, and less is not paid for', async () => {
    const gate = await planned(1_000n);
    const { decisionId: first } = await ask(gate, { amount: 1_500, po: 'p' });
    await issued(gate, first);
    await settled(gate, first);
    assert.equal(said(await ask(gate, { amount: 1_500, po: 'p' })), 'allowed');
    assert.equal(said(await ask(gate, { amount: 1_200, po: 'p' })), 'amount_fixed');
    // L-03: a token that comes along gets a challenge.
    assert.equal(said(await ask(gate, { amount: 1_200, po: 'p', credential: first })), 'payment');
    const less = await ask(gate, { amount: 900, po: 'p' });
    assert.deepEqual([said(less), less.decisionId === first, less.left], ['allowed', false, 100]);
    assert.deepEqual([gate.decision(first)?.state, gate.decision(less.decisionId)?.replaces], ['replaced', first]);
    // It was not paid for, so it is amended.
    assert.equal(gate.invoice(first)?.root_key_sealed, null, 'its token is good for nothing more');
    const again = await ask(gate, { amount: 950, po: 'p' });
    assert.deepEqual([again.decisionId, again.left], [less.decisionId, 50]);
    assert.equal(gate.decision(less.decisionId)?.replaces, first);
  });

  test('B-05 after a 402 it is judged anew: what fits now needs no payment, and the invoice is closed', async () => {
    const gate = await planned(1_000n);
    const held = await ask(gate, { amount: 900, po: 'q' });
    const blocked = await ask(gate, { amount: 500, po: 'p' });
    assert.equal(said(blocked), 'payment');
    await issued(gate, blocked.decisionId);
    await reported(gate, held.decisionId, 'cancel');
    const now = await ask(gate, { amount: 500, po: 'p' });
    assert.deepEqual([said(now), now.decisionId], ['allowed', blocked.decisionId]);
    assert.equal(now.followUp.cancel?.length, 1);
    assert.equal(gate.invoice(blocked.decisionId)?.state, 'closed');
  });

  test('B-04, B-05 a document asked for otherwise gets a challenge of its own; the first can still be paid', async () => {
    const gate = await planned(100n);
    const asking = { amount: 500, po: 'p' };
    const others = [
      { ...asking, amount: 501 },
      { ...asking, actorId: 'bob' },
      { ...asking, caller: 'key-2' },
    ];
    const first = await ask(gate, asking);
    for (const other of others) {
      const second = await ask(gate, other);
      assert.equal(said(second), 'payment');
      assert.notEqual(second.decisionId, first.decisionId);
    }
    await issued(gate, first.decisionId);
    assert.equal((await ask(gate, asking)).decisionId, first.decisionId, 'L-06 the open one, as long as it lives');
    await settled(gate, first.decisionId);
    const paid = await ask(gate, asking);
    assert.deepEqual([paid.allowed, paid.decisionId, paid.left], [true, first.decisionId, -400]);
  });

  test('B-05 two requests for one document are both paid for: the later one takes its reservation over', async () => {
    const gate = await planned(100n);
    const askings = [
      { amount: 500, po: 'p' },
      { amount: 700, po: 'p', caller: 'key-2' },
    ];
    for (const asking of askings) await issued(gate, (await ask(gate, asking)).decisionId);
    for (const asking of askings) {
      const { decisionId } = await ask(gate, asking);
      await settled(gate, decisionId);
      assert.deepEqual((await ask(gate, asking)).left, 100 - asking.amount);
    }
  });

  test('L-07 two pay for the very same of one document: it is reserved once, and the second payment is owed', async () => {
    const gate = await planned(100n);
    const asking = { amount: 500, po: 'p' };
    const askings = [asking, { ...asking, caller: 'key-2' }];
    const expiresAt = gate.strict.at + 600_000_000_000n;
    for (const each of askings) await issued(gate, (await ask(gate, each)).decisionId, expiresAt);
    const second = (await ask(gate, askings[1]!)).decisionId;
    const { decisionId } = await ask(gate, asking);
    for (const id of [decisionId, second]) await settled(gate, id);
    for (const each of askings) assert.deepEqual((await ask(gate, each)).decisionId, decisionId);
    assert.deepEqual([gate.invoice(second)?.consumed_at, gate.bucket()?.reserved_cents], [null, 500n]);
    gate.pass(5_000);
    await ended(gate, second);
    assert.equal(gate.invoice(second)?.credit, 'owed');
  });

  test('B-05, B-21 what was paid for answers for what was asked: another budget is judged', async () => {
    const gate = await planned(100n);
    await plan(gate, 600n, 'shoes');
    const asking = { amount: 500, po: 'p' };
    const { decisionId } = await ask(gate, asking);
    await issued(gate, decisionId);
    await settled(gate, decisionId);
    assert.equal((await ask(gate, asking)).allowed, true);
    assert.equal((await ask(gate, { ...asking, currency: 'USD' })).decisionId, decisionId, 'the same in other words');
    const moved = await ask(gate, { ...asking, category: 'shoes' });
    assert.deepEqual([moved.allowed, moved.left, gate.decision(decisionId)?.state], [true, 100, 'replaced']);
    assert.equal(gate.bucket()?.reserved_cents, 0n);
  });

  test('L-06 an expired invoice is not presented again', async () => {
    const gate = await planned(100n);
    const first = await ask(gate, { amount: 500 });
    await issued(gate, first.decisionId, gate.strict.at + 600_000_000_000n);
    gate.pass(601);
    const second = await ask(gate, { amount: 500 });
    assert.deepEqual([said(second), gate.decision(first.decisionId)?.state], ['payment', 'replaced']);
  });

  test('L-03 a credential of another request is as good as none, and never spoils a yes', async () => {
    const gate = await planned(100n);
    const other = await ask(gate, { amount: 500 });
    await issued(gate, other.decisionId);
    await settled(gate, other.decisionId);
    assert.equal(said(await ask(gate, { amount: 501, credential: other.decisionId })), 'payment');
    assert.equal(said(await ask(gate, { amount: 50, credential: other.decisionId })), 'allowed');
    assert.equal(said(await ask(gate, { amount: 500, caller: 'key-2' })), 'payment');
    assert.equal(said(await ask(gate, { amount: 500, credential: other.decisionId })), 'allowed');
    assert.equal(said(await ask(gate, { amount: 500, credential: other.decisionId })), 'allowed again');
    // Without it, each call is an action of its own.
    assert.equal(said(await ask(gate, { amount: 500 })), 'payment');
  });

  test('L-03, R14 a used credential whose reservation has ended is stale: a new decision, or a fresh challenge', async () => {
    const gate = await planned(100n);
    const first = await ask(gate, { amount: 500 });
    await issued(gate, first.decisionId);
    await settled(gate, first.decisionId);
    const credential = first.decisionId;
    assert.equal(said(await ask(gate, { amount: 500, credential })), 'allowed');
    await reported(gate, credential, 'commit');
    assert.equal(said(await ask(gate, { amount: 500, credential })), 'allowed again');
    await reported(gate, credential, 'receive');
    assert.equal(said(await ask(gate, { amount: 500, credential })), 'allowed again');
    assert.equal(gate.invoice(credential)?.root_key_sealed, 'sealed');
    await reported(gate, credential, 'return');
    assert.equal(gate.invoice(credential)?.root_key_sealed, null);
    const stale = await ask(gate, { amount: 500, credential });
    assert.equal(said(stale), 'payment');
    assert.notEqual(stale.decisionId, credential);
    await plan(gate, 900n);
    const covered = await ask(gate, { amount: 500, credential });
    assert.deepEqual([said(covered), covered.decisionId], ['allowed', stale.decisionId]);
  });

  test('R2 under a key the answer that was given stands, also when the reservation that was paid for has ended', async () => {
    const gate = await planned(100n);
    const asking = { amount: 500, key: 'k' };
    const { decisionId: credential } = await ask(gate, asking);
    await issued(gate, credential);
    await settled(gate, credential);
    const paid = await gate.submit(gateOf({ ...asking, credential }, currentOf(gate)));
    await reported(gate, credential, 'cancel');
    const again = await gate.submit(gateOf({ ...asking, credential }, currentOf(gate)));
    assert.equal(again.replayed, true);
    assert.match(again.answer, /"state":"reserved"/);
    assert.equal(again.answer, paid.answer);
  });

  test('B-24 a price beyond all bitcoin is none: refused, and no invoice is made', async () => {
    const gate = new StrictGate();
    await rule(gate, { price: { kind: 'whole_excess' }, rate: { currency: 'USD', cents_per_btc: 1 } });
    const refused = await ask(gate, { amount: Number.MAX_SAFE_INTEGER });
    assert.deepEqual([said(refused), refused.reason], ['policy_violation', 'price_too_high']);
    assert.equal(gate.invoice(refused.decisionId), undefined);
    // Within it, and what is received twice: all of it fits the columns of the stores.
    const dear = await ask(gate, { amount: 21_000_000 });
    assert.equal(gate.invoice(dear.decisionId)?.sats, 2_100_000_000_000_000n);
  });

  test('J3, R12 what would take a counter beyond a JSON number is refused, and changes nothing', async () => {
    const gate = await planned(0n);
    await rule(gate, { mode: 'track' });
    const largest = Number.MAX_SAFE_INTEGER;
    assert.equal(said(await ask(gate, { amount: largest - 1, po: 'p' })), 'allowed');
    const facts = gate.strict.facts.length;
    const refused = await ask(gate, { amount: 2, key: 'k' });
    assert.deepEqual([said(refused), refused.reason], ['policy_violation', 'amount_too_large']);
    assert.equal(gate.strict.facts.length, facts);
    assert.equal(said(await ask(gate, { amount: 1, key: 'k' })), 'allowed');
    await rule(gate, { mode: 'enforce' });
    // Nobody is asked to pay for what could not be reserved then.
    assert.equal((await ask(gate, { amount: 1 })).reason, 'amount_too_large');
    assert.equal(gate.bucket()?.reserved_cents, BigInt(largest));
  });

  test('B-04 what was challenged is looked up at the node before the same request is refused', async () => {
    const gate = await planned(100n);
    const { decisionId } = await ask(gate, { amount: 500 });
    await issued(gate, decisionId);
    await rule(gate, { role_limits: { buyer: 50 } });
    const facts = gate.strict.facts.length;
    const { answer, code } = await gate.submit(gateOf({ amount: 500, lookedUp: false }, currentOf(gate)));
    assert.equal(code, 'stale');
    assert.match(answer, new RegExp(`"unsettled":"${gate.invoice(decisionId)?.payment_hash}"`));
    assert.equal(gate.strict.facts.length, facts);
    assert.equal(said(await ask(gate, { amount: 501, lookedUp: false })), 'policy_violation');
    await settled(gate, decisionId);
    assert.equal(said(await ask(gate, { amount: 500 })), 'allowed');
  });

  test('B-24 what money cannot buy is refused, recorded, and final under its key', async () => {
    const gate = await planned(100n);
    await rule(gate, { role_limits: { buyer: 50 } });
    const first = await ask(gate, { amount: 60, key: 'k' });
    assert.deepEqual([said(first), first.reason], ['policy_violation', 'role_limit']);
    assert.equal(gate.decision(first.decisionId)?.state, 'refused');
    await rule(gate, {});
    assert.equal(said(await ask(gate, { amount: 60, key: 'k' })), 'policy_violation again');
    assert.equal(said(await ask(gate, { amount: 60 })), 'allowed');
  });

  test('B-24 a missing word is not the end of it: the same key goes on with it', async () => {
    const gate = await planned(100n);
    await rule(gate, { mode: 'warn' });
    assert.equal((await ask(gate, { amount: 90, key: 'k' })).reason, 'acknowledgement_required');
    assert.equal(said(await ask(gate, { amount: 90, key: 'k', acknowledged: true })), 'allowed');
  });

  test('B-24, L-06 at most 100 open invoices of a merchant, and none for a caller who made too many', async () => {
    const gate = new StrictGate();
    assert.equal(said(await ask(gate, { amount: 1, po: 'x', mayChallenge: false })), 'too_many_challenges');
    for (let i = 0; i < 100; i++) assert.equal(said(await ask(gate, { amount: 1, po: `p${i}` })), 'payment');
    const facts = gate.strict.facts.length;
    assert.equal(said(await ask(gate, { amount: 1, po: 'one more' })), 'too_many_challenges');
    assert.equal(gate.strict.facts.length, facts);
    assert.equal(
      said(await ask(gate, { amount: 2, po: 'p0' })),
      'too_many_challenges',
      'another request is another one',
    );
    assert.equal((await ask(gate, { amount: 1, po: 'p0' })).replayed, true);
  });

  test('B-22 the most specific bucket is debited, and an unknown category is none', async () => {
    const gate = await planned(1_000n);
    await plan(gate, 300n, 'shoes');
    assert.equal((await ask(gate, { amount: 100, category: 'shoes', path: ['boots', 'shoes', ''] })).left, 200);
    assert.equal((await ask(gate, { amount: 100, category: 'hats', path: ['hats', ''] })).left, 900);
    assert.equal(said(await ask(gate, { amount: 100, category: 'x', path: [] })), 'unknown_category');
  });

  test('B-22, B-05 with pooling a document stays where what it holds and what is left are enough', async () => {
    const gate = await planned(5_000n);
    await plan(gate, 1_000n, 'shoes');
    await rule(gate, { pooling: true });
    const asking = { po: 'p', category: 'shoes', path: ['shoes', ''] };
    const { decisionId } = await ask(gate, { ...asking, amount: 600 });
    for (const amount of [700, 500, 1_000]) assert.equal((await ask(gate, { ...asking, amount })).left, 1_000 - amount);
    assert.equal((await ask(gate, { ...asking, amount: 1_001 })).left, 3_999, 'the parent has more');
    assert.deepEqual([gate.bucket('shoes')?.reserved_cents, gate.decision(decisionId)?.bucket], [0n, 'acme|2026-11|']);
  });

  test('B-03 what names a currency or a basis names the budget’s', async () => {
    const gate = await planned(1_000n);
    assert.equal(said(await ask(gate, { amount: 1, currency: 'USD', basis: 'cost' })), 'allowed');
  });
});

const periodTo = (gate: StrictGate, to: 'locked' | 'closed') =>
  gate.submit({
    type: 'change-period',
    to,
    merchantId: MERCHANT,
    period: PERIOD,
    budgetId: null,
    reason: null,
    actor: 'planner',
  });

/** Everything that is known of decisions, as a caller would have looked it up. */
function currentOf({ strict }: StrictGate): { decisionId: string; bucket: string }[] {
  return strict.facts
    .filter(({ type }) => type.startsWith('otb/gate-'))
    .map(({ subject }) => ({ decisionId: subject, bucket: 'acme|2026-11|' }));
}
