/** Appends a decided batch: facts, their hashes, the batch's root and chain hash, changed rows, the journal's new head. */
import { invariant } from '../../base/assert.ts';
import type { Row, Table, Value } from '../../base/decision.ts';
import { chainHash, factHash, factMark, merkleRoot } from '../../journal/chain.ts';
import type { TimedFact } from '../deciding.ts';
import { arrayLiteral } from './array.ts';
import type { Session, Statement } from './session.ts';
import { toStored } from './text.ts';

/** The end of the journal. Its chain hash is like no other, so it tells later whether the batch before it was committed. */
export interface Head {
  readonly seq: number;
  readonly at: bigint;
  readonly chain: string;
  /** How often the projections were written anew. */
  readonly rebuilds: number;
}

export const FACTS: Statement = {
  name: 'append-facts',
  text: `insert into facts (seq, at, type, subject, key, request, answer, body, mark)
    select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])`,
};

const BATCH: Statement = {
  name: 'append-batch',
  text: 'insert into batches (first_seq, last_seq, root, chain) values ($1, $2, $3, $4)',
};

export const HEAD: Statement = { name: 'move-head', text: 'update journal_head set seq = $1, at = $2, chain = $3' };

export const COMMIT: Statement = { name: 'commit', text: 'commit' };

/** Facts that are hashed and sent in one go: while the server stores them the next are hashed. */
const FACTS_AT_ONCE = 64;

/**
 * Numbers, hashes and sends facts behind the head, and the new head; the caller adds the commit. Returns at once; the
 * promises are those of the statements, in order.
 */
export function appendJournal(
  session: Session,
  before: Head,
  facts: readonly TimedFact[],
): { readonly head: Head; readonly statements: Promise<unknown>[] } {
  const firstSeq = before.seq + 1;
  const leaves: string[] = [];
  const statements: Promise<unknown>[] = [];
  for (let from = 0; from < facts.length; from += FACTS_AT_ONCE) {
    const columns = factColumns(facts.slice(from, from + FACTS_AT_ONCE), firstSeq, leaves);
    statements.push(session.query(FACTS, columns));
  }
  const seq = before.seq + leaves.length;
  const root = merkleRoot(leaves);
  const chain = chainHash(before.chain, { root, firstSeq, lastSeq: seq });
  const head = { ...before, seq, at: facts.at(-1)?.at ?? before.at, chain };
  statements.push(session.query(BATCH, [firstSeq, seq, root, chain]), session.query(HEAD, [seq, head.at, chain]));
  return { head, statements };
}

/** Columns of facts as array literals; the facts' hashes are added to `leaves`. */
function factColumns(facts: readonly TimedFact[], firstSeq: number, leaves: string[]): string[] {
  const columns: (Value | number)[][] = [[], [], [], [], [], [], [], [], []];
  for (const fact of facts) {
    const seq = firstSeq + leaves.length;
    const leaf = factHash({ ...fact, seq });
    leaves.push(leaf);
    const { at, type, subject, key, request, answer, body } = fact;
    const values = [seq, at, type, toStored(subject), key && toStored(key), request, answer, body, factMark(leaf)];
    for (const [i, value] of values.entries()) columns[i]!.push(value);
  }
  return columns.map(arrayLiteral);
}

/** Writes rows of projections, a statement per table. */
export class RowWriter {
  readonly #types: ReadonlyMap<string, string>;
  readonly #statements = new Map<Table, Statement>();

  /** `types` has the type of each column, as `table.column`. */
  constructor(types: ReadonlyMap<string, string>) {
    this.#types = types;
  }

  async write(session: Session, table: Table, rows: readonly Row[]): Promise<void> {
    const columns = table.columns.map((column) => arrayLiteral(rows.map((row) => stored(row, column))));
    await session.query(this.#statement(table), columns);
  }

  #statement(table: Table): Statement {
    let statement = this.#statements.get(table);
    if (statement === undefined) this.#statements.set(table, (statement = this.#insert(table)));
    return statement;
  }

  #insert({ name, key, columns, rows }: Table): Statement {
    const arrays = columns.map((column, i) => `$${i + 1}::${this.#typeOf(name, column)}[]`);
    const update = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    const conflict = rows === 'replaced' ? `on conflict (${key.join(', ')}) do update set ${update.join(', ')}` : '';
    const text = `insert into ${name} (${columns.join(', ')}) select * from unnest(${arrays.join(', ')}) ${conflict}`;
    return { name: `write-${name}`, text };
  }

  #typeOf(table: string, column: string): string {
    const type = this.#types.get(`${table}.${column}`);
    invariant(type !== undefined, `the database has ${table}.${column}`);
    return type;
  }
}

const TYPES: Statement = {
  name: 'column-types',
  text: `select table_name, column_name, data_type from information_schema.columns
    where table_schema in (current_schema(), 'app')`,
};

export async function readColumnTypes(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query(TYPES);
  return new Map(rows.map(([table, column, type]) => [`${String(table)}.${String(column)}`, String(type)]));
}

/** A missing value would become NULL without a word: it must not get that far. */
function stored(row: Row, column: string): Value {
  const value = row[column];
  invariant(value !== undefined, `a row has a value for ${column}`);
  return typeof value === 'string' ? toStored(value) : value;
}
