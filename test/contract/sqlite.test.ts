/** The SQLite engine under the store's contract, and what only a file can get wrong (P-26). */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { StoreError, type Store } from '../../src/store/store.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { openRail, policy, transferOf } from '../rig/store-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { ledgerContract } from './ledger.ts';
import { storeContract } from './store.ts';

storeContract('SQLite', sqlitePlace);
ledgerContract('SQLite', sqlitePlace);

suite('SQLite: what another reader finds while the server runs', () => {
  test('P-26 the tables of the source, in WAL mode, with committed rows only', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    const store = await openRail(sqlitePlace(file));
    await store.submit(transferOf('k', 'a', 'b', 1));
    const reader = new DatabaseSync(file, { readOnly: true });
    assert.deepEqual({ ...reader.prepare('pragma journal_mode').get() }, { journal_mode: 'wal' });
    const columns = (table: string): string[] =>
      reader
        .prepare('select name, type, "notnull", pk from pragma_table_info(?)')
        .all(table)
        .map(({ name, type, notnull, pk }) =>
          `${String(name)} ${String(type)} ${String(notnull)} ${String(pk)}`.toLowerCase(),
        );
    assert.deepEqual(
      columns('accounts').map((column) => column.replace('id text 1 1', 'id text 0 1')),
      ['id text 0 1', 'balance integer 1 0'],
    );
    assert.deepEqual(columns('transactions'), [
      'tx_id text 1 1',
      'op text 1 2',
      'account_id text 1 0',
      'amount integer 1 0',
      'balance_after integer 1 0',
      'created_at integer 1 0',
    ]);
    assert.deepEqual(
      reader
        .prepare('select op, amount from transactions order by created_at')
        .all()
        .map((row) => ({ ...row })),
      [
        { op: 'debit', amount: 1 },
        { op: 'credit', amount: 1 },
      ],
    );
    reader.close();
    await store.close();
  });

  test('a reader in a long transaction neither sees later commits nor holds them up', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    const store = await openRail(sqlitePlace(file));
    const reader = new DatabaseSync(file, { readOnly: true });
    const count = reader.prepare('select count(*) as n from transactions');
    reader.exec('begin');
    assert.equal(count.get()?.['n'], 0);
    await store.submit(transferOf('k', 'a', 'b', 1));
    assert.equal(count.get()?.['n'], 0);
    reader.exec('commit');
    assert.equal(count.get()?.['n'], 2);
    reader.close();
    await store.close();
  });

  test('facts and batches can be neither changed nor deleted', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    const store = await openRail(sqlitePlace(file));
    await store.close();
    const db = new DatabaseSync(file);
    const statements = [
      "update facts set body = '{}'",
      'delete from facts',
      "update batches set root = ''",
      'delete from batches where first_seq = 1',
    ];
    for (const statement of statements) assert.throws(() => db.exec(statement), /append-only/, statement);
    db.close();
  });
});

suite('SQLite: files that cannot be used are refused with what to do', () => {
  const opening = (file: string): Promise<Store> => sqlitePlace(file).open({ decisions: createDecisions(policy) });

  const says = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.match(error.message, pattern);
    return true;
  };

  test('one server per file: the second is refused, and may come when the first has gone', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    const first = await opening(file);
    await assert.rejects(opening(file), says(/another purser .*--data/));
    await first.close();
    const second = await opening(file);
    await second.close();
  });

  test('a file of a newer version is left as it is', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    await (await opening(file)).close();
    const db = new DatabaseSync(file);
    db.exec("insert into migrations (number, name) values (9999, '9999-later.sql')");
    db.close();
    await assert.rejects(opening(file), says(/newer purser.*upgrade/));
  });

  test('a file that is no database', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    writeFileSync(file, 'Not a database, but long enough to be taken for one. '.repeat(100));
    await assert.rejects(opening(file), says(/no intact SQLite database/));
  });

  test('a database of another program', async () => {
    const file = join(temporaryDirectory(), 'purser.db');
    const db = new DatabaseSync(file);
    db.exec('create table recipes (name text)');
    db.close();
    await assert.rejects(opening(file), says(/no database of purser/));
  });

  test('a directory in the place of the file, and a file in the place of the directory', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'purser.db'));
    await assert.rejects(opening(join(directory, 'purser.db')), says(/purser\.db/));
    writeFileSync(join(directory, 'file'), '');
    await assert.rejects(opening(join(directory, 'file', 'purser.db')), says(/not a directory/));
  });
});
