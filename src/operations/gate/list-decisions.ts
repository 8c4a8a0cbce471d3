/** `GET /l402-otb/decisions` and `GET /l402-otb/invoices`: what the gate decided, and what it asked to be paid; the newest first. */
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import { bucketKey } from '../../budgets/bucket.ts';
import { decisions, invoices, type DecisionRow } from '../../budgets/tables.ts';
import { decisionView, invoiceView } from '../../budgets/wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiAnswer, type ApiOperation } from '../api-operation.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { category, merchantId, period } from '../budgets/schemas.ts';
import { text } from '../ledger/schemas.ts';
import { writeCursor } from '../cursor.ts';
import { given, pagedList, placeOf, type Page } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { findOverdue, overdueAmong } from './overdue.ts';
import { decisionRecord, decisionState, invoiceRecord, invoiceState } from './schemas.ts';

type Reader = Pick<Store, 'rows'>;

const decisionPage = pageOf(decisionRecord);
type Decisions = z.infer<typeof decisionPage>;

export function listDecisions(store: Reader, clock: Pick<Clock, 'nowMs'>): ApiOperation {
  return defineOperation({
    name: 'listDecisions',
    method: 'GET',
    path: '/l402-otb/decisions',
    chapter: 'Decisions',
    summary: 'Decisions of the gate, the newest first',
    permission: 'decisions:read',
    tier: 'stream',
    input: {
      query: z.strictObject({
        ...paging,
        merchant_id: merchantId.optional(),
        state: decisionState.optional(),
        document: text(160).optional().meta({ description: '`po:<id>`, `transfer:<id>` or `order:<id>`' }),
        period: period.optional().meta({ description: 'with `merchant_id`: decisions that debit this budget' }),
        category: category.optional().meta({ description: 'with `period`; without it the merchant-wide budget' }),
        overdue: z
          .literal('true')
          .optional()
          .meta({ description: 'only what is still expected though its period is over; a page may be short or empty' }),
      }),
    },
    answer: decisionPage,
    refusals: ['invalid_cursor', 'invalid_period'],
    async run({ query: { cursor, limit, merchant_id: wanted, state, document, overdue, ...place }, caller }) {
      const own = merchantFilter(caller, 'decisions:read', wanted);
      if (own === undefined) return refused('forbidden');
      const { merchant_id: merchant } = own;
      if (place.category !== undefined && place.period === undefined)
        return refused('invalid_request', { field: 'category' }, 'category: needs `period`');
      if (place.period !== undefined && merchant === undefined)
        return refused('invalid_request', { field: 'period' }, 'period: needs `merchant_id`');
      const bucket =
        place.period === undefined || merchant === undefined
          ? undefined
          : bucketKey(merchant, place.period, place.category ?? '');
      const where = given({ state, document, bucket, ...own });
      const page = { cursor, limit };
      if (overdue === 'true') return overdueDecisions(store, where, page, clock.nowMs());
      const query = { list: 'decisions', table: decisions, where, by: 'created_at' } as const;
      const listed = await pagedList(store, query, page, (row) => row);
      if (!('body' in listed)) return listed;
      const { items: rows, next_cursor } = listed.body;
      const isOverdue = await overdueAmong(store, rows, clock.nowMs());
      const items = rows.map((row) => ({ ...decisionView(row), overdue: isOverdue(row) }));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
      return done({ items: items as unknown as Decisions['items'], next_cursor });
    },
  });
}

const OVERDUE = 'overdue decisions';

async function overdueDecisions(
  store: Reader,
  where: Partial<DecisionRow>,
  { cursor, limit = limits.pageItemsDefault }: Page,
  nowMs: number,
): Promise<ApiAnswer<Decisions>> {
  const after = cursor === undefined ? undefined : placeOf(OVERDUE, 'instant', cursor);
  if (cursor !== undefined && after === undefined) return refused('invalid_cursor');
  const { rows, next } = await findOverdue(store, { where, after, limit }, nowMs);
  const items = rows.map((row) => ({ ...decisionView(row), overdue: true }));
  const next_cursor = next === null ? null : writeCursor(OVERDUE, String(next));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
  return done({ items: items as unknown as Decisions['items'], next_cursor });
}

export function listInvoices(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listInvoices',
    method: 'GET',
    path: '/l402-otb/invoices',
    chapter: 'Decisions',
    summary: 'Invoices of challenges, the newest first',
    description: 'With what is owed to payers who paid twice, too late or for nothing (L-07).',
    permission: 'invoices:read',
    tier: 'stream',
    input: {
      query: z.strictObject({
        ...paging,
        merchant_id: merchantId.optional(),
        state: invoiceState.optional(),
        owed: z.literal('true').optional().meta({ description: 'only those of which something is owed to the payer' }),
      }),
    },
    answer: pageOf(invoiceRecord),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit, merchant_id: wanted, state, owed }, caller }) {
      const own = merchantFilter(caller, 'invoices:read', wanted);
      if (own === undefined) return refused('forbidden');
      const credit = owed === undefined ? undefined : ('owed' as const);
      const query = {
        list: 'invoices',
        table: invoices,
        where: { state, credit, ...own },
        by: 'created_at',
      } as const;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
      return pagedList(store, query, { cursor, limit }, (row) => invoiceView(row) as z.infer<typeof invoiceRecord>);
    },
  });
}
