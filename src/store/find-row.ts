/** One row, by a column whose values are unique. */
import type { Row, Table } from '../base/decision.ts';
import type { Store } from './store.ts';

export async function findRow<R extends Row, C extends string & keyof R>(
  store: Pick<Store, 'rows'>,
  table: Table<R>,
  column: C,
  value: R[C],
): Promise<R | undefined> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of a computed name is lost
  const where = { [column]: value } as unknown as Partial<R>;
  const [row] = await store.rows({ table, where, by: column, limit: 1 });
  return row;
}
