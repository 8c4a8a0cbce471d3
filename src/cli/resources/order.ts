/** `purser order`: what buyers order, and what became of it. */
import { isObject } from '../../base/json.ts';
import type { Client, Input, Order, PlaceOrderAnswer, ReadOrderAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { amount, argument, choice, integer, text, type Fields, type Values } from '../fields.ts';
import { contentOf } from '../read-file.ts';
import { amountColumn, column, type Column } from '../table.ts';

const columns: readonly Column<Order>[] = [
  column('ORDER', ({ order_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('BUYER', ({ payer_account_id: id }) => id),
  column('PROVIDER', ({ provider_participant_id: id }) => id),
  column('OFFER', ({ offer_id: id }) => id),
  column('UNITS', ({ units }) => units),
  amountColumn('PRICE', ({ price_amount: price }) => price),
  column('CLASSIFIER', ({ result }) => (result?.result === 'rejected' ? result.classifier : null)),
  column('EXECUTION', ({ execution_id: id }) => id),
  column('CREATED', ({ created_at: at }) => at),
];

const details: readonly Column<ReadOrderAnswer>[] = [
  ...columns,
  column('REASON', ({ result }) => (result?.result === 'rejected' ? result.reason : null)),
  column('EXECUTION STATE', ({ execution_state: state }) => state),
  column('HOLD', ({ hold_id: id }) => id),
  column('HOLD STATE', ({ hold }) => hold?.state),
  column('RECEIPT', ({ receipt }) => receipt?.status),
  column('RUN', ({ run_id: id }) => id),
  column('PHASE', ({ phase_id: id }) => id),
  column('GATE DECISION', ({ gate_decision_id: id }) => id),
];

const resultColumns: readonly Column<PlaceOrderAnswer>[] = [
  column('RESULT', ({ result }) => result),
  column('ORDER', ({ order_id: id }) => id),
  column('EXECUTION', (answer) => (answer.result === 'rejected' ? null : answer.execution_id)),
  column('HOLD', (answer) => (answer.result === 'rejected' ? null : answer.hold_id)),
  amountColumn('PRICE', (answer) => (answer.result === 'rejected' ? null : answer.price_amount)),
  column('CLASSIFIER', (answer) => (answer.result === 'rejected' ? answer.classifier : null)),
  column('REASON', (answer) => (answer.result === 'rejected' ? answer.reason : null)),
];

const fields = {
  file: text('FILE', 'an order as JSON, in the form of POST /v1/orders; - reads standard input. Flags come before it'),
  order_id: text('ORDER', 'the id of the order, which is its key; made up without it'),
  org: text('ORG', 'the organisation that orders'),
  participant: text('PARTICIPANT', 'the participant that orders, where it is no organisation'),
  custodian: text('PARTICIPANT', 'who orders in the name of the organisation'),
  buyer_node: text('NODE', "the buyer's node; cli without it"),
  offer: text('OFFER', 'what is ordered'),
  seq: integer('N', 'its sequence number; the latest without it'),
  provider: text('PARTICIPANT', 'who offers it; as the offer says, without it'),
  node: text('NODE', "the provider's node; as the offer says, without it"),
  service: text('TYPE', 'the type of the service; as the offer says, without it'),
  units: integer('N', 'how many; 1 without it'),
  max_price: amount('what it may cost in all'),
  currency: text('CODE', 'the currency of that; ORC without it'),
  input: text('JSON', 'what the provider needs to know'),
  work_by: text('TIME', 'refunded when the work is not there by then, as 2027-01-31T12:00:00Z'),
  accept_by: text('TIME', 'until then silence is no acceptance yet, whatever the escrow policy says'),
  dispute_by: text('TIME', 'by when a dispute may be opened'),
  auto_release_after: text('TIME', 'released after that without a word of the buyer'),
  run: text('ID', 'the run of a workflow that it belongs to'),
  phase: text('ID', 'the phase of that run'),
  gate_decision: text('ID', "the budget gate's decision that allows it"),
} as const satisfies Fields;

export const orderCommands: readonly Command[] = [
  recordCommand({
    resource: 'order',
    verb: 'submit',
    summary: 'order what is offered: the price is held, and the work begins',
    notes:
      'Needs an offer, a buyer and --max-price, from flags or from --file. Exit code 1 when the order is rejected; one that is ' +
      'retryable may be submitted again under the same id.',
    fields,
    columns: resultColumns,
    async ask(client, values, { signal, note }) {
      const { body, replayed } = await client.call('placeOrder', await orderOf(client, values, signal), { signal });
      if (replayed && body.result !== 'rejected') note('This order was submitted before; nothing was held again.');
      return body;
    },
    rejection: (answer) =>
      answer.result === 'rejected'
        ? `the order is rejected: ${answer.reason} (${answer.classifier})${answer.retryable ? '\nSubmit it again later, under the same id' : ''}`
        : undefined,
  }),
  recordCommand({
    resource: 'order',
    verb: 'show',
    summary: 'an order, its hold and its receipt',
    fields: { order_id: argument(text('ORDER', "the order's id")) },
    columns: details,
    ask: (client, values, { signal }) => client.readOrder(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readOrder', values, { signal }),
  }),
  listCommand({
    resource: 'order',
    verb: 'list',
    summary: 'orders, the newest first',
    fields: {
      state: choice(['opening', 'opened', 'rejected'], 'only orders in this state'),
      account: text('ACCOUNT', 'only orders of this buyer or provider'),
      org: text('ORG', 'only orders of this organisation'),
      offer: text('OFFER', 'only orders of this offer'),
      run: text('ID', 'only orders of this run'),
    },
    columns,
    list: (client, { account, org, offer, run, ...query }, options) =>
      client.listOrders(
        {
          ...query,
          account_id: account,
          offer_id: offer,
          run_id: run,
          ...(org === undefined ? {} : { subject_kind: 'org', subject_id: org }),
        },
        options,
      ),
  }),
];

type Body = Input<'placeOrder'>;

async function orderOf(client: Client, values: Values<typeof fields>, signal: AbortSignal): Promise<Body> {
  const order: Readonly<Record<string, unknown>> = {
    buyer_node_id: 'cli',
    units: 1,
    max_price_currency: 'ORC',
    ...(values.file === undefined ? {} : await readOrderFile(values.file)),
    ...flagsOf(values),
  };
  const whole = { ...(await offerTerms(client, order, signal)), ...order };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server validates it, and names what is missing or wrong
  return whole as unknown as Body;
}

/** What the order does not say about its offer, it takes from the offer as it is now: the server judges it all the same. */
async function offerTerms(
  client: Client,
  { offer_id: offerId, ...order }: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Partial<Body>> {
  const needed = ['offer_seq', 'provider_participant_id', 'provider_node_id', 'service_type'];
  if (typeof offerId !== 'string') throw new UsageError('--offer OFFER is missing');
  if (needed.every((name) => order[name] !== undefined)) return {};
  const offer = await client.readOffer({ offer_id: offerId }, { signal });
  return {
    offer_seq: offer.sequence_no,
    provider_participant_id: offer.provider_participant_id,
    provider_node_id: offer.provider_node_id,
    service_type: offer.service_type,
  };
}

async function readOrderFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const order = parsed('--file', await contentOf('--file', file));
  if (isObject(order)) return order;
  throw new UsageError('--file must hold one JSON object');
}

function parsed(flag: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UsageError(`${flag} must be JSON`);
  }
}

/** Only what was typed. */
function flagsOf(values: Values<typeof fields>): Readonly<Record<string, unknown>> {
  const { org, participant, work_by, accept_by, dispute_by, auto_release_after } = values;
  if (org !== undefined && participant !== undefined)
    throw new UsageError('--org and --participant are two different buyers');
  const deadlines = typed({ work_by, accept_by, dispute_by, auto_release_after });
  return typed({
    order_id: values.order_id,
    subject_kind: org === undefined ? (participant === undefined ? undefined : 'participant') : 'org',
    subject_id: org ?? participant,
    operator_participant_id: values.custodian,
    buyer_node_id: values.buyer_node,
    offer_id: values.offer,
    offer_seq: values.seq,
    provider_participant_id: values.provider,
    provider_node_id: values.node,
    service_type: values.service,
    units: values.units,
    max_price_amount: values.max_price,
    max_price_currency: values.currency,
    input: values.input === undefined ? undefined : parsed('--input', values.input),
    deadlines: Object.keys(deadlines).length === 0 ? undefined : deadlines,
    run_id: values.run,
    phase_id: values.phase,
    gate_decision_id: values.gate_decision,
  });
}

const typed = (named: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
