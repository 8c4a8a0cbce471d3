/** `GET /v1/orgs/{org_id}`: an organisation and its custodian. Another's is not there (R7). */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findOrg } from './find-rows.ts';
import { orgOf } from './records.ts';
import { orgRecord } from './schemas.ts';

export function readOrg(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readOrg',
    method: 'GET',
    path: '/v1/orgs/{org_id}',
    chapter: 'Offers',
    summary: 'An organisation and its custodian',
    permission: 'orgs:read',
    input: { path: z.strictObject({ org_id: id }) },
    answer: orgRecord,
    refusals: ['org_not_found'],
    async run({ path: { org_id: orgId }, caller }) {
      const org = mayUseMerchant(caller, 'orgs:read', orgId) ? await findOrg(store, orgId) : undefined;
      return org === undefined ? refused('org_not_found') : done(orgOf(org));
    },
  });
}
