/** `purser budget`: plans, their split by category, what became of them, and the files that they come and go as. */
import { limits } from '../../base/limits.ts';
import { PurserError, type Allocation, type Budget, type Client, type Period } from '../../client/client.ts';
import type { Alert, ImportBudgetsAnswer, ReadBudgetAnswer, ReadOpenToBuyAnswer } from '../../client/client.ts';
import { bar } from '../bar.ts';
import { fileCommand, listCommand, recordCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { amount, argument, choice, integer, required, text, type Fields, type Values } from '../fields.ts';
import { contentOf } from '../read-file.ts';
import { amountColumn, column, majorMinor, Table, type Column } from '../table.ts';

const merchant = text('MERCHANT', 'the id of the merchant');
const budget = argument(text('BUDGET', "the budget's id"));
const period = text('PERIOD', 'as 2026-11, 2026-P10, 2026-W40 or 2026-S2');

const columns: readonly Column<Budget>[] = [
  column('BUDGET', ({ budget_id: id }) => id),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period: id }) => id),
  column('STATUS', ({ status }) => status),
  column('BASIS', ({ basis }) => basis),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  amountColumn('ORIGINAL', ({ original_cents: cents }) => cents),
  amountColumn('OPEN TO BUY', ({ open_to_buy_cents: cents }) => cents),
  column('CURRENCY', ({ currency }) => currency),
  column('REVISION', ({ revision }) => revision),
];

const allocationColumns: readonly Column<Allocation>[] = [
  column('ALLOCATION', ({ allocation_id: id }) => id),
  column('CATEGORY', ({ category }) => category),
  column('PARENT', ({ parent_category: parent }) => parent),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  amountColumn('HELD BACK', ({ holdback_cents: cents }) => cents),
  amountColumn('OPEN TO BUY', ({ open_to_buy_cents: cents }) => cents),
  column('REVISION', ({ revision }) => revision),
];

const periodColumns: readonly Column<Period>[] = [
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period: id }) => id),
  column('STATUS', ({ status }) => status),
  column('BUDGET', ({ budget_id: id }) => id),
  column('CHANGED', ({ updated_at: at }) => at),
];

const alertColumns: readonly Column<Alert>[] = [
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period: id }) => id),
  column('CATEGORY', ({ category }) => category),
  column('STATE', ({ state }) => state),
  column('LEVEL', ({ level }) => level),
  amountColumn('OPEN TO BUY', ({ open_to_buy_cents: cents }) => cents),
  column('OPENED', ({ opened_at: at }) => at),
];

const importColumns: readonly Column<ImportBudgetsAnswer>[] = [
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('LINES', ({ rows }) => rows),
  column('BUDGETS CREATED', ({ budgets_created: count }) => count),
  column('BUDGETS REVISED', ({ budgets_revised: count }) => count),
  column('ALLOCATIONS SET', ({ allocations_set: count }) => count),
];

/** What may be spent, and the buckets of the same period. */
interface Shown {
  readonly budget: ReadOpenToBuyAnswer;
  readonly buckets: readonly Allocation[];
}

const shownColumns: readonly Column<Shown>[] = [
  column('MERCHANT', ({ budget: { merchant_id: id } }) => id),
  column('PERIOD', ({ budget: { period: id, first_day: first, last_day: last } }) => `${id}, ${first} to ${last}`),
  column('CATEGORY', ({ budget: { category } }) => category),
  column('STATUS', ({ budget: { status } }) => status),
  column('BASIS', ({ budget: { basis, currency } }) => `${basis}, ${currency}`),
  amountColumn('ALLOCATED', ({ budget: { allocated_cents: cents } }) => cents),
  amountColumn('CHILDREN', ({ budget: { children_cents: cents } }) => cents),
  amountColumn('HELD BACK', ({ budget: { holdback_cents: cents } }) => cents),
  amountColumn('RESERVED', ({ budget: { reserved_cents: cents } }) => cents),
  amountColumn('COMMITTED', ({ budget: { committed_cents: cents } }) => cents),
  amountColumn('RECEIVED', ({ budget: { received_cents: cents } }) => cents),
  amountColumn('ADJUSTED', ({ budget: { adjusted_cents: cents } }) => cents),
  amountColumn('OPEN TO BUY', ({ budget: { open_to_buy_cents: cents } }) => cents),
];

const bars: readonly Column<Allocation>[] = [
  column('CATEGORY', ({ category }) => category ?? '(merchant)'),
  column('# received  = committed  - reserved  h held back  . left', (each) =>
    bar([
      { sign: '#', amount: each.received_cents },
      { sign: '=', amount: each.committed_cents },
      { sign: '-', amount: each.reserved_cents },
      { sign: 'h', amount: each.holdback_cents },
      { sign: '.', amount: each.open_to_buy_cents },
    ]),
  ),
  {
    title: 'OPEN TO BUY',
    value: ({ open_to_buy_cents: cents }) => `${majorMinor(cents)}${cents < 0 ? ' !' : ''}`,
    right: true,
  },
];

