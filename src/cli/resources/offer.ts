/** `purser offer`: what providers offer, and for how much. */
import type { Offer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { argument, choice, integer, required, text, type Fields, type Values } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const offer = argument(text('OFFER', "the offer's id"));
const units = ['per-item', 'per-character-block', 'per-request', 'per-task', 'flat'] as const;

const columns: readonly Column<Offer>[] = [
  column('OFFER', ({ offer_id: id }) => id),
  column('SEQ', ({ sequence_no: number }) => number),
  column('STATUS', ({ status }) => status),
  column('PROVIDER', ({ provider_participant_id: id }) => id),
  column('SERVICE', ({ service_type: service }) => service),
  amountColumn('PRICE', ({ price_amount: price }) => price),
  column('UNIT', ({ unit_kind: kind }) => kind),
  column('EXPIRES', ({ expires_at: at }) => at),
];

const details: readonly Column<Offer>[] = [
  ...columns,
  column('NODE', ({ provider_node_id: id }) => id),
  column('AT A TIME', ({ max_queue_depth: depth }) => depth),
  column('ACCEPTS', ({ auto_accept: byItself }) => (byItself ? 'by itself' : 'when the provider does')),
  column('DESCRIPTION', ({ description }) => description),
];

const terms = {
  offer_id: text('OFFER', 'the id of the offer; made up without it'),
  seq: required(integer('N', 'its sequence number: a greater one supersedes what was offered before')),
  provider: required(text('PARTICIPANT', 'who offers')),
  node: required(text('NODE', 'the node of the provider')),
  service: required(text('TYPE', 'the type of the service')),
  price: required(integer('MINOR', 'of one unit, in minor units: 1250 is 12.50; 0 is for nothing')),
  unit: required(choice(units, 'what one unit is')),
  depth: required(integer('N', 'so many executions without a result at the same time')),
  description: text('TEXT', 'for people'),
  expires_at: text('TIME', 'good until then, as 2027-01-31T12:00:00Z; for ever without it'),
  accept: choice(['by-itself', 'on-request'], 'whether each execution waits for the provider; by-itself without it'),
} as const satisfies Fields;

export const offerCommands: readonly Command[] = [
  recordCommand({
    resource: 'offer',
    verb: 'publish',
    summary: 'offer a service, or change what is offered by a greater sequence number',
    notes: 'The same again shows the offer; the same sequence number with other terms is refused.',
    fields: terms,
    columns: details,
    ask: (client, values, asking) =>
      remarked(
        client.call('publishOffer', offerOf(values), asking),
        asking,
        'It was published before; nothing has changed.',
      ),
  }),
  recordCommand({
    resource: 'offer',
    verb: 'withdraw',
    summary: 'take an offer back; what was opened goes on',
    notes: 'Repeated, it shows the offer as it is and changes nothing.',
    fields: { offer_id: offer, reason: required(text('TEXT', 'why; it stands in the journal for ever')) },
    columns: details,
    ask: (client, values, { signal }) => client.withdrawOffer(values, { signal }),
  }),
  recordCommand({
    resource: 'offer',
    verb: 'show',
    summary: 'an offer with its latest sequence number',
    fields: { offer_id: offer },
    columns: details,
    ask: (client, values, { signal }) => client.readOffer(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readOffer', values, { signal }),
  }),
  listCommand({
    resource: 'offer',
    verb: 'list',
    summary: 'offers, the newest first',
    fields: {
      provider: text('PARTICIPANT', 'only offers of this provider'),
      service: text('TYPE', 'only offers of this type of service'),
      status: choice(['active', 'withdrawn'], 'only offers in this state'),
    },
    columns,
    list: (client, { provider, service, ...query }, options) =>
      client.listOffers({ ...query, provider_participant_id: provider, service_type: service }, options),
  }),
];

function offerOf({ seq, provider, node, service, price, unit, depth, accept, ...rest }: Values<typeof terms>) {
  return {
    ...rest,
    sequence_no: seq,
    provider_participant_id: provider,
    provider_node_id: node,
    service_type: service,
    price_amount: price,
    price_currency: 'ORC' as const,
    unit_kind: unit,
    max_queue_depth: depth,
    auto_accept: accept !== 'on-request',
  };
}
