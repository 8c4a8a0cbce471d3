/** `purser hold`: money that is reserved for an order, and an operator's moves of it. */
import type { Client, Hold } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { amount, argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, Table, type Column } from '../table.ts';

const hold = argument(text('HOLD', "the hold's id"));

const columns: readonly Column<Hold>[] = [
  column('HOLD', ({ hold_id: id }) => id),
  column('STATE', ({ state }) => state),
  amountColumn('AMOUNT', ({ amount: units }) => units),
  column('PAYER', ({ payer_account_id: payer }) => payer),
  column('PAYEE', ({ payee_account_id: payee }) => payee),
  column('ORDER', ({ order_id: order }) => order),
  column('CREATED', ({ created_at: at }) => at),
];

const details: readonly Column<Hold>[] = [
  ...columns,
  column('CONTRACT', ({ contract_id: contract }) => contract),
  column('POLICY', ({ policy_ref: policy }) => policy),
  column('WORK BY', ({ deadlines }) => deadlines.work_by),
  column('ACCEPT BY', ({ deadlines }) => deadlines.accept_by),
  column('DISPUTE BY', ({ deadlines }) => deadlines.dispute_by),
  column('RELEASE AFTER', ({ deadlines }) => deadlines.auto_release_after),
];

function historyOf({ history }: Hold): string {
  type Move = Hold['history'][number];
  const moves: readonly Column<Move>[] = [
    column('AT', ({ at }) => at),
    column('STATE', ({ state }) => state),
    column('BY', ({ actor }) => actor),
    column('REASON', ({ reason }) => reason),
  ];
  return new Table(moves).rows(history);
}

const below = (answer: Hold) => [{ title: 'HISTORY', text: historyOf(answer) }];

type MoveName = 'releaseHold' | 'refundHold' | 'freezeHold' | 'voidHold';

function moveCommand(verb: string, summary: string, name: MoveName): Command {
  return recordCommand({
    resource: 'hold',
    verb,
    summary,
    notes: 'Repeated, it shows the hold as it is and changes nothing.',
    fields: { hold_id: hold, reason: required(text('TEXT', 'why; it stands in the journal for ever')) },
    columns: details,
    below,
    ask: (client: Client, values, asking) => remarked(client.call(name, values, asking), asking),
  });
}

export const holdCommands: readonly Command[] = [
  recordCommand({
    resource: 'hold',
    verb: 'show',
    summary: 'a hold and how it came to its state',
    fields: { hold_id: hold },
    columns: details,
    below,
    ask: (client, values, { signal }) => client.readHold(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readHold', values, { signal }),
  }),
  listCommand({
    resource: 'hold',
    verb: 'list',
    summary: 'holds, the newest first',
    fields: {
      state: choice(['active', 'frozen', 'released', 'refunded', 'voided'], 'only holds in this state'),
      account: text('ACCOUNT', 'only holds of this payer or payee'),
      order: text('ORDER', 'only the hold of this order'),
    },
    columns,
    list: (client, { account, order, ...query }, options) =>
      client.listHolds({ ...query, account_id: account, order_id: order }, options),
  }),
  recordCommand({
    resource: 'hold',
    verb: 'create',
    summary: "reserve a payer's money for an order, once",
    notes:
      'The order is the key: the same again shows the hold that is there. Without a deadline it is refunded after seven days.',
    fields: {
      payer: required(text('ACCOUNT', 'whose money')),
      payee: required(text('ACCOUNT', 'who is to get it')),
      amount: required(amount('how much')),
      order: required(text('ORDER', 'for what')),
      hold_id: text('HOLD', 'the id of the hold; made up without it'),
      contract: text('CONTRACT', 'a contract that it belongs to'),
      policy_ref: text('TEXT', 'the policy that allows it'),
      work_by: text('TIME', 'refunded when the work is not there by then, as 2027-01-31T12:00:00Z'),
      accept_by: text('TIME', 'by when the payer should accept'),
      dispute_by: text('TIME', 'by when the payer may dispute'),
      auto_release_after: text('TIME', 'released after that without a word of the payer'),
    },
    columns: details,
    below,
    ask: (client, values, asking) =>
      remarked(
        client.call('createHold', holdOf(values), asking),
        asking,
        'This order has its hold already; nothing was reserved again.',
      ),
  }),
  moveCommand('release', 'give the money to the payee', 'releaseHold'),
  moveCommand('refund', 'give the money back, after execution', 'refundHold'),
  moveCommand('freeze', 'stop the hold until a dispute is resolved', 'freezeHold'),
  moveCommand('void', 'give the money back, before execution', 'voidHold'),
];

type Typed = Readonly<
  Record<'payer' | 'payee' | 'order', string> & { amount: number } & Record<
      'hold_id' | 'contract' | 'policy_ref' | 'work_by' | 'accept_by' | 'dispute_by' | 'auto_release_after',
      string | undefined
    >
>;

function holdOf({ payer, payee, order, contract, work_by, accept_by, dispute_by, auto_release_after, ...rest }: Typed) {
  const deadlines = { work_by, accept_by, dispute_by, auto_release_after };
  const has = Object.values(deadlines).some((time) => time !== undefined);
  return {
    ...rest,
    payer_account_id: payer,
    payee_account_id: payee,
    order_id: order,
    contract_id: contract,
    ...(has ? { deadlines } : {}),
  };
}
