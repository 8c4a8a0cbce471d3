/** `purser dispute`: executions that a buyer has stopped, and an arbiter's rulings. */
import type { Dispute, OpenDisputeAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const dispute = argument(text('DISPUTE', "the dispute's id"));

const columns: readonly Column<Dispute>[] = [
  column('DISPUTE', ({ dispute_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('ORDER', ({ order_id: id }) => id),
  column('BUYER', ({ payer_account_id: id }) => id),
  column('PROVIDER', ({ payee_account_id: id }) => id),
  column('REASON', ({ reason }) => reason),
  column('OPENED', ({ opened_at: at }) => at),
  column('FOR', ({ in_favour_of: side }) => side),
];

const details: readonly Column<OpenDisputeAnswer>[] = [
  ...columns,
  column('EXECUTION', ({ execution_id: id }) => id),
  column('HOLD', ({ hold_id: id }) => id),
  column('HOLD STATE', ({ hold }) => hold?.state),
  amountColumn('AMOUNT', ({ hold }) => hold?.amount ?? null),
  column('RULING', ({ resolution }) => resolution),
  column('RESOLVED', ({ resolved_at: at }) => at),
];

export const disputeCommands: readonly Command[] = [
  recordCommand({
    resource: 'dispute',
    verb: 'open',
    summary: 'stop an execution: its hold is frozen until an arbiter decides',
    notes: 'An execution has one dispute at most; repeated, it is shown as it is.',
    fields: {
      execution_id: argument(text('EXECUTION', 'the execution')),
      reason: required(text('TEXT', 'what is wrong; it stands in the journal for ever')),
    },
    columns: details,
    ask: (client, values, asking) =>
      remarked(
        client.call('openDispute', values, asking),
        asking,
        'This execution has its dispute already; nothing has changed.',
      ),
  }),
  recordCommand({
    resource: 'dispute',
    verb: 'resolve',
    summary: 'decide a dispute: for the payer the hold is refunded, for the payee released',
    notes: 'Repeated, it shows the dispute as it is and changes nothing.',
    fields: {
      dispute_id: dispute,
      for: required(choice(['payer', 'payee'], 'who is right')),
      reason: required(text('TEXT', 'why; it stands in the journal for ever')),
    },
    columns: details,
    ask: (client, { for: side, ...rest }, { signal }) =>
      client.resolveDispute({ ...rest, in_favour_of: side }, { signal }),
  }),
  recordCommand({
    resource: 'dispute',
    verb: 'show',
    summary: 'a dispute and its hold',
    fields: { dispute_id: dispute },
    columns: details,
    ask: (client, values, { signal }) => client.readDispute(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readDispute', values, { signal }),
  }),
  listCommand({
    resource: 'dispute',
    verb: 'list',
    summary: 'disputes, the newest first',
    fields: {
      state: choice(['open', 'resolved'], 'only disputes in this state'),
      account: text('ACCOUNT', 'only disputes of this buyer or provider'),
    },
    columns,
    list: (client, { account, ...query }, options) => client.listDisputes({ ...query, account_id: account }, options),
  }),
];
