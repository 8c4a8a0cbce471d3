/** What must hold of the gate's tables whatever happened, computed the slow way from every row. */
import assert from 'node:assert/strict';
import { allocations, decisions, exposures, invoices } from '../../src/budgets/tables.ts';
import type { Store } from '../../src/store/store.ts';

const MAX = 100_000;

/**
 * - each bucket holds what its decisions hold, and no more;
 * - what nobody paid for or released never exceeds what was allocated (`unpaidMax`);
 * - each invoice was used once, by the decision that was paid for; all others reserve nothing for it;
 * - a document has one decision that stands;
 * - the merchant's open invoices are those that are open.
 */
export async function assertGateSound(
  store: Pick<Store, 'rows'>,
  {
    released = new Set<string>(),
    overReceived = false,
  }: { released?: ReadonlySet<string>; overReceived?: boolean } = {},
): Promise<void> {
  const rows = await store.rows({ table: decisions, by: 'created_at', limit: MAX });
  const buckets = await store.rows({ table: allocations, by: 'created_at', limit: MAX });
  const issued = await store.rows({ table: invoices, by: 'created_at', limit: MAX });
  for (const bucket of buckets) {
    const held = rows.filter((row) => row.bucket === bucket.bucket);
    const sum = (name: 'reserved_cents' | 'committed_cents' | 'received_cents'): bigint =>
      held.reduce((total, row) => total + row[name], 0n);
    const sums = {
      reserved_cents: sum('reserved_cents'),
      committed_cents: sum('committed_cents'),
      received_cents: sum('received_cents'),
    };
    const { reserved_cents, committed_cents, received_cents } = bucket;
    assert.deepEqual({ reserved_cents, committed_cents, received_cents }, sums, `bucket ${bucket.bucket}`);
    const unpaid = held
      .filter(({ paid, decision_id: id }) => paid === 0n && !released.has(id))
      .reduce((total, row) => total + row.reserved_cents + row.committed_cents + row.received_cents, 0n);
    if (!overReceived) assert.ok(unpaid <= bucket.allocated_cents, `overshoot in ${bucket.bucket}: ${unpaid}`);
  }
  for (const row of rows) {
    const holds = row.reserved_cents + row.committed_cents + row.received_cents > 0n;
    const stands = ['reserved', 'committed', 'received'].includes(row.state);
    assert.equal(holds, stands, `decision ${row.decision_id} is ${row.state}`);
    const invoice = issued.find(({ decision_id: id }) => id === row.decision_id);
    assert.equal(row.paid === 1n, invoice !== undefined && invoice.consumed_at !== null, `${row.decision_id} is paid`);
    assert.ok(!holds || buckets.some(({ bucket }) => bucket === row.bucket), `${row.decision_id} has a bucket`);
  }
  const standing = rows.filter(({ document, state }) => document !== null && !ENDED.includes(state));
  const documents = standing.map((row) => `${row.merchant_id} ${row.action_kind} ${row.document}`);
  assert.equal(new Set(documents).size, documents.length, 'one decision stands for a document');
  for (const exposure of await store.rows({ table: exposures, by: 'merchant_id', limit: MAX })) {
    const open = issued.filter(
      (row) => row.merchant_id === exposure.merchant_id && ['intended', 'open', 'held'].includes(row.state),
    );
    assert.equal(exposure.open_invoices, BigInt(open.length), 'open invoices are counted');
  }
}

const ENDED: readonly string[] = ['challenged', 'refused', 'replaced', 'expired', 'cancelled'];
