/** Transfers found in a journal of many kinds of facts: each by its id and key, and all of them page by page. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { journalOf, type MemoryJournal } from '../../../test/rig/journal-in-memory.ts';
import { NO_SUCH_KEY } from '../../flows/find-key.ts';
import { transactions } from '../../payments/tables.ts';
import { txId } from '../../payments/tx-id.ts';
import type { JournalFact, Store } from '../../store/store.ts';
import { TransferRecords, type TransferStore } from './transfer-records.ts';

const everything = { balance: undefined, outcome: undefined };

/** Facts as the atomic rail writes them; `other` ones stand between. */
function shapeOf(kind: string, number: number): Partial<JournalFact> {
  const id = txId(BigInt(number));
  const named = { subject: id, key: `transfer:k${number}`, request: '{"src":"a","dst":"b","amount":5}' };
  if (kind === 'moved')
    return {
      ...named,
      type: 'payments/transferred.v1',
      answer: `{"ok":true,"tx_id":"${id}","src_balance":5,"dst_balance":15}`,
      body: '{"entries":[["debit","a",5,5],["credit","b",5,15]]}',
    };
  if (kind === 'refused')
    return {
      ...named,
      type: 'payments/transfer-refused.v1',
      answer: `{"ok":false,"error":"insufficient_funds","tx_id":"${id}"}`,
      body: '{"entries":[]}',
    };
  return { type: 'ledger/debited.v1', subject: id, body: '{"entries":[["debit","a",5,5]]}' };
}

function recordsOf(kinds: readonly string[]): {
  records: TransferRecords;
  ids: readonly string[];
  journal: MemoryJournal;
} {
  const numbers: number[] = [];
  let highest = 0;
  for (const kind of kinds) numbers.push(kind === 'other' ? highest + 1_000_000 : (highest += 1));
  const journal = journalOf(kinds.length, (seq) => shapeOf(kinds[seq - 1]!, numbers[seq - 1]!));
  const ids = kinds.flatMap((kind, i) => (kind === 'other' ? [] : [txId(BigInt(numbers[i]!))]));
  const rows = async ({ table, where = {} }: Parameters<Store['rows']>[0]): Promise<unknown[]> => {
    if (table.name !== transactions.name) return [];
    const facts = await journal.facts({ after: 0, limit: kinds.length });
    return facts
      .filter(({ subject, body }) => subject === where['tx_id'] && body.includes('debit'))
      .map(({ subject, at }) => ({ tx_id: subject, op: 'debit', created_at: at }));
  };
  const store: TransferStore = {
    facts: journal.facts,
    rows: rows as Store['rows'],
    async submit({ key }) {
      const found = (await journal.facts({ after: 0, limit: kinds.length })).find((fact) => fact.key === key);
      return found === undefined
        ? { answer: 'null', code: NO_SUCH_KEY, replayed: false }
        : { answer: JSON.stringify({ subject: found.subject }), code: null, replayed: false };
    },
  };
  return { records: new TransferRecords(store), ids, journal };
}

const kinds = fc.array(fc.constantFrom('moved', 'refused', 'other'), { maxLength: 300 });

suite('transfers in the journal', () => {
  test('each is found by its id and by its key, and no other id is', async () => {
    const property = fc.asyncProperty(kinds, async (list) => {
      const { records, ids } = recordsOf(list);
      for (const [i, id] of ids.entries()) {
        assert.equal((await records.byId(id))?.tx_id, id);
        assert.deepEqual(
          (await records.byKey(`k${i + 1}`, everything)).map((view) => view.tx_id),
          [id],
        );
      }
      for (const none of [txId(BigInt(ids.length + 1)), txId(0n), 'tx-1', 'other', txId(1_000_001n)])
        assert.equal(await records.byId(none), undefined);
      assert.deepEqual(await records.byKey('nobody', everything), []);
    });
    await fc.assert(property, { seed: 5, numRuns: 40 });
  });

  test('pages have each once, the newest first, filtered as asked', async () => {
    const property = fc.asyncProperty(kinds, fc.integer({ min: 1, max: 20 }), async (list, limit) => {
      const { records, ids } = recordsOf(list);
      for (const outcome of [undefined, 'ok', 'insufficient_funds', 'nothing']) {
        const found: string[] = [];
        for (let before: number | undefined, more = true; more;) {
          const { views, next } = await records.page({ balance: 'b', outcome }, { before, limit });
          found.push(...views.map((view) => view.tx_id));
          assert.ok(views.length <= limit);
          before = next;
          more = next !== undefined;
        }
        const wanted = list.filter((kind) => kind !== 'other');
        const expected = ids.filter(
          (_, i) => outcome === undefined || outcome === (wanted[i] === 'moved' ? 'ok' : 'insufficient_funds'),
        );
        assert.deepEqual(found, expected.toReversed());
      }
      assert.deepEqual(
        (await records.page({ balance: 'c', outcome: undefined }, { before: undefined, limit })).views,
        [],
      );
    });
    await fc.assert(property, { seed: 6, numRuns: 40 });
  });

  test('a search looks at few facts, however long the journal is', async () => {
    const { records, ids, journal } = recordsOf(
      Array.from({ length: 20_000 }, (_, i) => (i % 3 === 0 ? 'refused' : 'other')),
    );
    await records.byId(ids[0]!);
    const before = journal.read;
    await records.byId(ids[4_321]!);
    // The rows' fake reads the journal once as a whole.
    assert.ok(journal.read - before < 20_000 + 64 * 20, `${journal.read - before}`);
  });

  test('a transfer is shown with its steps', async () => {
    const { records, ids } = recordsOf(['other', 'moved', 'refused']);
    const moved = await records.byId(ids[0]!);
    assert.deepEqual(moved, {
      tx_id: 'tx-0000000001',
      idempotency_key: 'k1',
      src: 'a',
      dst: 'b',
      amount: 5n,
      movement: null,
      state: 'ended',
      outcome: 'ok',
      risk: { verdict: 'approved', reason: null },
      debit: { balance: 'a', amount: 5n, balance_after: 5n, at: '1970-01-01T00:00:00.000000512Z' },
      credit: { balance: 'b', amount: 5n, balance_after: 15n, at: '1970-01-01T00:00:00.000000768Z' },
      compensation: null,
      created_at: '1970-01-01T00:00:00.000000512Z',
      updated_at: '1970-01-01T00:00:00.000000512Z',
    });
    const refused = await records.byId(ids[1]!);
    assert.equal(await records.byId('in-other'), undefined);
    assert.deepEqual([refused?.outcome, refused?.debit, refused?.credit], ['insufficient_funds', null, null]);
  });
});
