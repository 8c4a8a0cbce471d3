/** `PUT /v1/orgs/{org_id}` (S-32): names the one participant that may order for an organisation. */
import * as z from 'zod';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import { orgRecord, type OrgRecord } from './schemas.ts';

export function setOrg(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'setOrg',
    method: 'PUT',
    path: '/v1/orgs/{org_id}',
    chapter: 'Offers',
    summary: "Name an organisation's custodian",
    description:
      'An organisation has exactly one: orders in its name are for this participant alone. Another replaces it.',
    permission: 'orgs:manage',
    input: { path: z.strictObject({ org_id: id }), body: z.strictObject({ custodian_participant_id: id }) },
    answer: orgRecord,
    refusals: [],
    async run({ path: { org_id: orgId }, body: { custodian_participant_id: custodian }, caller }) {
      const outcome = await store.submit({ type: 'set-org', orgId, custodian, actor: caller.keyId });
      return refusalOf(outcome) ?? done(answerOf<OrgRecord>(outcome));
    },
  });
}
