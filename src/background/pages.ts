/** All rows that a query finds, page by page: what a job looks through. */
import { limits } from '../base/limits.ts';
import type { Row, Value } from '../base/decision.ts';
import type { RowQuery, Store } from '../store/store.ts';

export async function* pages<R extends Row>(
  store: Pick<Store, 'rows'>,
  query: Omit<RowQuery<R>, 'limit' | 'after'>,
): AsyncGenerator<readonly R[]> {
  let after: Value | undefined;
  for (;;) {
    const page = await store.rows<R>({
      ...query,
      limit: limits.jobRowsMax,
      ...(after === undefined ? {} : { after }),
    });
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < limits.jobRowsMax) return;
    after = last[query.by] ?? null;
  }
}
