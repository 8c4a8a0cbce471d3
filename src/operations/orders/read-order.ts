/** `GET /v1/orders/{order_id}`: an order with its hold, the state of its execution and its receipt. Another's is not there (R7). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findOrder } from './find-rows.ts';
import { orderOf } from './records.ts';
import { orderRecord } from './schemas.ts';

export function readOrder(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readOrder',
    method: 'GET',
    path: '/v1/orders/{order_id}',
    chapter: 'Orders',
    summary: 'An order and what became of it',
    permission: 'orders:read',
    polled: true,
    input: { path: z.strictObject({ order_id: id }) },
    answer: orderRecord,
    refusals: ['order_not_found'],
    async run({ path: { order_id: orderId }, caller }) {
      const order = await findOrder(store, orderId);
      if (order === undefined || !mayUseAccount(caller, 'orders:read', order.payer_account_id, order.payee_account_id))
        return refused('order_not_found');
      return done(await orderOf(store, order));
    },
  });
}
