/** `GET /l402-otb/reconciliations` (B-07): the history of runs as a change feed, in the order in which they were made. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { instantAt } from '../../base/time.ts';
import { adjustments, reconciliations } from '../../budgets/tables.ts';
import type { AdjustmentRow, ReconciliationRow } from '../../flows/reconciliation.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { merchantId } from '../budgets/schemas.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { adjustmentRecord, adjustmentView, runRecord, runRecordOf, type RunRecord } from './schemas.ts';

const LIST = 'reconciliations';

type Reader = Pick<Store, 'rows'>;

interface Feed {
  readonly items: readonly RunRecord[];
  readonly next_cursor: string | null;
  readonly feed_cursor: string | null;
}

const feed: z.ZodType<Feed> = z.strictObject({
  items: z.array(runRecord).readonly(),
  next_cursor: z.string().nullable(),
  feed_cursor: z
    .string()
    .nullable()
    .meta({ description: 'goes on behind the last run here, also when there is none behind it yet' }),
});

export function listReconciliations(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listReconciliations',
    method: 'GET',
    path: '/l402-otb/reconciliations',
    chapter: 'Reconciliation',
    summary: 'Runs that have ended, the oldest first, with what they booked',
    description:
      'A change feed: keep `feed_cursor` and ask again with it as `cursor`. `since` begins with runs that started after that time.',
    permission: 'reconciliations:read',
    tier: 'change-feed',
    input: {
      query: z.strictObject({ ...paging, since: z.iso.datetime().optional(), merchant_id: merchantId.optional() }),
    },
    answer: feed,
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit = limits.pageItemsDefault, since, merchant_id: wanted }, caller }) {
      const own = merchantFilter(caller, 'reconciliations:read', wanted);
      if (own === undefined) return refused('forbidden');
      const place = cursor === undefined ? undefined : readCursor(LIST, cursor);
      if (cursor !== undefined && !/^\d{1,19}$/.test(place ?? '')) return refused('invalid_cursor');
      const from = since === undefined ? 0n : instantOf(since);
      const after = place === undefined ? from : BigInt(place);
      const query = { table: reconciliations, where: { state: 'done' }, by: 'started_at', after } as const;
      const rows = await store.rows({ ...query, limit: limit + 1 });
      const page = rows.slice(0, limit);
      const items = await Promise.all(page.map((row) => recordOf(store, row, own.merchant_id)));
      const last = page.at(-1);
      const end = last === undefined ? (cursor ?? null) : writeCursor(LIST, String(last.started_at));
      return done({ items, next_cursor: rows.length > limit ? end : null, feed_cursor: end });
    },
  });
}

/** The last instant that a column of nanoseconds holds is in 2262, and no run is older than 1970. */
const INSTANT_MAX = 2n ** 63n - 1n;

function instantOf(time: string): bigint {
  const instant = instantAt(Date.parse(time));
  if (instant < 0n) return 0n;
  return instant > INSTANT_MAX ? INSTANT_MAX : instant;
}

async function recordOf(store: Reader, row: ReconciliationRow, merchant: string | undefined): Promise<RunRecord> {
  return runRecordOf(row, { ...(await changesOfRun(store, row, merchant)), merchant });
}

/** What a run booked, of one merchant or of all. */
export async function changesOfRun(
  store: Reader,
  { run_id: runId, adjustments: booked }: ReconciliationRow,
  merchant: string | undefined,
): Promise<{ readonly changes: readonly AdjustmentRow[]; readonly more: boolean }> {
  if (booked === 0n) return { changes: [], more: false };
  const where = { run_id: runId, ...(merchant === undefined ? {} : { merchant_id: merchant }) };
  const rows = await store.rows({ table: adjustments, where, by: 'at', limit: limits.pageItemsMax + 1 });
  return { changes: rows.slice(0, limits.pageItemsMax), more: rows.length > limits.pageItemsMax };
}

/** `GET /l402-otb/reconciliations/{run_id}/adjustments`: all of them, by page. */
export function listAdjustments(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listAdjustments',
    method: 'GET',
    path: '/l402-otb/reconciliations/{run_id}/adjustments',
    chapter: 'Reconciliation',
    summary: 'What a run booked, the newest first',
    permission: 'reconciliations:read',
    tier: 'change-feed',
    input: {
      path: z.strictObject({ run_id: id }),
      query: z.strictObject({ ...paging, merchant_id: merchantId.optional() }),
    },
    answer: pageOf(adjustmentRecord),
    refusals: ['invalid_cursor'],
    run({ path: { run_id: runId }, query: { cursor, limit, merchant_id: wanted }, caller }) {
      const own = merchantFilter(caller, 'reconciliations:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = { list: 'adjustments', table: adjustments, where: { run_id: runId, ...own }, by: 'at' } as const;
      return pagedList(store, query, { cursor, limit }, adjustmentView);
    },
  });
}
