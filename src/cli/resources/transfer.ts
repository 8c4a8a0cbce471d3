/** `purser transfer`: money between operational balances of the payment rail. */
import type { CreateTransferAnswer, Transfer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { amount, argument, required, text } from '../fields.ts';
import { amountColumn, column, Table, type Column } from '../table.ts';

const columns: readonly Column<Transfer>[] = [
  column('TRANSFER', ({ tx_id: id }) => id),
  column('OUTCOME', ({ outcome, state }) => outcome ?? state),
  amountColumn('AMOUNT', ({ amount: units }) => units),
  column('FROM', ({ src }) => src),
  column('TO', ({ dst }) => dst),
  column('KEY', ({ idempotency_key: key }) => key),
  column('CREATED', ({ created_at: at }) => at),
];

interface Step {
  readonly step: string;
  readonly result: string;
  readonly balance: string | null;
  readonly after: number | null;
}

const entry = (step: string, found: Transfer['debit'], none: string): Step => ({
  step,
  result: found === null ? none : 'done',
  balance: found?.balance ?? null,
  after: found?.balance_after ?? null,
});

function stepsOf({ risk, debit, credit, compensation }: Transfer): string {
  const steps: readonly Step[] = [
    { step: 'risk', result: risk.reason ?? risk.verdict, balance: null, after: null },
    entry('debit', debit, 'none'),
    entry('credit', credit, 'none'),
    ...(compensation === null
      ? []
      : [{ ...entry('compensation', compensation.entry, ''), result: compensation.state }]),
  ];
  const shown: readonly Column<Step>[] = [
    column('STEP', ({ step }) => step),
    column('RESULT', ({ result }) => result),
    column('BALANCE', ({ balance }) => balance),
    amountColumn('AFTER', ({ after }) => after),
  ];
  return new Table(shown).rows(steps);
}

const movedColumns: readonly Column<CreateTransferAnswer>[] = [
  column('TRANSFER', ({ tx_id: id }) => id),
  amountColumn('SOURCE NOW', ({ src_balance: balance }) => balance),
  amountColumn('DESTINATION NOW', ({ dst_balance: balance }) => balance),
];

export const transferCommands: readonly Command[] = [
  recordCommand({
    resource: 'transfer',
    verb: 'create',
    summary: 'move an amount from one operational balance to another, once',
    notes:
      'A key has one outcome for ever, refusals included. Without --key one is made up, and shown when no answer comes.',
    fields: {
      src: required(text('BALANCE', 'the operational balance to take it from')),
      dst: required(text('BALANCE', 'the one to give it to')),
      amount: required(amount('how much')),
      key: text('KEY', 'the idempotency key: with the same one it happens once, however often it is asked for'),
    },
    columns: movedColumns,
    ask: (client, { key, ...rest }, asking) =>
      remarked(
        client.call('createTransfer', { ...rest, idempotency_key: key }, asking),
        asking,
        'This key has its transfer already; nothing was moved again.',
      ),
  }),
  recordCommand({
    resource: 'transfer',
    verb: 'show',
    summary: 'a transfer with its steps',
    fields: { tx_id: argument(text('TRANSFER', "the transfer's id")) },
    columns,
    below: (answer) => [{ title: 'STEPS', text: stepsOf(answer) }],
    ask: (client, values, { signal }) => client.getTransfer(values, { signal }),
  }),
  listCommand({
    resource: 'transfer',
    verb: 'list',
    summary: 'transfers, the newest first',
    notes: 'With --balance or --outcome a page may be short or empty while more follow: see --all.',
    fields: {
      key: text('KEY', 'only the transfer of this idempotency key'),
      balance: text('BALANCE', 'only transfers from or to this balance'),
      outcome: text('CODE', 'only these: ok, in_progress, or the code of a refusal'),
    },
    columns,
    list: (client, { key, ...query }, options) => client.listTransfers({ ...query, idempotency_key: key }, options),
  }),
];
