/** Which budget the gate would debit now (B-22): the category's own, or the first that is there above it. */
import * as z from 'zod';
import { WHOLE_MERCHANT } from '../../budgets/bucket.ts';
import { allocations } from '../../budgets/tables.ts';
import { isUnknownCategory, placesOf } from '../../flows/gate-bucket.ts';
import { MerchantBook } from '../../gate/merchant-book.ts';
import type { Reader } from './find-plans.ts';

export const debitedRecord = z
  .strictObject({ category: z.string().nullable(), period: z.string() })
  .nullable()
  .meta({ description: 'the budget that the gate would debit; null: the category stands nowhere at that time' });

interface Asked {
  readonly merchantId: string;
  readonly category: string | null;
  /** Undefined: those of today. */
  readonly period: string | undefined;
}

/** What nobody planned is counted for the merchant as a whole, in the month. Pooling may lead a request on to one with room. */
export async function findDebited(
  store: Reader,
  { merchantId, category, period }: Asked,
  nowMs: number,
): Promise<z.infer<typeof debitedRecord>> {
  const place = await new MerchantBook(store).place(
    { merchantId, category, period: period ?? null, deliveryDate: null },
    nowMs,
  );
  if (typeof place === 'string' || isUnknownCategory(place)) return null;
  const values = placesOf(merchantId, place);
  const among = { column: 'bucket', values } as const;
  const rows = await store.rows({ table: allocations, among, by: 'bucket', limit: values.length });
  const first = values.find((key) => rows.some(({ bucket }) => bucket === key));
  const chosen = rows.find(({ bucket }) => bucket === first);
  const of = chosen?.category ?? WHOLE_MERCHANT;
  return { category: of === WHOLE_MERCHANT ? null : of, period: chosen?.period ?? place.month };
}
