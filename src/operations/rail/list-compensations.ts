/** `GET /v1/compensations`: debits that could not be given back yet (P-44). They are retried by themselves; operators see them here. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import type { TransferRow } from '../../payments/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { id, instant, instantText, integer, pageOf, paging } from '../schemas.ts';

const LIST = 'compensations';

const compensation = z.strictObject({
  tx_id: id,
  state: z.literal('open'),
  cause: z.string(),
  src: z.string(),
  dst: z.string(),
  amount: integer,
  idempotency_key: z.string(),
  updated_at: instant,
});

export function listCompensations(store: Pick<Store, 'openTransfers'>): ApiOperation {
  return defineOperation({
    name: 'listCompensations',
    method: 'GET',
    path: '/v1/compensations',
    chapter: 'Payment rail',
    summary: 'Compensations that are not through yet',
    description:
      'Only the split deployment has any: in one process a transfer is one decision, and nothing is to be undone.',
    permission: 'compensations:read',
    input: { query: z.strictObject({ ...paging, state: z.literal('open').optional() }) },
    answer: pageOf(compensation),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit = limits.pageItemsDefault } }) {
      const after = cursor === undefined ? '' : readCursor(LIST, cursor);
      if (after === undefined) return refused('invalid_cursor');
      const open = (await store.openTransfers()).filter(
        ({ state, tx_id: txId }) => state === 'compensation_pending' && txId > after,
      );
      const items = open.slice(0, limit).map(shown);
      const last = items.at(-1);
      const next = last === undefined || open.length <= limit ? null : writeCursor(LIST, last.tx_id);
      return done({ items, next_cursor: next });
    },
  });
}

function shown(row: TransferRow): z.output<typeof compensation> {
  return {
    tx_id: row.tx_id,
    state: 'open',
    cause: row.cause ?? 'debit_timeout',
    src: row.src,
    dst: row.dst,
    amount: row.amount,
    idempotency_key: row.key,
    updated_at: instantText(row.updated_at),
  };
}