async function shown(
  client: Client,
  query: { readonly merchant_id: string; readonly period?: string | undefined; readonly category?: string | undefined },
  signal: AbortSignal,
): Promise<Shown> {
  const found = await client.readOpenToBuy(query, { signal });
  const filter = { merchant_id: query.merchant_id, period: found.period, category: query.category };
  const { items } = await client.listAllocations({ ...filter, limit: limits.pageItemsMax }, { signal }).page();
  return { budget: found, buckets: items };
}

const planFields = {
  amount: amount('what may be spent'),
  sales: integer('MINOR', 'plan: sales, in minor units'),
  reductions: integer('MINOR', 'plan: reductions'),
  closing: integer('MINOR', 'plan: closing stock'),
  opening: integer('MINOR', 'plan: opening stock; without it the closing stock of the period before'),
  on_order: integer('MINOR', 'plan: on order for delivery in the period'),
  markup: integer('BP', 'plan, at cost: initial markup in hundredths of a percent'),
} as const satisfies Fields;

function amountsOf(values: Values<typeof planFields>) {
  const { amount: whole, sales, reductions, closing, opening, on_order: onOrder, markup } = values;
  if (whole !== undefined) {
    if ([sales, reductions, closing, opening, onOrder, markup].some((each) => each !== undefined))
      throw new UsageError('--amount stands in place of a plan: give one of the two');
    return { amount_cents: whole };
  }
  if (sales === undefined || closing === undefined)
    throw new UsageError('--amount is missing, or a plan: --sales and --closing at least');
  return {
    plan: {
      planned_sales_cents: sales,
      planned_reductions_cents: reductions,
      planned_closing_stock_cents: closing,
      opening_stock_cents: opening,
      on_order_cents: onOrder,
      initial_markup_bp: markup,
    },
  };
}

type Given = {
  readonly budget_id: string;
  readonly category: string;
  readonly amount_cents: number;
  readonly holdback_cents?: number | undefined;
};

/** Makes the allocation, or changes the one that is there. */
async function allocate(client: Client, given: Given, signal: AbortSignal): Promise<Allocation> {
  if (given.amount_cents === 0) return takeBack(client, given, signal);
  try {
    return await client.createAllocation(given, { signal });
  } catch (error) {
    const id =
      error instanceof PurserError && error.code === 'allocation_exists' ? error.details['allocation_id'] : undefined;
    if (typeof id !== 'string') throw error;
    return client.changeAllocation({ allocation_id: id, ...given }, { signal });
  }
}

/** Nothing is made of nothing: only what is there can be taken back. */
async function takeBack(client: Client, given: Given, signal: AbortSignal): Promise<Allocation> {
  const { budget_id, category } = given;
  const { items } = await client.listAllocations({ budget_id, category, limit: 1 }, { signal }).page();
  const [there] = items;
  if (there === undefined) throw new UsageError(`${category} has no share of this budget that could be taken back`);
  return client.changeAllocation({ allocation_id: there.allocation_id, ...given }, { signal });
}

function revisionsOf({ revisions }: ReadBudgetAnswer): string {
  type Revision = ReadBudgetAnswer['revisions'][number];
  const own: readonly Column<Revision>[] = [
    column('REVISION', ({ revision }) => revision),
    amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
    column('AT', ({ revised_at: at }) => at),
    column('BY', ({ revised_by: by }) => by),
    column('REASON', ({ reason }) => reason),
  ];
  return new Table(own).rows(revisions);
}

function periodCommand(verb: 'lock' | 'unlock' | 'close', summary: string): Command {
  const why = text('TEXT', 'why; it stands in the journal for ever');
  return recordCommand({
    resource: 'budget',
    verb,
    summary,
    fields: {
      merchant_id: argument(merchant),
      period: argument(period),
      reason: verb === 'unlock' ? required(why) : why,
    },
    columns: periodColumns,
    ask: (client, { reason, ...values }, { signal }) =>
      verb === 'unlock'
        ? client.unlockPeriod({ ...values, reason: reason ?? '' }, { signal })
        : client[`${verb}Period`]({ ...values, reason }, { signal }),
  });
}

