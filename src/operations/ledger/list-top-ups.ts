/** `GET /v1/ledger/top-ups`: receipts that were credited, the newest first. */
import * as z from 'zod';
import { timeOf } from '../../base/time.ts';
import { topUps } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { accountFilter } from './parties.ts';
import { account, time } from './schemas.ts';

const topUp = z.strictObject({
  receipt_id: id,
  account_id: z.string(),
  amount: z.int(),
  unit: z.literal('ORC'),
  gateway_node_id: z.string(),
  external: z.strictObject({ amount: z.int(), currency: z.string(), payment_ref: z.string() }),
  fee: z.strictObject({ basis_points: z.int(), amount: z.int(), account_id: z.string() }).nullable(),
  occurred_at: z.string().nullable(),
  policy_ref: z.string().nullable(),
  applied_at: time,
  seq: z.int(),
});

export function listTopUps(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listTopUps',
    method: 'GET',
    path: '/v1/ledger/top-ups',
    chapter: 'Settlement',
    summary: 'Receipts that were credited, the newest first',
    permission: 'top-ups:read',
    input: { query: z.strictObject({ ...paging, account_id: account.optional() }) },
    answer: pageOf(topUp),
    refusals: ['invalid_account', 'invalid_cursor'],
    run({ query: { account_id: wanted, ...page }, caller }) {
      const own = accountFilter(caller, 'top-ups:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = { list: 'top-ups', table: topUps, where: { account_id: own.account }, by: 'at' } as const;
      return pagedList(store, query, page, (row) => ({
        receipt_id: row.receipt_id,
        account_id: row.account_id,
        amount: Number(row.amount),
        unit: 'ORC' as const,
        gateway_node_id: row.gateway_node_id,
        external: {
          amount: Number(row.external_amount),
          currency: row.external_currency,
          payment_ref: row.external_payment_ref,
        },
        fee:
          row.fee_account_id === null
            ? null
            : {
                basis_points: Number(row.fee_basis_points),
                amount: Number(row.fee_amount),
                account_id: row.fee_account_id,
              },
        occurred_at: row.occurred_at,
        policy_ref: row.policy_ref,
        applied_at: timeOf(row.at),
        seq: Number(row.seq),
      }));
    },
  });
}
