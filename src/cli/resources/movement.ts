/** `purser movement`: what settlement moves between the operational balances of the payment rail. */
import type { Movement } from '../../client/client.ts';
import { listCommand, type Command } from '../command.ts';
import { choice, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const columns: readonly Column<Movement>[] = [
  column('MOVEMENT', ({ movement_key: key }) => key),
  column('STATE', ({ state }) => state),
  amountColumn('AMOUNT', ({ amount }) => amount),
  column('FROM', ({ src }) => src),
  column('TO', ({ dst }) => dst),
  column('TRANSFER', ({ tx_id: id }) => id),
  column('REFUSALS', ({ refusals }) => refusals),
  column('LAST REFUSAL', ({ last_refusal: code }) => code),
  column('CREATED', ({ created_at: at }) => at),
];

export const movementCommands: readonly Command[] = [
  listCommand({
    resource: 'movement',
    verb: 'list',
    summary: 'movements that top-ups and holds asked for, the newest first',
    fields: {
      state: choice(['pending', 'done'], 'only movements in this state'),
      cause: text('ID', 'only those of this receipt or hold'),
    },
    columns,
    list: (client, query, options) => client.listMovements(query, options),
  }),
];
