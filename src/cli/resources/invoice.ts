/** `purser invoice`: what the gate asked to be paid, and what is owed to payers. */
import type { Invoice } from '../../client/client.ts';
import { listCommand, type Command } from '../command.ts';
import { choice, flag, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

const columns: readonly Column<Invoice>[] = [
  column('DECISION', ({ decision_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('KIND', ({ kind }) => kind),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('SATS', ({ price_sats: sats }) => String(sats)),
  column('USED', ({ consumed_at: at }) => at),
  column('OWED MSAT', ({ credit_msat: msat }) => (msat === 0 ? null : String(msat))),
  column('EXPIRES', ({ expires_at: at }) => at),
  column('CREATED', ({ created_at: at }) => at),
];

export const invoiceCommands: readonly Command[] = [
  listCommand({
    resource: 'invoice',
    verb: 'list',
    summary: 'invoices of challenges, the newest first',
    fields: {
      merchant: text('MERCHANT', 'only invoices of this merchant'),
      state: choice(['intended', 'open', 'held', 'settled', 'closed'], 'only invoices in this state'),
      owed: flag('only invoices of which something is owed to the payer'),
    },
    columns,
    list: (client, { merchant, owed, ...query }, options) =>
      client.listInvoices({ ...query, merchant_id: merchant, owed: owed && 'true' }, options),
  }),
];
