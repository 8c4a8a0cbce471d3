/** `purser execution`: the work behind an order, from its begin to its payment. */
import { writeJson, type Client, type Execution, type ReadExecutionAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const execution = argument(text('EXECUTION', "the execution's id"));
const reason = required(text('TEXT', 'why; it stands in the journal for ever'));
const states = [
  'awaiting-provider',
  'opened',
  'awaiting-acceptance',
  'released',
  'failed',
  'rejected',
  'expired',
  'disputed',
] as const;

const columns: readonly Column<Execution>[] = [
  column('EXECUTION', ({ execution_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('ORDER', ({ order_id: id }) => id),
  column('PROVIDER', ({ provider_participant_id: id }) => id),
  amountColumn('PRICE', ({ price_amount: price }) => price),
  column('HOLD', ({ hold_id: id }) => id),
  column('RECEIPT', ({ receipt }) => receipt.status),
  column('DUE', ({ due_at: at }) => at),
  column('CREATED', ({ created_at: at }) => at),
];

const details: readonly Column<ReadExecutionAnswer>[] = [
  ...columns,
  column('HOLD STATE', ({ hold }) => hold?.state),
  column('AT ITS TIME', ({ due_event: event }) => event),
  column('RESULT', ({ result }) => result?.status),
  column('OUTPUT', ({ result }) => (result === null ? null : writeJson(result.output))),
  column('ERROR', ({ result }) => (result === null || result.error === null ? null : writeJson(result.error))),
  column('REASON', ({ reason: why }) => why),
  column('DISPUTE', ({ dispute_id: id }) => id),
  column('BUYER', ({ payer_account_id: id }) => id),
  column('OFFER', ({ offer_id: id, offer_seq: seq }) => `${id} ${seq}`),
];

const REPEATED = 'Repeated, it shows the execution as it is and changes nothing.';

/** What is done to an execution without a word, or with a reason. */
type SilentName = 'providerAccept' | 'acceptExecution';
type ReasonedName = 'providerDecline' | 'rejectExecution' | 'releaseExecution' | 'refundExecution';

const silent = (verb: string, summary: string, name: SilentName): Command =>
  recordCommand({
    resource: 'execution',
    verb,
    summary,
    notes: REPEATED,
    fields: { execution_id: execution },
    columns: details,
    ask: (client, values, asking) => remarked(client.call(name, values, asking), asking),
  });

const reasoned = (verb: string, summary: string, name: ReasonedName): Command =>
  recordCommand({
    resource: 'execution',
    verb,
    summary,
    notes: REPEATED,
    fields: { execution_id: execution, reason },
    columns: details,
    ask: (client, values, asking) => remarked(client.call(name, values, asking), asking),
  });

export const executionCommands: readonly Command[] = [
  recordCommand({
    resource: 'execution',
    verb: 'show',
    summary: 'an execution, its result and its hold',
    fields: { execution_id: execution },
    columns: details,
    ask: (client, values, { signal }) => client.readExecution(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readExecution', values, { signal }),
  }),
  listCommand({
    resource: 'execution',
    verb: 'list',
    summary: 'executions, the newest first',
    fields: {
      state: choice(states, 'only executions in this state'),
      account: text('ACCOUNT', 'only executions of this buyer or provider'),
      order: text('ORDER', 'only the execution of this order'),
      offer: text('OFFER', 'only executions of this offer'),
      run: text('ID', 'only executions of this run'),
    },
    columns,
    list: (client, { account, order, offer, run, ...query }, options) =>
      client.listExecutions({ ...query, account_id: account, order_id: order, offer_id: offer, run_id: run }, options),
  }),
  silent('provider-accept', 'take on the work of an offer that does not accept by itself', 'providerAccept'),
  reasoned('decline', 'decline the work before it has begun', 'providerDecline'),
  recordCommand({
    resource: 'execution',
    verb: 'result',
    summary: 'report what came of the work, once',
    notes: 'The same result again shows the execution; another one is refused.',
    fields: {
      execution_id: execution,
      status: required(choice(['completed', 'failed', 'rejected'], 'how it ended')),
      output: text('JSON', 'what the work is'),
      error: text('JSON', 'what went wrong'),
    },
    columns: details,
    ask: (client, values, asking) => remarked(report(client, values, asking.signal), asking),
  }),
  silent('accept', 'accept the work: the provider is paid', 'acceptExecution'),
  reasoned('reject', 'reject the work: the money goes back', 'rejectExecution'),
  reasoned('release', 'pay the provider, by hand', 'releaseExecution'),
  reasoned('refund', 'give the money back, by hand', 'refundExecution'),
];

interface Reported {
  readonly execution_id: string;
  readonly status: 'completed' | 'failed' | 'rejected';
  readonly output: string | undefined;
  readonly error: string | undefined;
}

const report = (client: Client, { output, error, ...rest }: Reported, signal: AbortSignal) =>
  client.call(
    'reportResult',
    { ...rest, output: jsonOf('--output', output), error: jsonOf('--error', error) },
    { signal },
  );

function jsonOf(flag: string, typed: string | undefined): unknown {
  try {
    return typed === undefined ? undefined : JSON.parse(typed);
  } catch {
    throw new UsageError(`${flag} must be JSON; a text stands in double quotes`);
  }
}
