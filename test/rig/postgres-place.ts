/** A PostgreSQL database of its own, as the contracts open it again and again, by one server or by several at once. */
import { after } from 'node:test';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open.ts';
import { rebuildPostgres } from '../../src/store/postgres/rebuild.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import { verifyPostgres } from '../../src/store/postgres/verify.ts';
import { fromStored } from '../../src/store/postgres/text.ts';
import type { Store } from '../../src/store/store.ts';
import { queryAt, sharedPostgres } from './postgres.ts';
import type { Journal, OpenOptions, Place } from './store-place.ts';

type Fact = Journal['facts'][number];
type Batch = Journal['batches'][number];

/** Integers come from PostgreSQL as text. */
type Columns<T> = { readonly [K in keyof T]: T[K] extends string | null ? T[K] : string };

export async function readJournal(url: string): Promise<Journal> {
  const facts = await queryAt<Columns<Fact>>(
    url,
    'select seq, at, type, subject, key, request, answer, body, mark from facts order by seq',
  );
  const batches = await queryAt<Columns<Batch>>(
    url,
    'select first_seq "firstSeq", last_seq "lastSeq", root, chain from batches order by first_seq',
  );
  return {
    facts: facts.map((row) => ({
      ...row,
      seq: Number(row.seq),
      at: BigInt(row.at),
      mark: Number(row.mark),
      subject: fromStored(row.subject),
      key: row.key === null ? null : fromStored(row.key),
    })),
    // A server may go on in between: only what was committed with these facts belongs to them.
    batches: batches
      .map((row) => ({ ...row, firstSeq: Number(row.firstSeq), lastSeq: Number(row.lastSeq) }))
      .filter(({ lastSeq }) => lastSeq <= facts.length),
  };
}

/** Stores that a failed test left open: their connections would keep this process alive. */
const opened = new Set<Store>();
after(() => Promise.all([...opened].map((store) => store.close())));

/** Opens a store on any target; it is closed with the test process at the latest. */
export async function openPostgres(
  url: string,
  options: OpenOptions & Pick<PostgresOptions, 'onLine'>,
): Promise<Store> {
  const store = await openPostgresStore({ target: readTarget(url), ...options });
  opened.add(store);
  const close = store.close.bind(store);
  store.close = async () => {
    opened.delete(store);
    await close();
  };
  return store;
}

export interface PostgresPlace extends Place {
  /** The database; made when first asked for. */
  url(): Promise<string>;
}

export function postgresPlace(): PostgresPlace {
  let database: Promise<string> | undefined;
  const url = (): Promise<string> => (database ??= sharedPostgres().then((postgres) => postgres.createDatabase()));
  return {
    url,
    open: async (options) => openPostgres(await url(), options),
    journal: async () => readJournal(await url()),
    verify: async () => verifyPostgres(readTarget(await url())),
    rebuild: async () => rebuildPostgres(readTarget(await url())),
  };
}
