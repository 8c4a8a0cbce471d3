/** `GET /v1/facts/stream`: facts as they are recorded, as server-sent events that a client can resume. */
import * as z from 'zod';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { wholeNumber } from '../schemas.ts';
import type { FactFeed, FeedStart } from './feed.ts';
import { factType } from './list-facts.ts';

export function streamFacts(feed: FactFeed): ApiOperation {
  return defineOperation({
    name: 'streamFacts',
    method: 'GET',
    path: '/v1/facts/stream',
    chapter: 'Journal',
    summary: 'Facts as server-sent events, past and future',
    description:
      'Each event has the number of its fact as `id` and the fact as `data`. `Last-Event-ID` (or `after`) is the last ' +
      'number seen; `after=end` begins with what is recorded from now on. Without either the journal is sent from its beginning. ' +
      'While there is nothing new a comment line comes every so often.',
    permission: 'facts:read',
    input: {
      query: z.strictObject({
        after: z
          .union([z.literal('end'), wholeNumber(0, Number.MAX_SAFE_INTEGER)])
          .optional()
          .meta({ description: 'the number of the last fact seen, or `end`' }),
        type: factType.optional(),
      }),
    },
    mediaType: 'text/event-stream',
    refusals: ['overloaded'],
    async run({ query: { after, type }, headers }) {
      const resumed = headers.get('last-event-id');
      if (resumed !== null && !/^\d{1,15}$/.test(resumed))
        return refused('invalid_request', { field: 'Last-Event-ID' }, 'Last-Event-ID must be the number of a fact');
      const start: FeedStart = { after: resumed === null ? (after ?? 0) : Number(resumed), type };
      const stream = await feed.open(start);
      return stream === undefined ? refused('overloaded') : { outcome: 'streaming', stream };
    },
  });
}
