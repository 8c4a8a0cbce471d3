/** The store's contract for reading by page: every row once, in order, whatever is asked for and however small the page. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { transactions, transfers, type TransactionRow } from '../../src/payments/tables.ts';
import type { JournalFact, RowQuery, Store } from '../../src/store/store.ts';
import { openRail, small, submitAll, transferOf, wholeLog, type Place } from '../rig/store-place.ts';

async function pages(store: Store, query: Omit<RowQuery<TransactionRow>, 'after'>): Promise<TransactionRow[]> {
  const all: TransactionRow[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await store.rows({ ...query, ...(last === undefined ? {} : { after: last[query.by] }) });
    assert.ok(page.length <= query.limit);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

export function readsContract(name: string, createPlace: () => Place): void {
  suite(`${name}: reads by page`, () => {
    test('rows of a table: all, filtered, either column, both directions', async () => {
      const store = await openRail(createPlace());
      await submitAll(store, small(40, 'k'));
      const log = await wholeLog(store);
      const all = { table: transactions, by: 'created_at', limit: 7 } as const;
      assert.deepEqual(await pages(store, all), log);
      assert.deepEqual(await pages(store, { ...all, descending: true }), log.toReversed());
      assert.deepEqual(
        await pages(store, { ...all, where: { account_id: 'a', op: 'debit' } }),
        log.filter(({ account_id: account, op }) => account === 'a' && op === 'debit'),
      );
      assert.deepEqual(
        await pages(store, { ...all, either: { columns: ['account_id', 'op'], value: 'credit' } }),
        log.filter(({ op }) => op === 'credit'),
      );
      // A row that fits by both columns comes once.
      const both = { columns: ['account_id', 'op', 'op', 'tx_id'], value: 'credit' } as const;
      assert.deepEqual(
        await pages(store, { ...all, either: both, where: { account_id: 'b' }, descending: true }),
        log.filter(({ account_id: account, op }) => account === 'b' && op === 'credit').toReversed(),
      );
      const some = log.find(({ op }) => op === 'debit')!;
      assert.deepEqual(
        await pages(store, { ...all, either: { columns: ['tx_id', 'account_id'], value: some.tx_id } }),
        log.filter(({ tx_id: id }) => id === some.tx_id),
      );
      assert.deepEqual(await pages(store, { ...all, where: { account_id: 'nobody' } }), []);
      const among = (...values: string[]) => ({ column: 'account_id', values }) as const;
      assert.deepEqual(
        await pages(store, { ...all, where: { op: 'debit' }, among: among('a', 'c', 'nobody', 'a') }),
        log.filter(({ account_id: account, op }) => op === 'debit' && (account === 'a' || account === 'c')),
      );
      assert.deepEqual(await pages(store, { ...all, among: among('nobody') }), []);
      assert.deepEqual(await pages(store, { ...all, among: among() }), []);
      assert.deepEqual(await store.rows({ table: transfers, by: 'tx_id', limit: 1 }), []);
      await store.close();
    });

    test('text that an engine might not hold as it is, is found and comes back as it was', async () => {
      const store = await openRail(createPlace());
      const txId = 'nul \0 sign \u2400 quote " backslash \\';
      await store.submit({ type: 'debit', account: 'a', amount: 1n, txId });
      const [row] = await store.rows({ table: transactions, where: { tx_id: txId }, by: 'created_at', limit: 2 });
      assert.equal(row?.tx_id, txId);
      const among = { column: 'tx_id', values: ['another', txId] } as const;
      assert.deepEqual(await store.rows({ table: transactions, among, by: 'created_at', limit: 2 }), [row]);
      const [fact] = await store.facts({ after: 4, limit: 1 });
      assert.equal(fact?.subject, txId);
      await store.close();
    });

    test('facts: in order, by page, by type, with key, request and answer', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const [first] = await submitAll(store, [transferOf('k"0', 'a', 'b', 1), ...small(20, 'k')]);
      const all: JournalFact[] = [];
      for (let after = 0; ; after = all.at(-1)!.seq) {
        const page = await store.facts({ after, limit: 6 });
        if (page.length === 0) break;
        all.push(...page);
      }
      const journal = (await place.journal()).facts.map((fact) => {
        const { mark, ...rest } = fact;
        assert.ok(mark > 0);
        return rest;
      });
      assert.deepEqual(all, journal);
      assert.equal(all.find(({ key }) => key === 'transfer:k"0')?.answer, first?.answer);
      const opened = await store.facts({ after: 1, limit: 100, type: 'ledger/opened.v1' });
      assert.deepEqual(opened, all.slice(1, 4));
      await store.close();
    });
  });
}
