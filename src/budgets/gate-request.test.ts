/** Which document an action is known by, and what tells two of them apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MinorUnits } from '../base/money.ts';
import { answerKey, documentOf, documentReference, keyReference, type GateRequest } from './gate-request.ts';

const nothing = { poId: null, transferId: null, orderId: null };

const request: GateRequest = {
  merchantId: 'acme',
  actorId: 'ann',
  actionKind: 'po_submit',
  amountCents: 1n as MinorUnits,
  category: null,
  period: null,
  deliveryDate: null,
  currency: null,
  basis: null,
  context: nothing,
};

test('J2 a document names an action: the purchase order first, then the transfer, then the order', () => {
  assert.equal(documentOf(nothing), null);
  assert.equal(documentOf({ ...nothing, orderId: '3' }), 'order:3');
  assert.equal(documentOf({ ...nothing, orderId: '3', transferId: '2' }), 'transfer:2');
  assert.equal(documentOf({ poId: '1', transferId: '2', orderId: '3' }), 'po:1');
});

test('J2 the same number of another kind, of another merchant or another action is another document', () => {
  const names = [
    request,
    { ...request, context: { ...nothing, poId: '7' } },
    { ...request, context: { ...nothing, transferId: '7' } },
    { ...request, context: { ...nothing, poId: '7' }, merchantId: 'bolt' },
    { ...request, context: { ...nothing, poId: '7' }, actionKind: 'restock' as const },
  ].map(documentReference);
  assert.equal(names[0], null);
  assert.equal(new Set(names).size, names.length);
});

test('R2 keys of different callers never meet, whatever an identity provider calls them', () => {
  // A subject may be `auth0|7`, and a key of the caller's anything.
  const pairs = [
    ['oidc:auth0|7', 'k'],
    ['oidc:auth0', '7|k'],
    ['oidc:auth0', '7:k'],
    ['oidc', 'auth0:7:k'],
    ['oidc:auth0:7', 'k'],
    ['oidc:a"', ',"k'],
  ] as const;
  for (const keyOf of [keyReference, answerKey])
    assert.equal(new Set(pairs.map(([caller, key]) => keyOf(caller, key))).size, pairs.length);
});
