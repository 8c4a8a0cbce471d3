/** `GET /v1/orgs`: organisations that have a custodian, the newest first. */
import * as z from 'zod';
import { merchantOf } from '../../access/scope.ts';
import { orgs } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { accountFilter } from '../ledger/parties.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { orgOf } from './records.ts';
import { orgRecord } from './schemas.ts';

export function listOrgs(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listOrgs',
    method: 'GET',
    path: '/v1/orgs',
    chapter: 'Offers',
    summary: 'Organisations, the newest first',
    permission: 'orgs:read',
    input: { query: z.strictObject(paging) },
    answer: pageOf(orgRecord),
    refusals: ['invalid_cursor'],
    run({ query, caller }) {
      const own = accountFilter(caller, 'orgs:read');
      if (own === undefined) return refused('forbidden');
      const orgId = merchantOf(caller);
      // A person's account is confined, and to no organisation.
      if (own.account !== undefined && orgId === null) return done({ items: [], next_cursor: null });
      const where = { org_id: orgId ?? undefined };
      return pagedList(store, { list: 'orgs', table: orgs, where, by: 'created_at' }, query, orgOf);
    },
  });
}
