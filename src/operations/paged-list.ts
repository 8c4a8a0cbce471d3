/** A list of rows by page: the query, the cursor, and where the next page begins. */
import { limits } from '../base/limits.ts';
import type { Row } from '../base/decision.ts';
import type { RowQuery, Store } from '../store/store.ts';
import { done, refused, type ApiAnswer } from './api-operation.ts';
import { readCursor, writeCursor } from './cursor.ts';

export interface Page {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface PagedQuery<R extends Row> extends Omit<RowQuery<R>, 'after' | 'limit' | 'descending'> {
  /** Names the list, so that its cursors are none of another. */
  readonly list: string;
  /** `instant`: the newest first, by a column of instants, as lists usually are. `text`: by a column of text, ascending. */
  readonly order?: 'instant' | 'text';
}

/** The newest first, by a column of instants, where the query does not say otherwise. */
export async function pagedList<R extends Row, T>(
  store: Pick<Store, 'rows'>,
  { list, order = 'instant', ...query }: PagedQuery<R>,
  { cursor, limit = limits.pageItemsDefault }: Page,
  view: (row: R) => T,
): Promise<ApiAnswer<{ readonly items: readonly T[]; readonly next_cursor: string | null }>> {
  const place = cursor === undefined ? undefined : readCursor(list, cursor);
  const isPlace = order === 'text' ? place !== undefined : /^\d{1,19}$/.test(place ?? '');
  if (cursor !== undefined && !isPlace) return refused('invalid_cursor');
  const rows = await store.rows({
    ...query,
    descending: order === 'instant',
    ...(place === undefined ? {} : { after: order === 'text' ? place : BigInt(place) }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last === undefined ? null : writeCursor(list, String(last[query.by]));
  return done({ items: page.map(view), next_cursor: next });
}
