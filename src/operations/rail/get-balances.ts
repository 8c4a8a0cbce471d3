/** `GET /v1/balances`: BALANCE over HTTP (P-24), with an ETag for those who poll it. */
import * as z from 'zod';
import { defineOperation, doneText, type ApiOperation } from '../api-operation.ts';
import type { Operation } from '../operation.ts';
import { integer } from '../schemas.ts';
import { isRefusal, railRefusal } from './refusal.ts';

export function getBalances(readBalances: Operation): ApiOperation {
  return defineOperation({
    name: 'getBalances',
    method: 'GET',
    path: '/v1/balances',
    chapter: 'Payment rail',
    summary: 'All operational balances and their total',
    permission: 'balances:read',
    input: {},
    polled: true,
    answer: z.strictObject({ balances: z.record(z.string(), integer), total: integer }),
    refusals: ['accounts_unreachable'],
    async run() {
      const answer = await readBalances({});
      return isRefusal(answer) ? railRefusal(answer) : doneText(answer);
    },
  });
}
