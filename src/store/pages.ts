/** All that a query finds, a page at a time: what a job looks through. The next page is read when it is asked for. */
import { limits } from '../base/limits.ts';
import type { Row, Value } from '../base/decision.ts';
import type { RowQuery, Store, SumQuery, Sums } from './store.ts';

export async function* pages<R extends Row>(
  store: Pick<Store, 'rows'>,
  query: Omit<RowQuery<R>, 'limit' | 'after'>,
  pageRows: number = limits.jobRowsMax,
): AsyncGenerator<readonly R[]> {
  let after: Value | undefined;
  for (;;) {
    const page = await store.rows<R>({ ...query, limit: pageRows, ...(after === undefined ? {} : { after }) });
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows) return;
    after = last[query.by] ?? null;
  }
}

/** The sums of each window of rows. */
export async function* windows<R extends Row>(
  store: Pick<Store, 'sums'>,
  query: Omit<SumQuery<R>, 'limit' | 'after'>,
): AsyncGenerator<Sums['groups']> {
  for (let after = 0n; ;) {
    const { groups, rows, last } = await store.sums<R>({ ...query, after, limit: limits.reconcileWindowRows });
    yield groups;
    if (rows < limits.reconcileWindowRows || last === null) return;
    after = last;
  }
}
