/** Every difference between gate and documents has one name and one amount, and is booked once. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { reconcileBucket, reconcileDecision, type Documents, type Reconciled } from './reconcile.ts';

const documents = (received: bigint, ordered = 0n, booked: readonly [bigint, bigint] = [0n, 0n]): Documents => ({
  received_cents: received,
  ordered_cents: ordered,
  reconciled_received_cents: booked[0],
  reconciled_ordered_cents: booked[1],
});

const told = ({ adjustments }: Reconciled): [string, bigint][] =>
  adjustments.map(({ cause, amount }) => [cause, amount]);

suite('B-07: documents that name no decision', () => {
  // prettier-ignore
  const rows: readonly [what: string, documents: Documents, received: bigint, expected: [string, bigint][]][] = [
    ['gate and documents agree',                documents(500n),                    500n, []],
    ['goods that no gate saw',                  documents(700n),                    500n, [['received_without_gate', -200n]]],
    ['less came than was reported',             documents(450n),                    500n, [['received_less_than_reported', 50n]]],
    ['no receipt was ever told of',             documents(0n),                      500n, []],
    ['an order that no gate saw',               documents(0n, 300n),                  0n, [['ordered_without_gate', -300n]]],
    ['it was cancelled later',                  documents(0n, 0n, [0n, -300n]),       0n, [['orders_agree_again', 300n]]],
    ['it arrived: counted once, not twice',     documents(300n, 300n, [0n, -300n]),   0n, [['received_without_gate', -300n], ['orders_agree_again', 300n]]],
    ['half of it arrived',                      documents(100n, 300n, [0n, -300n]),   0n, [['received_without_gate', -100n], ['orders_agree_again', 100n]]],
    ['the gate was told after all',             documents(700n, 0n, [-200n, 0n]),   700n, [['receipts_agree_again', 200n]]],
    ['goods went back before any came',         documents(-40n),                      0n, [['received_less_than_reported', 40n]]],
    ['booked before, and no news',              documents(700n, 0n, [-200n, 0n]),   500n, []],
    ['a cancellation of what was never ordered', documents(0n, -90n),                 0n, []],
  ];
  for (const [what, given, received, expected] of rows)
    test(what, () => assert.deepEqual(told(reconcileBucket(given, { received })), expected));
});

suite('B-07: documents that name a decision', () => {
  // prettier-ignore
  const rows: readonly [what: string, documents: Documents, held: [open: bigint, received: bigint], expected: [string, bigint][], unreported: bigint][] = [
    ['reported and documented',                 documents(500n),                   [0n, 500n], [], 0n],
    ['came in, and the gate was not told yet',  documents(500n),                   [500n, 0n], [], 500n],
    ['more came than was decided',              documents(650n),                   [500n, 0n], [['received_more_than_decided', -150n]], 500n],
    ['less came than was reported',             documents(450n),                   [0n, 500n], [['received_less_than_reported', 50n]], 0n],
    ['it came after the reservation had ended', documents(500n),                   [0n, 0n],   [['received_more_than_decided', -500n]], 0n],
    ['cancelled, and the gate was not told',    documents(0n, -500n),              [500n, 0n], [['cancelled_without_report', 500n]], 0n],
    ['more was cancelled than is open',         documents(0n, -900n),              [500n, 0n], [['cancelled_without_report', 500n]], 0n],
    ['then the gate was told',                  documents(0n, -500n, [0n, 500n]),  [0n, 0n],   [['orders_agree_again', -500n]], 0n],
    ['part came, the rest was cancelled',       documents(200n, -300n),            [500n, 0n], [['cancelled_without_report', 300n]], 200n],
  ];
  for (const [what, given, [open, received], expected, unreported] of rows)
    test(what, () => {
      const found = reconcileDecision(given, { open, received });
      assert.deepEqual(told(found), expected);
      assert.equal(found.unreported, unreported);
    });
});

test('B-07: a second run without news books nothing, and what is booked is what differs, whatever came before', () => {
  const cents = fc.bigInt(-1_000n, 1_000n);
  const held = fc.record({ open: fc.bigInt(0n, 1_000n), received: fc.bigInt(0n, 1_000n) });
  fc.assert(
    fc.property(fc.tuple(cents, cents, cents, cents), held, (sums, gate) => {
      const [received, ordered, bookedReceived, bookedOrdered] = sums;
      const before = documents(received, ordered, [bookedReceived, bookedOrdered]);
      for (const reconcile of [reconcileBucket, reconcileDecision]) {
        const { adjustments, reconciledReceived, reconciledOrdered } = reconcile(before, gate);
        const booked = adjustments.reduce((sum, { amount }) => sum + amount, 0n);
        assert.equal(bookedReceived + bookedOrdered + booked, reconciledReceived + reconciledOrdered);
        const after = documents(received, ordered, [reconciledReceived, reconciledOrdered]);
        assert.deepEqual(reconcile(after, gate).adjustments, []);
        assert.ok(adjustments.every(({ amount }) => amount !== 0n));
      }
    }),
  );
});
