/** `purser inbox`: receipts that funding gateways handed over. They are money once they are credited. */
import type { Inbox } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { argument, choice, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';
import { appliedColumns } from './top-up.ts';

const columns: readonly Column<Inbox>[] = [
  column('RECEIPT', ({ receipt_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('ACCOUNT', ({ account_id: id }) => id),
  amountColumn('AMOUNT', ({ amount }) => amount),
  amountColumn('GROSS', ({ gross }) => gross),
  column('GATEWAY', ({ gateway_node_id: id }) => id),
  column('SIGNATURE', ({ verified }) => (verified ? 'good' : 'not checked')),
  column('FROM', ({ source }) => source),
  column('RECEIVED', ({ received_at: at }) => at),
  column('REASON', ({ reason }) => reason),
];

export const inboxCommands: readonly Command[] = [
  listCommand({
    resource: 'inbox',
    verb: 'list',
    summary: 'receipts that funding gateways handed over, the newest first',
    fields: {
      state: choice(['waiting', 'credited', 'refused'], 'only receipts in this state'),
      account: text('ACCOUNT', 'only those for this account'),
    },
    columns,
    list: (client, { account, ...query }, options) => client.listInbox({ ...query, account_id: account }, options),
  }),
  recordCommand({
    resource: 'inbox',
    verb: 'credit',
    summary: 'credit a receipt of the inbox, once',
    notes: 'Takes the operator token of the server: no key can do it.',
    fields: { receipt_id: argument(text('RECEIPT', 'the id of the receipt')) },
    columns: appliedColumns,
    ask: (client, values, { signal }) => client.creditReceipt(values, { signal }),
  }),
];
