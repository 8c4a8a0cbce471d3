/**
 * A database as its checks and copies read it: inside the caller's transaction, which is one moment of it. Long tables come
 * through cursors, and the server makes the next chunk while the last one is being looked at.
 */
import type { Row, Table } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import type { JournalEnd, StoredBatch, StoredFact } from '../../journal/audit.ts';
import { openings, transactions, transfers } from '../../payments/tables.ts';
import { storedRow } from '../check-result.ts';
import { BEFORE_ALL, type Snapshot, type Values } from '../snapshot.ts';
import { arrayLiteral } from './array.ts';
import type { Cell, Cells, Session } from './session.ts';
import { fromStored, toStored } from './text.ts';

const TRANSACTIONS = `select ${transactions.columns.join(', ')} from transactions order by created_at, tx_id, op`;

const OPEN_DEBITS = `select tx_id, amount, created_at from transactions as debit where op = 'debit'
  and not exists (select 1 from transactions where tx_id = debit.tx_id and op in ('credit', 'rollback'))
  order by created_at`;

const END = {
  name: 'end-at',
  text: `select last_seq, chain, (select at from facts where seq = last_seq) from batches
    where first_seq <= $1 order by first_seq desc limit 1`,
};

const BODIES_AT = { name: 'bodies-at', text: 'select at, body from facts where at = any($1::bigint[])' };

export class PostgresSnapshot implements Snapshot {
  readonly #session: Session;
  #cursors = 0;
  #selects = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  async count(table: string): Promise<number> {
    const [row] = await this.#session.query({ name: `count-${table}`, text: `select count(*) from ${table}` });
    return Number(row?.[0]);
  }

  async *facts(after = BEFORE_ALL): ReturnType<Snapshot['facts']> {
    const columns = 'seq, at, type, subject, key, request, answer, body, mark';
    const all = this.#chunks(`select ${columns} from facts where seq > ${after} order by seq`);
    for await (const rows of all) yield rows.map(storedFact);
  }

  async *batches(after = BEFORE_ALL): ReturnType<Snapshot['batches']> {
    const columns = 'first_seq, last_seq, root, chain';
    const all = this.#chunks(`select ${columns} from batches where first_seq > ${after} order by first_seq`);
    for await (const rows of all) yield rows.map(storedBatch);
  }

  async endAt(seq: number): Promise<JournalEnd | undefined> {
    const [last, chain, at] = (await this.#session.query(END, [seq]))[0] ?? [];
    return last === BigInt(seq) && typeof at === 'bigint' ? { seq, at, chain: String(chain) } : undefined;
  }

  async rows(table: Table): Promise<readonly Row[]> {
    const order = table === openings ? 'ordinal' : table.key.join(', ');
    const text = `select ${table.columns.join(', ')} from ${table.name} order by ${order}`;
    const found = await this.#session.query({ name: `all-${table.name}`, text });
    return found.map((cells) => storedRow(table, cells.map(decoded)));
  }

  async *transactions(): ReturnType<Snapshot['transactions']> {
    let number = 0n;
    for await (const rows of this.#chunks(TRANSACTIONS)) yield rows.map((cells) => [++number, ...cells.map(decoded)]);
  }

  async *openDebits(): ReturnType<Snapshot['openDebits']> {
    for await (const rows of this.#chunks(OPEN_DEBITS)) yield rows.map((cells): Values => cells.map(decoded));
  }

  async rowsOf(table: Table, keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const { name, columns, key } = table;
    const text = `select ${columns.join(', ')} from ${name} where ${key.join(', ')} = any($1::text[])`;
    const found = await this.#session.query({ name: `rows-of-${name}`, text }, [arrayLiteral(keys.map(toStored))]);
    const rows = found.map((cells) => storedRow(table, cells.map(decoded)));
    return new Map(rows.map((row) => [String(row[key[0]!]), row]));
  }

  async *transfers(): ReturnType<Snapshot['transfers']> {
    const all = this.#chunks(`select ${transfers.columns.join(', ')} from transfers order by key`);
    for await (const rows of all) yield rows.map(transfer);
  }

  async bodiesAt(instants: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    const found = await this.#session.query(BODIES_AT, [arrayLiteral(instants)]);
    return new Map(found.map(([at, body]) => [BigInt(String(at)), String(body)]));
  }

  /** Nobody may have analysed a young database yet, and a loop that looks short then is quadratic: joins by hashing never are. */
  async select(sql: string): Promise<readonly Values[]> {
    await this.#session.run('set local enable_nestloop = off');
    const found = await this.#session.query({ name: `select-${++this.#selects}`, text: sql });
    await this.#session.run('set local enable_nestloop = on');
    return found.map((cells) => cells.map(decoded));
  }

  async *#chunks(select: string): AsyncGenerator<readonly Cells[]> {
    const cursor = `chunks_${++this.#cursors}`;
    const fetch = { name: `fetch-${cursor}`, text: `fetch ${limits.postgresCursorRows} from ${cursor}` };
    await this.#session.run(`declare ${cursor} no scroll cursor for ${select}`);
    let rows = await this.#session.query(fetch);
    while (rows.length === limits.postgresCursorRows) {
      const next = this.#session.query(fetch);
      // Whoever stops reading does not hear of its failure; whoever goes on does.
      next.catch(() => {});
      yield rows;
      rows = await next;
    }
    if (rows.length > 0) yield rows;
  }
}

function decoded(cell: Cell): Cell {
  return typeof cell === 'string' ? fromStored(cell) : cell;
}

const transfer = (cells: Cells): Row => storedRow(transfers, cells.map(decoded));

function storedFact([seq, at, type, subject, key, request, answer, body, mark]: Cells): StoredFact {
  return {
    seq: Number(seq),
    at: BigInt(String(at)),
    type: String(type),
    subject: fromStored(String(subject)),
    key: typeof key === 'string' ? fromStored(key) : null,
    request: textOrNull(request),
    answer: textOrNull(answer),
    body: String(body),
    mark: Number(mark),
  };
}

function textOrNull(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}

function storedBatch([firstSeq, lastSeq, root, chain]: Cells): StoredBatch {
  return { firstSeq: Number(firstSeq), lastSeq: Number(lastSeq), root: String(root), chain: String(chain) };
}
