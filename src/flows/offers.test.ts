/** S-30 and S-32: offers by their sequence numbers, organisations with one custodian. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { offerOf, setOrg } from '../../test/rig/order-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { offers, orgs } from '../orders/tables.ts';
import type { PaymentCommand } from './commands.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };
const withdraw: PaymentCommand = { type: 'withdraw-offer', offerId: 'offer-1', reason: 'sold out', actor: 'p' };

suite('S-30 publishing', () => {
  // prettier-ignore
  const rows: readonly [what: string, second: PaymentCommand, outcome: string, price: bigint][] = [
    ['the same again',                    offerOf({ sequenceNo: 5n }),                                          'replayed',             200n],
    ['a greater number supersedes',       offerOf({ sequenceNo: 6n, priceAmount: 300n }),                       'done',                 300n],
    ['the same number, other content',    offerOf({ sequenceNo: 5n, priceAmount: 300n }),                       'idempotency_conflict', 200n],
    ['a lower number',                    offerOf({ sequenceNo: 4n, priceAmount: 300n }),                       'stale_sequence',       200n],
    ['what was superseded before',        offerOf({ sequenceNo: 3n, priceAmount: 100n }),                       'replayed',             200n],
    ["another provider's greater number", offerOf({ sequenceNo: 6n, providerParticipantId: 'q' }),              'idempotency_conflict', 200n],
  ];
  for (const [what, second, outcome, price] of rows) {
    test(`${what}: ${outcome}`, () => {
      const bridge = new StrictDecisions(policy);
      bridge.run(offerOf({ sequenceNo: 3n, priceAmount: 100n }));
      bridge.run(offerOf({ sequenceNo: 5n }));
      const { code, replayed } = bridge.run(second);
      assert.equal(code ?? (replayed === true ? 'replayed' : 'done'), outcome);
      assert.equal(bridge.row(offers, 'offer-1')?.price_amount, price);
    });
  }

  test('a conflict names what differs', () => {
    const bridge = new StrictDecisions(policy);
    bridge.run(offerOf());
    assert.match(bridge.run(offerOf({ description: 'else' })).answer, /"fields":\["description"\]/);
  });
});

test('S-30 withdrawn is withdrawn, and only a new number brings it back', () => {
  const bridge = new StrictDecisions(policy);
  assert.equal(bridge.run(withdraw).code, 'offer_not_found');
  bridge.run(offerOf());
  assert.equal(bridge.run(withdraw).code, null);
  assert.equal(bridge.run(withdraw).replayed, true);
  bridge.run(offerOf());
  assert.equal(bridge.row(offers, 'offer-1')?.status, 'withdrawn');
  bridge.run(offerOf({ sequenceNo: 2n }));
  assert.equal(bridge.row(offers, 'offer-1')?.status, 'active');
});

test('S-32 an organisation has exactly one custodian, who may change', () => {
  const bridge = new StrictDecisions(policy);
  bridge.run(setOrg);
  assert.equal(bridge.run(setOrg).replayed, true);
  bridge.run({ type: 'set-org', orgId: 'acme', custodian: 'bob', actor: null });
  const row = bridge.row(orgs, 'acme');
  assert.deepEqual([row?.custodian_participant_id, row?.version], ['bob', 2n]);
});
