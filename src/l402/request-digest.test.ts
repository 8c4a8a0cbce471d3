/** One spelling for one request, and another for every other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { minorUnits, type MinorUnits } from '../base/money.ts';
import { canonicalRequest, requestDigest, type DigestedRequest } from './request-digest.ts';

const cents = (amount: number): MinorUnits => {
  const units = minorUnits(amount);
  assert.ok(units !== 'invalid_amount');
  return units;
};

const digestOf = (request: DigestedRequest): string => requestDigest(canonicalRequest(request));

const request: DigestedRequest = {
  callerId: 'key-1',
  merchantId: 'acme',
  actorId: 'alice',
  actionKind: 'po_submit',
  amountCents: cents(50_000),
  category: 'shoes',
  period: '2026-11',
  deliveryDate: null,
  currency: null,
  basis: null,
  context: { orderId: null, poId: 'po-7', transferId: null },
  idempotencyKey: null,
};

test('L-04: the canonical text has the names that were said, sorted, and its hash is what any tool computes', () => {
  assert.equal(
    canonicalRequest(request),
    '{"action_kind":"po_submit","actor_id":"alice","amount_cents":50000,"caller_id":"key-1","category":"shoes",' +
      '"context":{"po_id":"po-7"},"merchant_id":"acme","period":"2026-11"}',
  );
  assert.equal(digestOf(request), '86c9a5bbb762e2999ee86ab7cf5ca6d0bb175be04390d86ae20dae6170e7fdf6');
});

test('names are sorted at every depth', () => {
  const parsed = JSON.parse(canonicalRequest(request)) as Record<string, unknown>;
  for (const object of [parsed, parsed['context'] as object])
    assert.deepEqual(Object.keys(object), Object.keys(object).toSorted());
});

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const optional = fc.option(text);
const any: fc.Arbitrary<DigestedRequest> = fc.record({
  callerId: text,
  merchantId: text,
  actorId: text,
  actionKind: fc.constantFrom('po_submit', 'transfer_request', 'restock', 'vendor_commit', 'other'),
  amountCents: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(cents),
  category: optional,
  period: optional,
  deliveryDate: optional,
  currency: optional,
  basis: optional,
  context: fc.record({ orderId: optional, poId: optional, transferId: optional }),
  idempotencyKey: optional,
});

test('L-04: nothing of a request can change without its digest', () => {
  const flat = ({ context, ...rest }: DigestedRequest): object => ({ ...rest, ...context });
  fc.assert(
    fc.property(any, any, fc.nat(13), (one, other, index) => {
      // One request with a single part of the other: the digests differ exactly if the parts do.
      const name = Object.keys(flat(one))[index]!;
      const from = (source: object): unknown => (source as Record<string, unknown>)[name];
      const mixed =
        name in one.context
          ? { ...one, context: { ...one.context, [name]: from(other.context) } }
          : { ...one, [name]: from(other) };
      assert.equal(digestOf(mixed) === digestOf(one), from(flat(one)) === from(flat(other)));
    }),
    { numRuns: 500 },
  );
});

test('L-04: what was not said differs from what was said as nothing', () => {
  assert.notEqual(digestOf({ ...request, category: null }), digestOf({ ...request, category: '' }));
  assert.notEqual(digestOf({ ...request, category: null }), digestOf({ ...request, category: 'null' }));
});

test('amounts keep all their digits', () => {
  const largest = cents(Number.MAX_SAFE_INTEGER);
  assert.match(canonicalRequest({ ...request, amountCents: largest }), /"amount_cents":9007199254740991,/);
});
