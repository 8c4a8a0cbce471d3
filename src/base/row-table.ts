/** Declares a table whose rows stand in the bodies of facts: its columns once, and from them the type of its rows. */
import type { Row, Table, Value } from './decision.ts';

interface Column<V extends Value> {
  readonly holds: 'text' | 'integer';
  /** Never set: it only ties the column to the type of its values. */
  readonly value?: V;
}

/** Text, or one of a few words. */
export const text = <T extends string = string>(): Column<T> => ({ holds: 'text' });
export const integer = (): Column<bigint> => ({ holds: 'integer' });
export const textOrNull = <T extends string = string>(): Column<T | null> => ({ holds: 'text' });
export const integerOrNull = (): Column<bigint | null> => ({ holds: 'integer' });

type Columns = Readonly<Record<string, Column<Value>>>;

/** The rows of a table that `rowTable` declared. */
export type RowOf<T> = T extends Table<infer R> ? R : never;

type RowWith<C extends Columns> = { readonly [N in keyof C]: C[N] extends Column<infer V> ? V : never };

/** `appended`: rows are written once. `replaced`: the newest row stands, and `version` counts its states from 1. */
export function rowTable<C extends Columns>(
  name: string,
  { key, rows, columns }: { readonly key: string & keyof C; readonly rows: Table['rows']; readonly columns: C },
): Table<RowWith<C> & Row> {
  const names = Object.keys(columns);
  const integers = names.filter((column) => columns[column]?.holds === 'integer');
  return { name, key: [key], columns: names, integers, kept: 'none', rows };
}
