/** What a period-end export holds (B-08): one dataset per table, each row as callers know it, in the order in which rows were made. */
import type { Row, Table, Value } from '../base/decision.ts';
import { timeOf } from '../base/time.ts';
import { bucketOf, openToBuy } from '../budgets/bucket.ts';
import { actuals, adjustments, allocations, budgets, decisions } from '../budgets/tables.ts';
import { pages } from '../store/pages.ts';
import type { Store } from '../store/store.ts';

type Cell = string | number | null;

interface Scope {
  /** Null: all. */
  readonly merchantId: string | null;
  readonly period: string | null;
}

export interface Dataset {
  readonly name: string;
  readonly columns: readonly string[];
  /** Pages of records, each with its cells in the order of the columns. */
  read(store: Pick<Store, 'rows'>, scope: Scope): AsyncGenerator<readonly (readonly Cell[])[]>;
}

interface Terms<R extends Row> {
  readonly table: Table<R>;
  readonly by: string & keyof R;
  readonly columns: readonly (string & keyof R)[];
  /** Columns of instants. */
  readonly instants: readonly (string & keyof R)[];
  readonly more?: { readonly columns: readonly string[]; cells(row: R): readonly Cell[] };
  /** The period of a row, where it is no column of the table. */
  readonly periodOf?: (row: R) => string | undefined;
}

function dataset<R extends Row>(name: string, terms: Terms<R>): Dataset {
  const { table, by, columns, instants, more, periodOf } = terms;
  const times: ReadonlySet<string> = new Set(instants);
  const cell = (column: string, value: Value): Cell => {
    if (typeof value !== 'bigint') return value;
    return times.has(column) ? timeOf(value) : Number(value);
  };
  return {
    name,
    columns: [...columns, ...(more?.columns ?? [])],
    async *read(store, { merchantId, period }) {
      const where: Record<string, Value> = {};
      if (merchantId !== null) where['merchant_id'] = merchantId;
      if (period !== null && periodOf === undefined) where['period'] = period;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every table here has the columns of the scope
      for await (const rows of pages(store, { table, where: where as Partial<R>, by })) {
        const own = period === null || periodOf === undefined ? rows : rows.filter((row) => periodOf(row) === period);
        yield own.map((row) => [
          ...columns.map((column) => cell(column, row[column] ?? null)),
          ...(more?.cells(row) ?? []),
        ]);
      }
    },
  };
}

const periodOfBucket = ({ bucket }: { readonly bucket: string }): string | undefined => bucketOf(bucket).period;

export const datasets: readonly Dataset[] = [
  dataset('budgets', {
    table: budgets,
    by: 'created_at',
    columns: [
      'budget_id',
      'merchant_id',
      'period',
      'basis',
      'currency',
      'status',
      'amount_cents',
      'original_cents',
      'revision',
      'created_by',
      'created_at',
      'updated_at',
    ],
    instants: ['created_at', 'updated_at'],
    more: { columns: ['planned_open_to_buy_cents'], cells: (row) => [Number(row.open_to_buy_cents)] },
  }),
  dataset('buckets', {
    table: allocations,
    by: 'created_at',
    columns: [
      'allocation_id',
      'merchant_id',
      'period',
      'category',
      'budget_id',
      'allocated_cents',
      'children_cents',
      'holdback_cents',
      'reserved_cents',
      'committed_cents',
      'received_cents',
      'adjusted_cents',
      'revision',
      'created_at',
      'updated_at',
    ],
    instants: ['created_at', 'updated_at'],
    more: { columns: ['open_to_buy_cents'], cells: (row) => [Number(openToBuy(row))] },
  }),
  dataset('decisions', {
    table: decisions,
    by: 'created_at',
    columns: [
      'decision_id',
      'merchant_id',
      'period',
      'category',
      'bucket',
      'action_kind',
      'document',
      'actor_id',
      'caller',
      'amount_cents',
      'basis',
      'currency',
      'mode',
      'policy_id',
      'state',
      'reason',
      'paid',
      'excess_cents',
      'reserved_cents',
      'committed_cents',
      'received_cents',
      'replaces',
      'request_digest',
      'created_at',
      'updated_at',
    ],
    instants: ['created_at', 'updated_at'],
  }),
  dataset('actuals', {
    table: actuals,
    by: 'at',
    columns: [
      'merchant_id',
      'kind',
      'document_id',
      'amount_cents',
      'category',
      'period',
      'bucket',
      'decision_id',
      'occurred_at',
      'recorded_by',
      'at',
    ],
    instants: ['at'],
  }),
  dataset('adjustments', {
    table: adjustments,
    by: 'at',
    columns: [
      'adjustment_id',
      'run_id',
      'merchant_id',
      'bucket',
      'cause',
      'amount_cents',
      'expected_cents',
      'actual_cents',
      'at',
    ],
    instants: ['at'],
    periodOf: periodOfBucket,
  }),
];
