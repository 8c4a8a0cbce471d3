/** `GET /v1/movements` (J1, S-42): what settlement asked of the operational balances, and what became of it, the newest first. */
import * as z from 'zod';
import { timeOf } from '../../base/time.ts';
import { movements, type MovementRow } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { time } from './schemas.ts';

const state = z.enum(['pending', 'done']);

const movement = z.strictObject({
  movement_key: z.string().meta({ description: '`receipt:<receipt id>` or `hold:<hold id>:<target state>`' }),
  cause: id.meta({ description: 'the receipt or the hold' }),
  src: z.string(),
  dst: z.string(),
  amount: z.int(),
  inflow_tx_id: z
    .string()
    .nullable()
    .meta({ description: 'the lone credit that books money from outside on `src` first' }),
  state,
  refusals: z.int().meta({ description: 'how often it was refused; it is tried again until it succeeds' }),
  last_refusal: z.string().nullable(),
  tx_id: id.nullable().meta({ description: 'the transfer, once it is made' }),
  created_at: time,
  updated_at: time,
});

export function listMovements(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listMovements',
    method: 'GET',
    path: '/v1/movements',
    chapter: 'Settlement',
    summary: 'Movements between operational balances that settlement asked for, the newest first',
    description: 'A refused movement stays `pending` and is tried again with growing pauses.',
    permission: 'movements:read',
    input: { query: z.strictObject({ ...paging, state: state.optional(), cause: id.optional() }) },
    answer: pageOf(movement),
    refusals: ['invalid_cursor'],
    run({ query: { state: wanted, cause, ...page } }) {
      const query = { list: 'movements', table: movements, where: { state: wanted, cause }, by: 'created_at' } as const;
      return pagedList(store, query, page, shown);
    },
  });
}

function shown(row: MovementRow): z.output<typeof movement> {
  return {
    movement_key: row.movement_key,
    cause: row.cause,
    src: row.src,
    dst: row.dst,
    amount: Number(row.amount),
    inflow_tx_id: row.inflow_tx,
    state: row.state,
    refusals: Number(row.refusals),
    last_refusal: row.last_refusal,
    tx_id: row.tx_id,
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}
