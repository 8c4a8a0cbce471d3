/** Planners on a real engine: random plans against a naive model, planners against each other, and every row from the facts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parsePeriod, defaultCalendar } from '../../src/budgets/calendar.ts';
import { alertLevel, alertName } from '../../src/budgets/bucket.ts';
import { defaultPolicy } from '../../src/budgets/policy.ts';
import { alerts, allocations, budgets, decisions, periods } from '../../src/budgets/tables.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import { seePlan } from '../../src/operations/budgets/find-plans.ts';
import { rollOrders } from '../../src/operations/budgets/roll-orders.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { budgetOf, gateOf } from '../rig/budget-commands.ts';
import {
  activateOf,
  allocationOf,
  draftOf,
  merchantOf,
  MERCHANT,
  periodOf,
  reviseOf,
  wish,
  type Wish,
} from '../rig/plan-commands.ts';
import { outcomeName, PlanModel } from '../rig/plan-model.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';

const open = (place: Place): Promise<Store> => place.open({ decisions: createDecisions(policy) });

async function assertVerified(place: Place): Promise<void> {
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const nameOf = ({ code, replayed }: Outcome): string => outcomeName(code ?? (replayed ? 'replayed' : 'done'));

const bucketsOf = async (store: Store): Promise<string[]> =>
  (await store.rows({ table: allocations, by: 'bucket', limit: 1_000 })).map((row) =>
    [row.period, row.category, row.allocated_cents, row.children_cents, row.holdback_cents, row.committed_cents].join(
      ' ',
    ),
  );

/** The command that an operation would send now. */
async function commandOf(store: Store, model: PlanModel, each: Wish, number: number): Promise<PaymentCommand> {
  switch (each.want) {
    case 'draft': {
      const { budget, period, basis, amount, onOrder } = each;
      return draftOf(budget, { period, basis, amount, openToBuy: amount - onOrder });
    }
    case 'activate':
      return activateOf(each.budget, model.periodOf(each.budget));
    case 'revise':
      return reviseOf(each.budget, each.amount, model.periodOf(each.budget), each.onOrder);
    case 'allocate': {
      const period = model.periodOf(each.budget);
      const { state: _, ...seen } = await seePlan(store, MERCHANT, parsed(period), each.category);
      const { mode, budget, category, amount, holdback } = each;
      return allocationOf(category, { ...seen, period, mode, budgetId: budget, amount, holdback });
    }
    case 'period':
      return periodOf(each.to, each.period, model.budgetOf(each.period) ?? null);
    case 'import': {
      const { period, lines } = each;
      const { state, hierarchyVersion, ...seen } = await seePlan(store, MERCHANT, parsed(period), undefined);
      const named = lines.map((line, i) => ({ ...line, line: i + 2, allocationId: `a-${period}-${line.category}` }));
      const budget = { activeBudgetId: state?.budget_id ?? null, newBudgetId: `imported-${number}` };
      const plan = { ...seen, ...budget, period, basis: null, currency: null, lines: named };
      return { type: 'import-budgets', merchantId: MERCHANT, hierarchyVersion, periods: [plan], actor: 'planner' };
    }
    default:
      return each satisfies never;
  }
}

const parsed = (id: string) => {
  const period = parsePeriod(id, defaultCalendar);
  assert.ok(period !== undefined);
  return period;
};

