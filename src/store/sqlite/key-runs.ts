/** Writes a run of the key index: its entries sorted, in chunks, and the filter that says which keys it may hold. */
import type { DatabaseSync } from 'node:sqlite';
import { runFilter } from './key-filter.ts';
import { SPAN_BITS, type FullRun } from './key-index.ts';

/** About one page per chunk. */
const ENTRIES_PER_CHUNK = 480;

/** Seals a run in one commit and returns its filter. Throws when the disk is full, and has then changed nothing. */
export function writeRun(db: DatabaseSync, run: FullRun): Uint8Array {
  db.exec('begin immediate');
  try {
    const filter = insertRun(db, run);
    db.exec('commit');
    return filter;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/** The same inside the caller's transaction. */
export function insertRun(db: DatabaseSync, { run, entries }: FullRun): Uint8Array {
  const sorted = entries.toSorted();
  const filter = filterOf(entries);
  const insertChunk = db.prepare('insert into key_entries (run, first, entries) values (?, ?, ?)');
  db.prepare('insert into key_runs (run, filter) values (?, ?)').run(run, filter);
  for (let at = 0; at < sorted.length; at += ENTRIES_PER_CHUNK) {
    const chunk = sorted.slice(at, at + ENTRIES_PER_CHUNK);
    insertChunk.run(run, chunk[0]!, new Uint8Array(chunk.buffer));
  }
  return filter;
}

/** The filter over a run's entries. */
export function filterOf(entries: BigUint64Array<ArrayBuffer>): Uint8Array {
  const filter = runFilter();
  const halves = new Uint32Array(entries.buffer);
  for (let at = 0; at < halves.length; at += 2) {
    filter.add({ high: halves[at + 1]!, low: halves[at]! >>> SPAN_BITS });
  }
  return filter.bytes;
}
