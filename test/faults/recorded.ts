/** Databases as real servers leave them, made once and copied for whoever wants to damage one. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { chainHash, factHash, factMark, GENESIS, merkleRoot, type HashedFact } from '../../src/journal/chain.ts';
import { ask, type Json } from '../rig/frame-client.ts';
import { Rail, type Deployment } from '../rig/deployment.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { Load, seededRandom } from './load.ts';
import { assertNamed, dataDirectories } from './purser.ts';

/** What a ledger caller may do on its own, besides the payment gateway's transfers. */
const ledgerCalls: readonly Json[] = [
  { op: 'DEBIT', account: 'ops_float', amount: 7, tx_id: 'own-1' },
  { op: 'CREDIT', account: 'settlement_bank', amount: 7, tx_id: 'own-1' },
  { op: 'DEBIT', account: 'ops_float', amount: 8, tx_id: 'own-2\'"|' },
  { op: 'ROLLBACK', tx_id: 'own-2\'"|' },
  { op: 'ROLLBACK', tx_id: 'own-3' },
  { op: 'CREDIT', account: 'collection_pending', amount: 9, tx_id: 'in-receipt-1' },
  { op: 'ROLLBACK', tx_id: 'tx-0000100000' },
];

/** Which database: of the all-in-one server, or of one program of the split deployment. */
export type Part = 'all' | 'ledger' | 'gateway';

/** One data directory of each kind. */
export async function recordedParts(): Promise<Readonly<Record<Part, string>>> {
  const [all, split] = await Promise.all([recordedData('all-in-one'), recordedData('split')]);
  return { all: all.ledger, ...split };
}

/** Runs a deployment with transfers of every outcome; returns its data directories, the servers stopped. */
async function recordedData(deployment: Deployment): Promise<ReturnType<typeof dataDirectories>> {
  const rail = await Rail.start(deployment, { BANK_SINGLE_TX_LIMIT: '20000' });
  try {
    return await recordOn(rail);
  } finally {
    await rail.kill();
  }
}

async function recordOn(rail: Rail): Promise<ReturnType<typeof dataDirectories>> {
  const load = new Load(seededRandom(7), 'k');
  await load.pump(rail.gateway, 8, () => load.answered < 60);
  for (const call of ledgerCalls) await ask(rail.ledger, call);
  // The ids that come now are above the one that was just used up.
  await load.pump(rail.gateway, 8, () => load.answered < 120);
  const codes = await rail.stop();
  if (codes.some((code) => code !== 0)) throw new Error(`the servers ended with ${codes.join()}`);
  return dataDirectories(rail);
}

/** A copy of a stopped server's data directory. */
export function copyOf(data: string): string {
  const copy = join(temporaryDirectory(), 'data');
  mkdirSync(copy);
  for (const suffix of ['', '-wal']) {
    const file = join(data, `purser.db${suffix}`);
    if (existsSync(file)) copyFileSync(file, join(copy, `purser.db${suffix}`));
  }
  return copy;
}

/** Edits a database behind its server's back, triggers and all. */
export function tamper(data: string, edit: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(join(data, 'purser.db'));
  for (const table of ['facts', 'batches'])
    for (const verb of ['updated', 'deleted']) db.exec(`drop trigger if exists ${table}_are_never_${verb}`);
  edit(db);
  db.close();
}

/** A part of the rail, what is done to its database, and how the first failed check's line begins. */
export type Damage = readonly [what: string, part: Part, edit: (db: DatabaseSync) => void, first: string];

/** Makes a damaged copy, and has `purser verify` name the damage; the copy's data directory. */
export async function damagedCopy(
  data: Readonly<Record<Part, string>>,
  [, part, edit, first]: Damage,
): Promise<string> {
  const copy = copyOf(data[part]);
  tamper(copy, edit);
  await assertNamed(copy, first);
  return copy;
}

/** Rows of the tables that follow from the facts. */
export function tablesOf(data: string): unknown {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true, readBigInts: true });
  const tables = [
    'accounts',
    'openings',
    'transactions',
    'counters',
    'transfers',
    'api_keys',
    'key_runs',
    'key_entries',
  ];
  const orders: Readonly<Record<string, string>> = { transfers: 'key' };
  const rows = tables.map((table) => db.prepare(`select * from ${table} order by ${orders[table] ?? 'rowid'}`).all());
  db.close();
  return rows;
}

/** An edit that is a few statements. */
export const sql =
  (...statements: string[]) =>
  (db: DatabaseSync): void => {
    for (const statement of statements) db.exec(statement);
  };

/** The first column of the first row. */
export function value(db: DatabaseSync, query: string, ...parameters: SQLInputValue[]): string {
  const [first] = Object.values(db.prepare(query).get(...parameters) ?? {});
  return String(first);
}

/** A fact with all its columns. */
export function factAt(db: DatabaseSync, seq: number): HashedFact {
  const fact = db.prepare('select seq, at, type, subject, key, request, answer, body from facts where seq = ?');
  fact.setReadBigInts(true);
  return { ...(fact.get(seq) as unknown as HashedFact), seq };
}

/** Appends facts as one more batch, hashed and chained as a server would, so long after the last fact. */
export function appendBatch(
  db: DatabaseSync,
  facts: readonly Omit<HashedFact, 'seq' | 'at'>[],
  afterNs = 1_024n,
): void {
  const end = db.prepare('select seq, at from facts order by seq desc limit 1');
  end.setReadBigInts(true);
  const last = end.get() as { seq: bigint; at: bigint } | undefined;
  const firstSeq = Number(last?.seq ?? 0n) + 1;
  const leaves = facts.map((columns, i) => {
    const fact = { ...columns, seq: firstSeq + i, at: (last?.at ?? 0n) + afterNs + 1_024n * BigInt(i) };
    const leaf = factHash(fact);
    db.prepare(
      'insert into facts (seq, at, type, subject, key, request, answer, body, mark) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(fact.seq, fact.at, fact.type, fact.subject, fact.key, fact.request, fact.answer, fact.body, factMark(leaf));
    return leaf;
  });
  const previous = db.prepare('select chain from batches order by first_seq desc limit 1').get();
  const batch = { root: merkleRoot(leaves), firstSeq, lastSeq: firstSeq + leaves.length - 1 };
  const chain = chainHash(String(previous?.['chain'] ?? GENESIS), batch);
  db.prepare('insert into batches (first_seq, last_seq, root, chain) values (?, ?, ?, ?)').run(
    batch.firstSeq,
    batch.lastSeq,
    batch.root,
    chain,
  );
}