export const budgetCommands: readonly Command[] = [
  recordCommand({
    resource: 'budget',
    verb: 'show',
    summary: 'what may still be spent, with a picture of the buckets',
    notes: 'Of the merchant as a whole without --category; of today without --period.',
    fields: { merchant_id: argument(merchant), period, category: text('CATEGORY', 'only this category') },
    columns: shownColumns,
    below: ({ buckets }) => (buckets.length === 0 ? [] : [{ title: 'BUCKETS', text: new Table(bars).rows(buckets) }]),
    json: ({ budget: found, buckets }) => ({ ...found, allocations: buckets }),
    ask: (client, values, { signal }) => shown(client, values, signal),
  }),
  listCommand({
    resource: 'budget',
    verb: 'list',
    summary: 'budgets, the newest first',
    fields: {
      merchant_id: merchant,
      period,
      status: choice(['draft', 'active', 'locked', 'closed'], 'only budgets in this state'),
    },
    columns,
    list: (client, query, options) => client.listBudgets(query, options),
  }),
  recordCommand({
    resource: 'budget',
    verb: 'create',
    summary: 'draft a budget, of an amount or of a plan',
    notes: 'A draft binds nothing until it is activated.',
    fields: {
      merchant_id: required(merchant),
      period: required(period),
      basis: required(choice(['cost', 'retail'], 'what it counts in')),
      currency: required(text('CODE', 'as EUR')),
      ...planFields,
    },
    columns,
    ask: (client, { merchant_id, period: of, basis, currency, ...plan }, { signal }) =>
      client.draftBudget({ merchant_id, period: of, basis, currency, ...amountsOf(plan) }, { signal }),
  }),
  recordCommand({
    resource: 'budget',
    verb: 'activate',
    summary: 'put a budget in force; its amount is frozen as the original',
    fields: { budget_id: budget },
    columns,
    ask: (client, values, { signal }) => client.activateBudget(values, { signal }),
  }),
  recordCommand({
    resource: 'budget',
    verb: 'revise',
    summary: 'change the amount of a budget; what it was is kept',
    fields: { budget_id: budget, ...planFields, reason: text('TEXT', 'why') },
    columns,
    async ask(client, { budget_id: id, reason, ...plan }, { signal, note }) {
      const answer = await client.reviseBudget({ budget_id: id, reason, ...amountsOf(plan) }, { signal });
      if (answer.below_committed) note('More is taken already than the budget gives now.');
      return answer;
    },
  }),
  recordCommand({
    resource: 'budget',
    verb: 'history',
    summary: 'a budget and its revisions',
    fields: { budget_id: budget },
    columns,
    below: (answer: ReadBudgetAnswer) => [{ title: 'REVISIONS', text: revisionsOf(answer) }],
    ask: (client, values, { signal }) => client.readBudget(values, { signal }),
  }),
  recordCommand({
    resource: 'budget',
    verb: 'allocate',
    summary: 'give a category its share of a budget, or change it',
    fields: {
      budget_id: budget,
      category: argument(text('CATEGORY', 'the category')),
      amount: required(integer('MINOR', 'its share, in minor units: 1250 is 12.50; 0 takes it back')),
      holdback: integer('MINOR', 'of it, what the gate must leave alone'),
    },
    columns: allocationColumns,
    async ask(client, { amount: cents, holdback, ...place }, { signal, note }) {
      const given = { ...place, amount_cents: cents, ...(holdback === undefined ? {} : { holdback_cents: holdback }) };
      const answer = await allocate(client, given, signal);
      if (answer.below_committed) note('More is taken already than the allocation gives now.');
      return answer;
    },
  }),
  listCommand({
    resource: 'budget',
    verb: 'allocations',
    summary: 'allocations by merchant, period and category',
    fields: { merchant_id: merchant, period, budget_id: text('BUDGET', 'only those of this budget') },
    columns: allocationColumns,
    list: (client, query, options) => client.listAllocations(query, options),
  }),
  recordCommand({
    resource: 'budget',
    verb: 'import',
    summary: 'take budgets from a CSV file, all of it or nothing',
    fields: { file: argument(text('FILE', 'the file; - reads it from the pipe')) },
    columns: importColumns,
    ask: async (client, { file }, { signal }) =>
      client.importBudgets({ csv: await contentOf('FILE', file) }, { signal }),
  }),
  fileCommand({
    resource: 'budget',
    verb: 'export',
    summary: 'write budgets as a CSV file that can be imported again',
    fields: { merchant_id: argument(merchant), period },
    ask: (client, values, { signal }) => client.exportBudgets(values, { signal }),
  }),
  periodCommand('lock', 'lock a period: neither plans nor the gate change anything in it'),
  periodCommand('unlock', 'unlock a period, with a reason'),
  periodCommand('close', 'close a period for good'),
  listCommand({
    resource: 'budget',
    verb: 'alerts',
    summary: 'what is running low, exhausted or overbought',
    fields: { merchant_id: merchant, state: choice(['open', 'closed'], 'only alerts in this state') },
    columns: alertColumns,
    list: (client, query, options) => client.listAlerts(query, options),
  }),
];
