/** `GET /v1/orgs`: organisations that have a custodian, the newest first. */
import * as z from 'zod';
import { orgs } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { accountFilter } from '../ledger/parties.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { given } from './filters.ts';
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
      const orgId = caller.merchant ?? orgIdOf(own.account);
      if (own.account !== undefined && orgId === undefined) return done({ items: [], next_cursor: null });
      const where = given({ org_id: orgId });
      return pagedList(store, { list: 'orgs', table: orgs, where, by: 'created_at' }, query, orgOf);
    },
  });
}

const ORG = 'account:org:';

/** Undefined for an account that is a person's. */
function orgIdOf(account: string | undefined): string | undefined {
  return account?.startsWith(ORG) === true ? account.slice(ORG.length) : undefined;
}
