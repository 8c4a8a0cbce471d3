/** An SQLite database in a fresh directory, as the contracts open it again and again. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { rebuildDatabase } from '../../src/store/sqlite/rebuild.ts';
import { verifyDatabase } from '../../src/store/sqlite/verify.ts';
import type { Store } from '../../src/store/store.ts';
import type { Journal, OpenOptions, Place } from './store-place.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function open(file: string, options: OpenOptions): Promise<Store> {
  return openSqliteStore({
    file,
    ...options,
    onCrash(error) {
      throw error;
    },
  });
}

function readJournal(file: string): Journal {
  const db = new DatabaseSync(file, { readOnly: true });
  const facts = db.prepare('select seq, at, type, subject, key, request, answer, body, mark from facts order by seq');
  facts.setReadBigInts(true);
  const batches = db.prepare(
    'select first_seq "firstSeq", last_seq "lastSeq", root, chain from batches order by first_seq',
  );
  const journal = {
    facts: facts.all().map((row) => ({ ...row, seq: Number(row['seq']), mark: Number(row['mark']) })),
    batches: batches.all(),
  };
  db.close();
  return journal as unknown as Journal;
}

/** Stores that a failed test left open: their threads would keep this process alive. */
const opened = new Set<Store>();
after(() => Promise.all([...opened].map((store) => store.close())));

export function sqlitePlace(file = join(temporaryDirectory(), 'data', 'purser.db')): Place {
  return {
    async open(options) {
      const store = await open(file, options);
      opened.add(store);
      const close = store.close.bind(store);
      store.close = async () => {
        opened.delete(store);
        await close();
      };
      return store;
    },
    journal: () => Promise.resolve(readJournal(file)),
    verify: () => verifyDatabase(file),
    rebuild: () => rebuildDatabase(file),
  };
}
