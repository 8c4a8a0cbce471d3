/** `GET /v1/ledger/inbox` (S-13): receipts that funding gateways handed over, the newest first. */
import * as z from 'zod';
import { fundingInbox } from '../../settlement/funding-tables.ts';
import { inboxView } from '../../settlement/funding-wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { inboxItem, inboxState } from './funding-schemas.ts';
import { accountFilter } from './parties.ts';
import { account } from './schemas.ts';

export function listInbox(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listInbox',
    method: 'GET',
    path: '/v1/ledger/inbox',
    chapter: 'Settlement',
    summary: 'Receipts that funding gateways handed over, the newest first',
    permission: 'top-ups:read',
    input: { query: z.strictObject({ ...paging, state: inboxState.optional(), account_id: account.optional() }) },
    answer: pageOf(inboxItem),
    refusals: ['invalid_account', 'invalid_cursor'],
    async run({ query: { state, account_id: wanted, ...page }, caller }) {
      const own = accountFilter(caller, 'top-ups:read', wanted);
      if (own === undefined) return refused('forbidden');
      const where = { state, account_id: own.account };
      return pagedList(store, { list: 'inbox', table: fundingInbox, where, by: 'received_at' }, page, inboxView);
    },
  });
}
