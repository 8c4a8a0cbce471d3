/** `purser release`: blocked requests that somebody asked to let pass, and the decisions of those who may. */
import type { Client, Release, RequestReleaseAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const release = argument(text('RELEASE', "the release's id, which is its decision's"));
const states = ['requested', 'in_process', 'accepted', 'rejected'] as const;

const details: readonly Column<RequestReleaseAnswer>[] = [
  column('RELEASE', ({ release_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('MERCHANT', ({ merchant_id: id }) => id),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  column('PERIOD', ({ bucket }) => bucket.period),
  column('CATEGORY', ({ bucket }) => bucket.category),
  column('ASKED BY', ({ requested_by: who }) => who),
  column('REASON', ({ reason }) => reason),
  column('DECIDED BY', ({ decided_by: who }) => who),
  column('WHY', ({ decision_reason: why }) => why),
];

const columns: readonly Column<Release>[] = [...details, column('OTHERS', ({ others }) => String(others.length))];

const ending = (verb: 'accept' | 'reject', summary: string): Command =>
  recordCommand({
    resource: 'release',
    verb,
    summary,
    fields: { release_id: release, reason: required(text('TEXT', 'why; it stands in the journal for ever')) },
    columns: details,
    ask: (client: Client, values, asking): Promise<RequestReleaseAnswer> =>
      remarked(client.call(`${verb}Release`, values, asking), asking),
  });

export const releaseCommands: readonly Command[] = [
  listCommand({
    resource: 'release',
    verb: 'list',
    summary: 'blocked requests that somebody asked to let pass, the newest first',
    fields: {
      merchant: text('MERCHANT', 'only releases of this merchant'),
      state: choice(states, 'only releases in this state'),
    },
    columns,
    list: (client, { merchant, ...query }, options) =>
      client.listReleases({ ...query, merchant_id: merchant }, options),
  }),
  recordCommand({
    resource: 'release',
    verb: 'ask',
    summary: 'ask to let a blocked request pass',
    fields: {
      decision_id: argument(text('DECISION', 'the decision that was challenged or refused')),
      reason: required(text('TEXT', 'why; it stands in the journal for ever')),
    },
    columns: details,
    ask: (client, values, asking) =>
      remarked(
        client.call('requestRelease', values, asking),
        asking,
        'It has been asked for already; nothing has changed.',
      ),
  }),
  ending('accept', 'let the request pass'),
  ending('reject', 'do not let the request pass'),
];
