/** B-05, B-21: what of a document's new amount is new. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amendment } from './amendment.ts';
import { nothingHeld } from './reports.ts';

const live = { ...nothingHeld, reserved_cents: 600n, amount_cents: 600n, bucket: 'acme|2026-11|', paid: 0n };
const paid = { ...live, paid: 1n };

const told = (row: typeof live, bucket: string, amount: bigint): unknown => {
  const { held, ...counted } = amendment(row, bucket, amount) ?? {};
  return held === undefined ? 'fixed' : { reserved: held.reserved_cents, ...counted };
};

test('B-05: in the same bucket what it holds is given back; what was paid for is not paid for again', () => {
  const more = { reserved: 700n, amountCents: 700n, givenBackCents: 600n, givesBack: false };
  assert.deepEqual(told(live, live.bucket, 700n), { ...more, paidForCents: 0n });
  assert.deepEqual(told(paid, live.bucket, 700n), { ...more, paidForCents: 600n });
  const less = { reserved: 500n, amountCents: 500n, givenBackCents: 600n, paidForCents: 0n, givesBack: true };
  assert.deepEqual([told(live, live.bucket, 500n), told(paid, live.bucket, 500n)], [less, less]);
});

test('B-21: another bucket is asked for all of it, whoever has paid for the former', () => {
  const all = { reserved: 700n, amountCents: 700n, givenBackCents: 0n, paidForCents: 0n, givesBack: false };
  assert.deepEqual([told(live, 'acme|2026-12|', 700n), told(paid, 'acme|2026-12|', 700n)], [all, all]);
});

test('B-05: less than has been received, or received elsewhere, is no amendment', () => {
  const received = { ...live, reserved_cents: 100n, received_cents: 500n };
  assert.equal(told(received, live.bucket, 499n), 'fixed');
  assert.equal(told(received, 'acme|2026-12|', 700n), 'fixed');
});
