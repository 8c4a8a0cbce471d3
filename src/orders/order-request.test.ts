/** What makes two orders of one id the same order, and what an order costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderOf } from '../../test/rig/order-commands.ts';
import { differingFields } from '../base/differing.ts';
import { orderContent, priceOf } from './order-request.ts';

test('S-33 the content names every field but the id, and members may come in any order', () => {
  const first = orderContent(orderOf('a', { input: { x: 1, y: [2] } }));
  assert.equal(orderContent(orderOf('b', { input: { y: [2], x: 1 } })), first);
  const other = orderOf('a', {
    input: { x: 2, y: [2] },
    units: 4n,
    deadlines: { workBy: 5n, acceptBy: null, disputeBy: null, autoReleaseAfter: null },
  });
  assert.deepEqual(differingFields(first, orderContent(other)), ['deadlines.work_by', 'input.x', 'units']);
});

test('S-32 units times price, exactly', () => {
  assert.equal(priceOf({ units: 9_007_199_254_740_991n }, { price_amount: 3n }), 27_021_597_764_222_973n);
});
