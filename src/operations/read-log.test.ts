/** TX_LOG (P-25): the page that is asked for, digits that survive JSON, and never a log that is cut off silently. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limits } from '../base/limits.ts';
import type { TransactionRow } from '../payments/tables.ts';
import type { Store } from '../store/store.ts';
import { readLog } from './read-log.ts';

const FIRST = 1_790_000_000_000_000_256n;

const row = (i: number, txId = `tx-${String(i).padStart(10, '0')}`): TransactionRow => ({
  tx_id: txId,
  op: 'debit',
  account_id: 'a',
  amount: 5n,
  balance_after: 95n,
  created_at: FIRST + 256n * BigInt(i),
});

/** A store that has only a log: all that this operation asks of its port. */
function logOf(rows: readonly TransactionRow[]): Store {
  const store: Pick<Store, 'log'> = {
    log: ({ after, limit }) => Promise.resolve(rows.filter(({ created_at: at }) => at > after).slice(0, limit)),
  };
  return store as Store;
}

const rowsOf = (count: number): TransactionRow[] => Array.from({ length: count }, (_, i) => row(i));

const ask = async (rows: readonly TransactionRow[], request: Record<string, unknown>): Promise<string> =>
  readLog(logOf(rows))({ op: 'TX_LOG', ...request });

suite('P-25 TX_LOG', () => {
  test('to the byte', async () => {
    assert.equal(
      await ask([row(0, 'a"b')], {}),
      '{"entries":[{"tx_id":"a\\"b","op":"debit","account_id":"a","amount":5,"balance_after":95,"created_at":1790000000000000256}]}',
    );
    assert.equal(await ask([], {}), '{"entries":[]}');
  });

  test('pages: `after` as JSON.parse read it leads to the next row', async () => {
    const rows = rowsOf(10);
    const seen: unknown[] = [];
    let after = 0;
    while (seen.length <= rows.length) {
      const { entries } = JSON.parse(await ask(rows, { after, limit: 3 })) as {
        entries: { tx_id: string; created_at: number }[];
      };
      if (entries.length === 0) break;
      seen.push(...entries.map(({ tx_id: txId }) => txId));
      after = entries.at(-1)!.created_at;
    }
    assert.deepEqual(
      seen,
      rows.map(({ tx_id: txId }) => txId),
    );
  });

  const tooLarge: readonly [what: string, rows: readonly TransactionRow[], request: Record<string, unknown>][] = [
    ['more rows than are read at once', rowsOf(limits.logPageRowsMax + 1), {}],
    ['the same with a limit that large', rowsOf(limits.logPageRowsMax + 1), { limit: limits.logPageRowsMax + 1 }],
    ['more bytes than a frame', rowsOf(9_000), {}],
    ['a page of more bytes than a frame', rowsOf(9_000), { limit: 9_000 }],
  ];
  for (const [what, rows, request] of tooLarge) {
    test(`${what}: log_too_large, which names paging`, async () => {
      const answer = JSON.parse(await ask(rows, request)) as Record<string, unknown>;
      assert.deepEqual([answer['ok'], answer['error']], [false, 'log_too_large']);
      assert.match(String(answer['message']), /"after":.*"limit":/);
    });
  }

  test('the page that log_too_large names fits, with the longest ids there can be', async () => {
    const long = Array.from({ length: 5_000 }, (_, i) => row(i, `${i}`.padEnd(limits.txIdBytesMax, '"')));
    const { message } = JSON.parse(await ask(long, {})) as { message: string };
    const limit = Number(/"limit":(\d+)/.exec(message)?.[1]);
    const answer = await ask(long, { limit });
    assert.equal((JSON.parse(answer) as { entries: unknown[] }).entries.length, limit);
  });

  const invalid: readonly Record<string, unknown>[] = [
    { limit: 0 },
    { limit: -1 },
    { limit: 1.5 },
    { limit: '10' },
    { limit: null },
    { limit: 2 ** 53 },
    { after: -1 },
    { after: 0.5 },
    { after: '0' },
    { after: null },
    { after: true },
    { after: 2 ** 63 },
    { after: 1e300 },
  ];
  for (const request of invalid) {
    test(`${JSON.stringify(request)} is no page`, async () => {
      assert.equal(await ask(rowsOf(1), request), '{"ok":false,"error":"invalid_request"}');
    });
  }
});