export function planContract(name: string, createPlace: () => Place): void {
  suite(`${name}: plans`, () => {
    test('B-20, B-22, B-23 random plans come to what a naive model says, are verified, and come back from the facts', async () => {
      const place = createPlace();
      let store = await open(place);
      const told = new Map<string, number>();
      const model = new PlanModel();
      await store.submit(merchantOf());
      for (const [i, each] of fc.sample(wish, { seed: 7, numRuns: 800 }).entries()) {
        const command = await commandOf(store, model, each, i);
        const expected = model.run(each, `imported-${i}`);
        assert.equal(nameOf(await store.submit(command)), expected, `${i}: ${inspect(each)}`);
        told.set(`${each.want} ${expected}`, (told.get(`${each.want} ${expected}`) ?? 0) + 1);
      }
      assert.deepEqual((await bucketsOf(store)).toSorted(), model.buckets().toSorted());
      await store.close();
      await assertVerified(place);
      for (const needed of [
        'allocate done',
        'allocate short',
        'revise done',
        'import done',
        'import short',
        'activate done',
      ])
        assert.ok((told.get(needed) ?? 0) > 0, `${needed} never happened: ${inspect([...told])}`);
      await place.rebuild();
      await assertVerified(place);
      store = await open(place);
      const rows = await store.rows({ table: allocations, by: 'bucket', limit: 1_000 });
      for (const row of rows) {
        const [alert] = await store.rows({ table: alerts, where: { bucket: row.bucket }, by: 'alert_id', limit: 1 });
        const { thresholds_bp: thresholds } = defaultPolicy;
        assert.equal(alert?.state === 'open' ? alert.level : null, alertName(alertLevel(row, thresholds), thresholds));
      }
      await store.close();
    });

    test('B-22 planners who saw the same plan: one goes on, the others have to look again', async () => {
      const place = createPlace();
      const store = await open(place);
      await submitAll(store, [merchantOf(), draftOf('b-1', { amount: 100n }), activateOf('b-1')]);
      const { state: _, ...seen } = await seePlan(store, MERCHANT, parsed('2026-11'), undefined);
      const outcomes = await submitAll(
        store,
        ['home', 'apparel', 'shoes'].map((category) => allocationOf(category, { ...seen, amount: 60n })),
      );
      assert.deepEqual(outcomes.map(nameOf), ['done', 'stale', 'stale']);
      const late = await submitAll(store, [merchantOf([]), allocationOf('shoes', { ...seen, periodVersion: 2n })]);
      assert.deepEqual(late.map(nameOf), ['done', 'stale'], 'the hierarchy is another');
      await store.close();
      await assertVerified(place);
    });

    test('B-21 an overloaded store cuts the rolling short and is told of; closed again, the rest rolls on', async () => {
      const place = createPlace();
      const store = await open(place);
      const ids = ['d-1', 'd-2', 'd-3'];
      await submitAll(store, [
        ...budgetOf(1_000n),
        ...ids.map((id) => gateOf(id, 100n)),
        periodOf('closed', '2026-11', 'budget-1'),
      ]);
      const way = { merchantId: MERCHANT, merchant: undefined, period: parsed('2026-11'), actor: 'finance' };
      const closed = { ...way, today: '2027-01-01' };
      const rolled = async (): Promise<readonly string[]> =>
        (await store.rows({ table: decisions, where: { bucket: 'acme|2026-12|' }, by: 'created_at', limit: 9 })).map(
          ({ decision_id: id }) => id,
        );
      const overloaded = { answer: '{"ok":false,"error":"overloaded"}', code: 'overloaded', replayed: false };
      let room = 1;
      const full: Pick<Store, 'rows' | 'submit'> = {
        rows: (query) => store.rows(query),
        submit: (command) => (room-- > 0 ? store.submit(command) : Promise.resolve(overloaded)),
      };
      assert.equal((await rollOrders(full, closed))?.code, 'overloaded');
      assert.deepEqual(await rolled(), ids.slice(0, 1));
      assert.equal(await rollOrders(store, closed), undefined);
      assert.deepEqual(await rolled(), ids);
      await store.close();
      await assertVerified(place);
    });

    test('B-26 a file of many periods: each budget and period is listed once, whatever the page', async () => {
      const place = createPlace();
      const store = await open(place);
      const months = Array.from(
        { length: 40 },
        (_, i) => `${2030 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`,
      );
      const plans = months.map((period) => ({
        period,
        firstDay: `${period}-01`,
        planned: [],
        periodVersion: 0n,
        basis: null,
        currency: null,
        activeBudgetId: null,
        newBudgetId: `b-${period}`,
        lines: [{ line: 2, category: '', amount: 10n, holdback: null, allocationId: `a-${period}` }],
      }));
      const [outcome] = await submitAll(store, [
        { type: 'import-budgets', merchantId: MERCHANT, hierarchyVersion: 0n, periods: plans, actor: 'planner' },
        draftOf('b-after', { period: '2040-01' }),
      ]);
      assert.match(String(outcome?.answer), /"budgets_created":40/);
      for (const table of [budgets, periods]) {
        const seen = await pagedPeriods((after) =>
          store.rows({ table: table as typeof budgets, by: 'created_at', ...after, limit: 7 }),
        );
        assert.deepEqual(seen.filter((period) => period !== '2040-01').toSorted(), months);
      }
      await store.close();
      await assertVerified(place);
    });
  });
}

/** Page by page, as lists go, until a page is short. */
async function pagedPeriods(
  page: (after: { after?: bigint }) => Promise<readonly { readonly period: string; readonly created_at: bigint }[]>,
): Promise<string[]> {
  const rows = [...(await page({}))];
  for (let last = rows.at(-1), count = rows.length; last !== undefined && count === 7; last = rows.at(-1)) {
    const next = await page({ after: last.created_at });
    rows.push(...next);
    count = next.length;
  }
  return rows.map(({ period }) => period);
}

const inspect = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
