/** The journal in order, a chunk at a time: memory stays bounded whatever its length. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { limits } from '../../base/limits.ts';
import type { StoredBatch, StoredFact } from '../../journal/audit.ts';
import { BEFORE_ALL } from '../snapshot.ts';

type Values = readonly SQLOutputValue[];

/** Rows of `select … where <number> > ? … limit ?`, chunk after chunk; the number is the first column. */
export function* chunks(db: DatabaseSync, sql: string, after = 0n): Generator<readonly Values[]> {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  // Arrays cost two thirds of what objects do.
  statement.setReturnArrays(true);
  for (let last = after; ;) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type does not know of setReturnArrays
    const rows = statement.all(last, limits.rowsAtOnce) as unknown as Values[];
    if (rows.length > 0) yield rows;
    const number = rows.at(-1)?.[0];
    if (rows.length < limits.rowsAtOnce || typeof number !== 'bigint') return;
    last = number;
  }
}

/** Facts with a greater number, by default all. */
export function* readFacts(db: DatabaseSync, after = BEFORE_ALL): Generator<StoredFact[]> {
  const sql = `select seq, at, type, subject, key, request, answer, body, mark from facts
    where seq > ? order by seq limit ?`;
  for (const rows of chunks(db, sql, after)) yield rows.map(storedFact);
}

/** Batches whose first number is greater, by default all. */
export function* readBatches(db: DatabaseSync, after = BEFORE_ALL): Generator<StoredBatch[]> {
  const sql = 'select first_seq, last_seq, root, chain from batches where first_seq > ? order by first_seq limit ?';
  for (const rows of chunks(db, sql, after)) yield rows.map(storedBatch);
}

function storedBatch([firstSeq, lastSeq, root, chain]: Values): StoredBatch {
  return { firstSeq: Number(firstSeq), lastSeq: Number(lastSeq), root: String(root), chain: String(chain) };
}

/** A value of a type that no server writes becomes one that no check lets pass. */
function storedFact([seq, at, type, subject, key, request, answer, body, mark]: Values): StoredFact {
  return {
    seq: Number(seq),
    at: typeof at === 'bigint' ? at : 0n,
    type: String(type),
    subject: String(subject),
    key: textOrNull(key),
    request: textOrNull(request),
    answer: textOrNull(answer),
    body: String(body),
    mark: Number(mark),
  };
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return value === null ? null : String(value);
}

/** The sorted hashes of a sealed run of keys, as they are stored. */
export function* readRun(db: DatabaseSync, run: number): Generator<{ first: bigint; bytes: Uint8Array }> {
  const sql = `select first, entries from key_entries where run = ${run} and first > ? order by first limit ?`;
  for (const rows of chunks(db, sql, -1n)) {
    for (const [first, bytes] of rows) {
      const sound = typeof first === 'bigint' && bytes instanceof Uint8Array && bytes.length >= 8;
      yield sound ? { first, bytes } : { first: BigInt(String(first)), bytes: new Uint8Array(8) };
    }
  }
}
