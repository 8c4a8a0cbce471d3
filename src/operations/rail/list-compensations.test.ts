/** Open compensations: only those, in order of ids, page by page. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Caller } from '../../access/caller.ts';
import type { TransferRow, TransferState } from '../../payments/tables.ts';
import { txId } from '../../payments/tx-id.ts';
import type { ApiAnswer } from '../api-operation.ts';
import { listCompensations } from './list-compensations.ts';

const caller: Caller = { keyId: 'k', role: 'auditor', merchant: null, account: null, controlPlane: false };

const rowOf = (number: number, state: TransferState): TransferRow => ({
  key: `k${number}`,
  tx_id: txId(BigInt(number)),
  src: 'a',
  dst: 'b',
  amount: 5n,
  state,
  risk: 'approved',
  src_balance: null,
  cause: state === 'compensation_pending' ? 'credit_failed' : null,
  answer: null,
  updated_at: 256n,
  carrier: 's',
});

const open = [1, 2, 3, 4, 5].map((n) => rowOf(n, n % 2 === 0 ? 'debiting' : 'compensation_pending'));

suite('GET /v1/compensations', () => {
  const operation = listCompensations({ openTransfers: () => Promise.resolve(open) });

  async function page(query: { cursor?: string; limit?: number }): Promise<{ ids: string[]; next: string | null }> {
    const answer: ApiAnswer = await operation.run({
      path: undefined,
      query,
      body: undefined,
      key: '',
      caller,
      headers: new Headers(),
    });
    assert.ok(answer.outcome === 'done' && 'body' in answer);
    const { items, next_cursor: next } = answer.body as { items: { tx_id: string }[]; next_cursor: string | null };
    return { ids: items.map((item) => item.tx_id), next };
  }

  test('transfers that only are under way are none', async () => {
    assert.deepEqual(
      (await page({})).ids,
      [1, 3, 5].map((n) => txId(BigInt(n))),
    );
  });

  test('by page each once, and no page behind the last', async () => {
    const first = await page({ limit: 2 });
    const second = await page({ limit: 2, cursor: first.next ?? '' });
    assert.deepEqual(
      [...first.ids, ...second.ids],
      [1, 3, 5].map((n) => txId(BigInt(n))),
    );
    assert.equal(second.next, null);
  });
});
