/** S-30: what makes two offers of one sequence number the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offerOf } from '../../test/rig/order-commands.ts';
import { differingFields } from '../base/differing.ts';
import { offerContent } from './offer-terms.ts';

test('every term counts, id and number do not', () => {
  const first = offerContent(offerOf());
  assert.equal(offerContent(offerOf({ offerId: 'other', sequenceNo: 9n })), first);
  const other = offerContent(offerOf({ priceAmount: 201n, autoAccept: false, expiresAt: 7n }));
  assert.deepEqual(differingFields(first, other), ['auto_accept', 'expires_at', 'price_amount']);
});
