/** `purser balance`: the operational balances of the payment rail. */
import type { GetBalancesAnswer } from '../../client/client.ts';
import { recordCommand, type Command } from '../command.ts';
import { amountColumn, column, Table } from '../table.ts';

/** A table below; the total is the record. */
function balancesOf({ balances }: GetBalancesAnswer): string {
  const columns = [
    column<[string, number]>('BALANCE', ([name]) => name),
    amountColumn<[string, number]>('AMOUNT', ([, amount]) => amount),
  ];
  return new Table(columns).rows(Object.entries(balances));
}

export const balanceCommands: readonly Command[] = [
  recordCommand({
    resource: 'balance',
    verb: '',
    summary: 'all operational balances of the payment rail and their total',
    fields: {},
    columns: [amountColumn('TOTAL', ({ total }: GetBalancesAnswer) => total)],
    below: (answer) => [{ title: 'BALANCES', text: balancesOf(answer) }],
    ask: (client, _, { signal }) => client.getBalances({}, { signal }),
    changes: (client, _, { signal }) => client.changes('getBalances', {}, { signal }),
  }),
];
