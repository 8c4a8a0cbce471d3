/** B-22: where a request's budget may be, by a hierarchy whose moves have effective dates. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Row } from '../base/decision.ts';
import type { MinorUnits } from '../base/money.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { MerchantBook } from './merchant-book.ts';

const hierarchy = [
  { category: 'shoes', parent: null, from: null },
  { category: 'outdoor', parent: null, from: null },
  { category: 'boots', parent: 'shoes', from: null },
  { category: 'boots', parent: 'outdoor', from: '2026-12-01' },
  { category: 'skis', parent: 'outdoor', from: '2026-12-10' },
];

const row = { hierarchy: JSON.stringify(hierarchy), calendar: 'calendar', year_end: '01-31', hierarchy_version: 7n };

const book = new MerchantBook({
  rows: <R extends Row>(): Promise<readonly R[]> => Promise.resolve([row as unknown as R]),
});

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

const NOVEMBER = Date.parse('2026-11-21T12:00:00Z');

async function paths(more: Partial<GateRequest>): Promise<Record<string, string>> {
  const place = await book.place({ ...request, ...more }, NOVEMBER);
  assert.ok(typeof place !== 'string');
  return Object.fromEntries(place.periods.map(({ period, path }) => [period, path.join('>')]));
}

suite('the place of a request', () => {
  test('B-22 a move counts from its day on: by the first day of each period, whatever the day is today', async () => {
    assert.deepEqual(await paths({ period: '2026-11' }), { '2026-11': 'boots>shoes>' });
    assert.deepEqual(await paths({ period: '2026-12' }), { '2026-12': 'boots>outdoor>' });
    const found = await paths({ deliveryDate: '2026-12-03' });
    assert.equal(found['2026-12'], 'boots>outdoor>');
    // The week and the season began before the category moved.
    assert.deepEqual(
      Object.entries(found).filter(([period]) => period !== '2026-12' && !period.includes('P')),
      [
        ['2026-W44', 'boots>shoes>'],
        ['2026-S2', 'boots>shoes>'],
      ],
    );
  });

  test('B-22 a category that comes within a period stands there where it comes to; before that there is none', async () => {
    assert.deepEqual(await paths({ category: 'skis', period: '2026-11' }), { '2026-11': '' });
    assert.deepEqual(await paths({ category: 'skis', period: '2026-12' }), { '2026-12': 'skis>outdoor>' });
    const place = await book.place({ ...request, category: 'skis', period: '2026-11' }, NOVEMBER);
    assert.ok(typeof place !== 'string');
    assert.deepEqual(place.periods[0]?.path, []);
  });

  test('B-03 a date beside the period lies in it, or is said by name', async () => {
    for (const deliveryDate of ['2026-11-01', '2026-11-30'])
      assert.deepEqual(await paths({ period: '2026-11', deliveryDate }), { '2026-11': 'boots>shoes>' });
    for (const deliveryDate of ['2026-10-31', '2026-12-01', '2026-11-31'])
      assert.equal(await book.place({ ...request, period: '2026-11', deliveryDate }, NOVEMBER), 'delivery_date');
  });

  test('B-21 what is no period and no day is said by name', async () => {
    assert.equal(await book.place({ ...request, period: '2026-13' }, NOVEMBER), 'period');
    assert.equal(await book.place({ ...request, deliveryDate: '2026-02-30' }, NOVEMBER), 'delivery_date');
  });
});
