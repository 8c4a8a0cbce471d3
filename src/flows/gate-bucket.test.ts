/** B-22, B-23: which bucket an action debits, and when it may not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Row, Table, View } from '../base/decision.ts';
import type { MinorUnits } from '../base/money.ts';
import { noCounters } from '../budgets/bucket.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { defaultPolicy } from '../budgets/policy.ts';
import { chooseBucket, isUnknownCategory, keptReads, placeReads, type BudgetPlace } from './gate-bucket.ts';

const place: BudgetPlace = {
  periods: ['2026-W47', '2026-11', '2026-S2'].map((period) => ({ period, path: ['boots', 'shoes', ''] })),
  month: '2026-11',
  hierarchyVersion: 3n,
};

const request: GateRequest = {
  merchantId: 'acme',
  actorId: 'ann',
  actionKind: 'restock',
  amountCents: 100n as MinorUnits,
  category: 'boots',
  period: null,
  deliveryDate: null,
  currency: null,
  basis: null,
  context: { poId: null, transferId: null, orderId: null },
};

/** Shows what `placeReads` declares, and nothing else. */
function viewOf(rows: Readonly<Record<string, object>>, at = place): View {
  const declared = new Set(placeReads('acme', at).map(({ table, key }) => `${table.name} ${key.join()}`));
  return {
    at: 1n,
    seq: 1,
    nowMs: 0,
    uptimeMs: 0,
    known: () => undefined,
    row: <R extends Row>(table: Table<R>, key: readonly string[]) => {
      assert.ok(declared.has(`${table.name} ${key.join()}`), `${table.name} ${key.join()} is not declared`);
      return rows[`${table.name} ${key.join()}`] as R | undefined;
    },
  };
}

const bucket = (period: string, category: string, allocated = 50n): Record<string, object> => ({
  [`otb_allocations acme|${period}|${category}`]: {
    ...noCounters,
    bucket: `acme|${period}|${category}`,
    period,
    category,
    allocated_cents: allocated,
  },
});

const period = (id: string, more: object): Record<string, object> => ({
  [`otb_periods acme|${id}`]: { status: 'open', currency: 'EUR', basis: 'retail', ...more },
});

const chosen = (rows: Readonly<Record<string, object>>, more: Partial<GateRequest> = {}, pooling = false): string => {
  const standing = { live: undefined, settings: { ...defaultPolicy, pooling } };
  const found = chooseBucket({ ...request, ...more }, place, standing, viewOf(rows));
  return 'unplaced' in found ? found.unplaced : found.bucket;
};

suite('the bucket of a request', () => {
  test('B-22 the category before its parents, the week before the month', () => {
    const all = { ...bucket('2026-S2', ''), ...bucket('2026-11', 'shoes'), ...bucket('2026-W47', 'shoes') };
    assert.equal(chosen(all), 'acme|2026-W47|shoes');
    assert.equal(chosen({ ...all, ...bucket('2026-S2', 'boots') }), 'acme|2026-S2|boots');
  });

  test('B-22 a category that moves has another path in each period, and the merchant as a whole comes last', () => {
    const moved: BudgetPlace = {
      ...place,
      periods: [
        { period: '2026-W47', path: ['boots', 'outdoor', 'sport', ''] },
        { period: '2026-11', path: ['boots', 'shoes', ''] },
        { period: '2026-S2', path: [] },
      ],
    };
    const found = (rows: Readonly<Record<string, object>>): readonly string[] => {
      const at = chooseBucket(request, moved, { live: undefined, settings: defaultPolicy }, viewOf(rows, moved));
      return 'unplaced' in at ? [at.unplaced] : at.lookedAt;
    };
    const rows = {
      ...bucket('2026-11', ''),
      ...bucket('2026-W47', 'sport'),
      ...bucket('2026-11', 'shoes'),
      ...bucket('2026-W47', 'outdoor'),
    };
    assert.deepEqual(found(rows), [
      'acme|2026-W47|outdoor',
      'acme|2026-11|shoes',
      'acme|2026-W47|sport',
      'acme|2026-11|',
    ]);
    assert.equal(isUnknownCategory(moved), false);
    assert.equal(isUnknownCategory({ ...moved, periods: [{ period: '2026-S2', path: [] }] }), true);
  });

  test('B-09 nothing was planned: the month as a whole', () => assert.equal(chosen({}), 'acme|2026-11|'));

  test('B-22 pooling: the first that has enough, else the most specific', () => {
    const rows = {
      ...bucket('2026-11', 'boots', 50n),
      ...bucket('2026-11', 'shoes', 99n),
      ...bucket('2026-11', '', 100n),
    };
    assert.equal(chosen(rows, {}, true), 'acme|2026-11|');
    assert.equal(chosen(rows), 'acme|2026-11|boots');
    assert.equal(chosen(rows, { amountCents: 101n as MinorUnits }, true), 'acme|2026-11|boots');
  });

  test('B-23 a locked or closed period; B-03 another currency or basis', () => {
    const rows = bucket('2026-11', '');
    assert.equal(chosen({ ...rows, ...period('2026-11', { status: 'locked' }) }), 'period_locked');
    assert.equal(chosen({ ...rows, ...period('2026-11', { status: 'closed' }) }), 'period_closed');
    assert.equal(chosen({ ...rows, ...period('2026-S2', { status: 'closed' }) }), 'acme|2026-11|');
    const open = { ...rows, ...period('2026-11', {}) };
    assert.equal(chosen(open, { currency: 'USD' }), 'currency_mismatch');
    assert.equal(chosen(open, { basis: 'cost' }), 'basis_mismatch');
    assert.equal(chosen(open, { currency: 'EUR', basis: 'retail' }), 'acme|2026-11|');
  });

  test('B-23 only a document that is there and comes by a date looks at another period', () => {
    const dated = { ...request, deliveryDate: '2026-11-20' };
    const december = { bucket: 'acme|2026-12|shoes' };
    assert.deepEqual(keptReads(dated, place, []), [], 'the usual request is new');
    assert.deepEqual(keptReads(request, place, [december]), []);
    assert.deepEqual(keptReads({ ...dated, period: '2026-11' }, place, [december]), []);
    assert.deepEqual(keptReads(dated, place, [{ bucket: 'acme|2026-11|' }]), [], 'declared before');
    const keys = keptReads(dated, place, [december]).map(({ key }) => key.join());
    assert.ok(keys.includes('acme|2026-12') && keys.includes('acme|2026-12|boots') && keys.includes('acme|2026-12|'));
  });
});
