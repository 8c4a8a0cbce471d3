/** Row by row: what reports make of what a decision holds, and that no cent appears or gets lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterReport, amended, difference, endShort, stateOf, sumOf, wasAllowed } from './reports.ts';
import type { Held, Report } from './reports.ts';

const held = (reserved: number, onOrder: number, received: number): Held => ({
  reserved_cents: BigInt(reserved),
  committed_cents: BigInt(onOrder),
  received_cents: BigInt(received),
});

const all = (kind: Report['kind']): Report => ({ kind, amountCents: null });
const part = (kind: Report['kind'], cents: number): Report => ({ kind, amountCents: BigInt(cents) });

// prettier-ignore
const rows: readonly [what: string, before: Held, report: Report, after: Held | string][] = [
  ['commit in full',                    held(100, 0, 0),  all('commit'),          held(0, 100, 0)],
  ['commit a part',                     held(100, 0, 0),  part('commit', 30),     held(70, 30, 0)],
  ['commit more than is reserved',      held(100, 0, 0),  part('commit', 101),    'more_than_held'],
  ['commit again',                      held(0, 100, 0),  all('commit'),          'nothing_reserved'],
  ['cancel in full',                    held(40, 60, 0),  all('cancel'),          held(0, 0, 0)],
  ['cancel a part: reserved goes first', held(40, 60, 0), part('cancel', 50),     held(0, 50, 0)],
  ['cancel more than is open',          held(40, 60, 5),  part('cancel', 101),    'more_than_held'],
  ['cancel what is received',           held(0, 0, 100),  all('cancel'),          'nothing_on_order'],
  ['receive in full',                   held(0, 100, 0),  all('receive'),         held(0, 0, 100)],
  ['receive without a commit',          held(100, 0, 0),  all('receive'),         held(0, 0, 100)],
  ['receive a part: the order goes first', held(40, 60, 0), part('receive', 70),  held(30, 0, 70)],
  ['receive more than was ordered',     held(0, 100, 0),  part('receive', 120),   held(0, 0, 120)],
  ['receive when nothing is on order',  held(0, 0, 100),  part('receive', 1),     'nothing_on_order'],
  ['return in full',                    held(0, 0, 100),  all('return'),          held(0, 0, 0)],
  ['return a part',                     held(0, 20, 100), part('return', 30),     held(0, 20, 70)],
  ['chargeback of a part',              held(0, 0, 100),  part('chargeback', 10), held(0, 0, 90)],
  ['return more than was received',     held(0, 0, 100),  part('return', 101),    'more_than_held'],
  ['return what never came',            held(0, 100, 0),  all('return'),          'nothing_received'],
];

for (const [what, before, report, after] of rows) {
  test(`B-05 ${what}`, () => assert.deepEqual(afterReport(before, report), after));
}

test('B-05 ended short: what came stays, the rest goes back', () => {
  assert.deepEqual(endShort(held(10, 20, 70)), held(0, 0, 70));
});

test('B-05 an amended amount changes by the difference, and never what has been received', () => {
  assert.deepEqual(amended(held(100, 0, 0), 100n, 150n), held(150, 0, 0));
  assert.deepEqual(amended(held(0, 100, 0), 100n, 150n), held(50, 100, 0));
  assert.deepEqual(amended(held(20, 80, 0), 100n, 50n), held(0, 50, 0));
  assert.deepEqual(amended(held(0, 30, 70), 100n, 70n), held(0, 0, 70));
  assert.equal(amended(held(0, 30, 70), 100n, 69n), undefined);
});

test('the state is the word for what is held', () => {
  assert.equal(stateOf(held(1, 0, 0), 'cancelled'), 'reserved');
  assert.equal(stateOf(held(1, 1, 0), 'cancelled'), 'committed');
  assert.equal(stateOf(held(1, 0, 1), 'cancelled'), 'committed');
  assert.equal(stateOf(held(0, 0, 1), 'cancelled'), 'received');
  assert.equal(stateOf(held(0, 0, 0), 'cancelled'), 'cancelled');
  assert.equal(stateOf(held(0, 0, 0), 'expired'), 'expired');
});

test('R2 an expired challenge was never allowed, an expired reservation was', () => {
  assert.equal(wasAllowed({ state: 'expired', reason: 'challenge_expired' }), false);
  assert.equal(wasAllowed({ state: 'expired', reason: 'reservation_expired' }), true);
  assert.equal(wasAllowed({ state: 'replaced', reason: 'superseded' }), false);
  assert.equal(wasAllowed({ state: 'replaced', reason: 'amended' }), true);
  assert.equal(wasAllowed({ state: 'challenged', reason: null }), false);
  assert.equal(wasAllowed({ state: 'refused', reason: 'role_limit' }), false);
});

test('no report makes a counter negative, and only over-receipt makes the sum greater', () => {
  const cents = fc.bigInt({ min: 0n, max: 200n });
  const any = fc.record({ reserved_cents: cents, committed_cents: cents, received_cents: cents });
  const kind = fc.constantFrom('commit', 'cancel', 'receive', 'return', 'chargeback');
  const report = fc.record({ kind, amountCents: fc.option(fc.bigInt({ min: 1n, max: 300n })) });
  fc.assert(
    fc.property(any, report, (before, said) => {
      const after = afterReport(before, said);
      if (typeof after === 'string') return;
      for (const counter of Object.values(after)) assert.ok(counter >= 0n);
      const more = sumOf(difference(after, before));
      const open = before.reserved_cents + before.committed_cents;
      const over = said.kind === 'receive' ? (said.amountCents ?? open) - open : 0n;
      if (said.kind === 'commit') assert.equal(more, 0n);
      else if (said.kind === 'receive') assert.equal(more, over > 0n ? over : 0n);
      else assert.ok(more < 0n || said.amountCents === null);
    }),
  );
});
