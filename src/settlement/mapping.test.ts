/** The default mapping onto the operational balances (system flow, step 7). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HoldTarget } from './hold-moves.ts';
import { defaultMapping, holdMovement, topUpMovement } from './mapping.ts';
import type { HoldState } from './tables.ts';

suite('movements of a hold', () => {
  const rows: readonly [from: HoldState, to: HoldTarget, way: string | undefined][] = [
    ['active', 'released', 'payout_available > settlement_bank'],
    ['active', 'refunded', undefined],
    ['active', 'voided', undefined],
    ['active', 'frozen', 'payout_available > dispute_reserve'],
    ['frozen', 'released', 'dispute_reserve > settlement_bank'],
    ['frozen', 'refunded', 'dispute_reserve > payout_available'],
  ];
  for (const [from, to, way] of rows) {
    test(`${from} to ${to}`, () => {
      const movement = holdMovement(defaultMapping, { holdId: 'h', from, to });
      assert.equal(movement && `${movement.src} > ${movement.dst}`, way);
      if (movement !== undefined) assert.deepEqual([movement.key, movement.inflowTx], [`hold:h:${to}`, null]);
    });
  }
});

test('a top-up comes in first, and then moves on', () => {
  assert.deepEqual(topUpMovement(defaultMapping, 'r1'), {
    key: 'receipt:r1',
    src: 'collection_pending',
    dst: 'payout_available',
    inflowTx: 'in-r1',
  });
});
