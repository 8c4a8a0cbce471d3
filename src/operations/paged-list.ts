/** A list of rows by page: the query, the cursor, and where the next page begins. */
import { limits } from '../base/limits.ts';
import type { Row, Value } from '../base/decision.ts';
import type { RowQuery, Store } from '../store/store.ts';
import { done, refused, type ApiAnswer } from './api-operation.ts';
import { readCursor, writeCursor } from './cursor.ts';

export interface Page {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface PagedQuery<R extends Row> extends Pick<RowQuery<R>, 'table' | 'either' | 'by'> {
  /** Names the list, so that its cursors are none of another. */
  readonly list: string;
  /** `instant`: the newest first, by a column of instants, as lists usually are. `text`: by a column of text, ascending. */
  readonly order?: 'instant' | 'text';
  /** Columns that must have these values; one that the caller did not name may have any. */
  readonly where?: { readonly [C in keyof R]?: R[C] | undefined };
}

/** The newest first, by a column of instants, where the query does not say otherwise. */
export async function pagedList<R extends Row, T>(
  store: Pick<Store, 'rows'>,
  { list, order = 'instant', where = {}, ...query }: PagedQuery<R>,
  { cursor, limit = limits.pageItemsDefault }: Page,
  view: (row: R) => T,
): Promise<ApiAnswer<{ readonly items: readonly T[]; readonly next_cursor: string | null }>> {
  const after = cursor === undefined ? undefined : placeOf(list, order, cursor);
  if (cursor !== undefined && after === undefined) return refused('invalid_cursor');
  const rows = await store.rows({
    ...query,
    where: given(where),
    descending: order === 'instant',
    ...(after === undefined ? {} : { after }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last === undefined ? null : writeCursor(list, String(last[query.by]));
  return done({ items: page.map(view), next_cursor: next });
}

/** Where a page begins; undefined: the cursor is none of this list. */
export function placeOf(list: string, order: 'instant' | 'text', cursor: string): Value | undefined {
  const place = readCursor(list, cursor);
  if (place === undefined || order === 'text') return place;
  return /^\d{1,19}$/.test(place) ? BigInt(place) : undefined;
}

/** Only what was named. */
export function given<T extends object>(filters: T): { readonly [N in keyof T]?: Exclude<T[N], undefined> } {
  const named = Object.entries(filters).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same fields without those that are undefined
  return Object.fromEntries(named) as { readonly [N in keyof T]?: Exclude<T[N], undefined> };
}
