/** `GET /v1/stats`: STATS over HTTP (P-16), counters of this process since its start. */
import * as z from 'zod';
import { defineOperation, doneText, type ApiOperation } from '../api-operation.ts';
import { counterNames, type Stats } from '../stats.ts';

const count = z.int().min(0);

export function getStats(stats: Stats): ApiOperation {
  return defineOperation({
    name: 'getStats',
    method: 'GET',
    path: '/v1/stats',
    chapter: 'Payment rail',
    summary: 'Counters of transfers of this server since its start',
    permission: 'stats:read',
    input: {},
    answer: z.strictObject(Object.fromEntries(counterNames.map((name) => [name, count]))),
    refusals: [],
    run: () => doneText(stats.toJson()),
  });
}
