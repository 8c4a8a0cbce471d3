/** `purser verify` on the settlement tables: whatever is done to a row, it is named; `purser rebuild` mends it. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { ACCOUNTS, holdOf, receiptOf } from '../rig/settlement-commands.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { policy } from '../rig/store-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

suite('a damaged settlement row is named, and mended by rebuild', () => {
  const file = join(temporaryDirectory(), 'purser.db');
  before(async () => {
    const store = await sqlitePlace(file).open({
      decisions: createDecisions({ ...policy, mapping: defaultMapping }),
    });
    const [payer, payee] = ACCOUNTS as [string, string] & typeof ACCOUNTS;
    await store.submit(receiptOf('r', ACCOUNTS[0]!, 100n));
    for (const holdId of ['h1', 'h2']) {
      await store.submit(holdOf({ holdId, orderId: holdId, payer, payee }, 10n));
    }
    await store.submit({ type: 'move-hold', holdId: 'h1', payer, payee, to: 'released', reason: null, actor: null });
    await store.close();
  });

  const rows: readonly [what: string, sql: string, table: string, key: string][] = [
    [
      'a balance',
      'update ledger_accounts set available = available + 1',
      'ledger_accounts',
      'account_id=account:org:acme',
    ],
    ['an older state', "update holds set state = 'active', version = 1 where hold_id = 'h1'", 'holds', 'hold_id=h1'],
    ['a state nobody told of', "update holds set version = 9 where hold_id = 'h2'", 'holds', 'hold_id=h2'],
    ['a hold that is gone', "delete from holds where hold_id = 'h2'", 'holds', 'hold_id=h2'],
    ['an entry that is gone', "delete from ledger_entries where entry_id = '2:0'", 'ledger_entries', 'entry_id=2:0'],
    [
      'a hold out of nowhere',
      "insert into holds select 'h3', state, payer_account_id, payee_account_id, amount, 'o3', null, null, null, null, null, null, null, null, created_at + 1, updated_at, version from holds where hold_id = 'h2'",
      'holds',
      'hold_id=h3',
    ],
    ['another amount', 'update movements set amount = 1', 'movements', 'movement_key=receipt:r'],
    ['a receipt', "update top_ups set external_currency = 'USD'", 'top_ups', 'receipt_id=r'],
    ['history', "update hold_moves set actor = 'me'", 'hold_moves', 'move_id=h1:1'],
  ];
  for (const [what, sql, table, key] of rows) {
    test(what, async () => {
      const copy = join(temporaryDirectory(), 'purser.db');
      copyFileSync(file, copy);
      const db = new DatabaseSync(copy);
      db.exec(sql);
      db.close();
      const place = sqlitePlace(copy);
      const violated = (await place.verify()).checks.filter(({ ok }) => !ok);
      assert.deepEqual(
        violated.map(({ name, firstBad }) => [name, firstBad?.table, firstBad?.key]),
        [[table, table, key]],
      );
      await place.rebuild();
      assert.equal((await place.verify()).ok, true);
    });
  }
});
