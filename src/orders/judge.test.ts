/** S-32 and S-33, row by row: the checks in their order, and how each result is classified. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MINOR_UNITS_MAX } from '../base/money.ts';
import { judgeOffer, judgeOrder, rejection, type Circumstances } from './judge.ts';
import type { OrderRequest } from './order-request.ts';
import type { OfferRow } from './tables.ts';

const order: OrderRequest = {
  orderId: 'o',
  buyerNodeId: 'n0',
  subjectKind: 'org',
  subjectId: 'acme',
  operatorParticipantId: 'alice',
  providerNodeId: 'n1',
  providerParticipantId: 'p',
  offerId: 'offer',
  offerSeq: 4n,
  serviceType: 'translation',
  units: 3n,
  input: null,
  maxPriceAmount: 600n,
  maxPriceCurrency: 'ORC',
  deadlines: { workBy: null, acceptBy: null, disputeBy: null, autoReleaseAfter: null },
  runId: null,
  phaseId: null,
  lineage: null,
  gateDecisionId: null,
};

const offer: OfferRow = {
  offer_id: 'offer',
  sequence_no: 4n,
  status: 'active',
  provider_node_id: 'n1',
  provider_participant_id: 'p',
  service_type: 'translation',
  description: 'costs ORC 99.00 or so',
  price_amount: 200n,
  price_currency: 'ORC',
  unit_kind: 'per-item',
  expires_at: 100n,
  max_queue_depth: 3n,
  auto_accept: 1n,
  created_at: 1n,
  updated_at: 1n,
  version: 1n,
};

const now: Circumstances = {
  offer,
  depth: 2n,
  now: 99n,
  custodian: 'alice',
  payer: 'account:org:acme',
  payee: 'account:participant:p',
  available: 600n,
};

interface Flaw {
  readonly order?: Partial<OrderRequest>;
  readonly offer?: Partial<OfferRow>;
  readonly now?: Partial<Circumstances>;
}

// In the order of the checks: each flaw is found although all those below it are there too.
// prettier-ignore
const rows: readonly [check: string, flaw: Flaw, classifier: string, retryable: boolean][] = [
  ['the offer exists',                  { now: { offer: undefined } },             'offer-not-found',       false],
  ['the offer is active',               { offer: { status: 'withdrawn' } },        'offer-not-found',       false],
  ['the queue is not saturated',        { now: { depth: 3n } },                    'queue-saturated',       true],
  ['the offer has not expired',         { now: { now: 100n } },                    'offer-expired',         false],
  ['the sequence is the latest',        { order: { offerSeq: 3n } },               'offer-seq-mismatch',    false],
  ['the provider matches',              { order: { providerParticipantId: 'q' } }, 'provider-mismatch',     false],
  ["the provider's node matches",       { order: { providerNodeId: 'n2' } },       'provider-mismatch',     false],
  ['the service type matches',          { order: { serviceType: 'print' } },       'service-type-mismatch', false],
  ['the currency matches',              { order: { maxPriceCurrency: 'EUR' } },    'currency-mismatch',     false],
  ["the price is within the order's",   { order: { maxPriceAmount: 599n } },       'price-exceeded',        false],
  ['the operator is the custodian',     { order: { operatorParticipantId: 'b' } }, 'custodian-mismatch',    false],
  ['the organisation has a custodian',  { now: { custodian: undefined } },         'custodian-mismatch',    false],
  ['an operator is named',              { order: { operatorParticipantId: null } },'custodian-mismatch',    false],
  ['payer and provider are two',        { now: { payee: now.payer } },             'other-reason',          false],
  ['the funds suffice',                 { now: { available: 599n } },              'settlement-blocked',    true],
];

function judged(flaws: readonly Flaw[]): ReturnType<typeof judgeOrder> {
  const changed: Circumstances = Object.assign(
    { ...now, offer: Object.assign({ ...offer }, ...flaws.map((flaw) => flaw.offer ?? {})) as OfferRow },
    ...flaws.map((flaw) => flaw.now ?? {}),
  ) as Circumstances;
  return judgeOrder(Object.assign({ ...order }, ...flaws.map((flaw) => flaw.order ?? {})) as OrderRequest, changed);
}

suite('S-32 each check, S-33 its classifier, and whether asking again may help', () => {
  for (const [i, [check, flaw, classifier, retryable]] of rows.entries()) {
    test(`${check}, else ${classifier}`, () => {
      for (const flaws of [
        [flaw],
        rows
          .slice(i)
          .toReversed()
          .map((row) => row[1]),
      ]) {
        const result = judged(flaws);
        assert.ok(result.outcome === 'rejected');
        assert.deepEqual([result.classifier, result.retryable], [classifier, retryable]);
        assert.ok(result.reason.length > 0 && result.reason.length <= 1_024);
      }
    });
  }
});

suite('S-32 what passes', () => {
  test('price = units x price amount, to the last minor unit of limit and funds; labels say nothing', () => {
    assert.deepEqual(judged([]), { outcome: 'passes', price: 600n });
  });

  test('a participant needs no custodian', () => {
    const own = { subjectKind: 'participant', operatorParticipantId: null } as const;
    assert.equal(judged([{ order: own, now: { custodian: undefined } }]).outcome, 'passes');
  });

  test('S-33 a price of zero needs no funds', () => {
    assert.deepEqual(judged([{ offer: { price_amount: 0n }, now: { available: 0n } }]), {
      outcome: 'passes',
      price: 0n,
    });
  });

  test('an offer without an expiry never expires', () => {
    assert.equal(judged([{ offer: { expires_at: null }, now: { now: 10n ** 18n } }]).outcome, 'passes');
  });

  test('no price is beyond what a JSON number holds', () => {
    const dear = {
      offer: { price_amount: MINOR_UNITS_MAX },
      order: { maxPriceAmount: 4n * MINOR_UNITS_MAX, units: 2n },
    };
    const result = judged([dear, { now: { available: 4n * MINOR_UNITS_MAX } }]);
    assert.ok(result.outcome === 'rejected' && result.classifier === 'price-exceeded');
  });
});

test('S-23 before the opening only what may have changed meanwhile is asked again', () => {
  assert.equal(judgeOffer(order, now), undefined);
  const found = [{ offer: undefined }, { depth: 3n }, { now: 100n }, { offer: { ...offer, sequence_no: 5n } }].map(
    (change) => judgeOffer(order, { ...now, ...change })?.classifier,
  );
  assert.deepEqual(found, ['offer-not-found', 'queue-saturated', 'offer-expired', 'offer-seq-mismatch']);
});

test('S-33 a reason has 1,024 characters at most', () => {
  assert.equal(rejection('other-reason', 'x'.repeat(2_000)).reason.length, 1_024);
});
