/** `purser account`: what accounts of the settlement ledger have, and how it came about. */
import type { Account, Entry } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { argument, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const account = argument(text('ACCOUNT', 'account:org:ID, account:participant:ID or account:community-pool'));

const columns: readonly Column<Account>[] = [
  column('ACCOUNT', ({ account_id: id }) => id),
  amountColumn('AVAILABLE', ({ available }) => available),
  amountColumn('HELD', ({ held }) => held),
  amountColumn('TOTAL', ({ total }) => total),
  column('UNIT', ({ unit }) => unit),
];

const entryColumns: readonly Column<Entry>[] = [
  column('AT', ({ at }) => at),
  column('KIND', ({ kind }) => kind),
  amountColumn('AVAILABLE +/-', ({ available_change: change }) => change),
  amountColumn('HELD +/-', ({ held_change: change }) => change),
  amountColumn('AVAILABLE', ({ available_after: after }) => after),
  amountColumn('HELD', ({ held_after: after }) => after),
  column('REFERENCE', ({ reference }) => reference),
];

export const accountCommands: readonly Command[] = [
  recordCommand({
    resource: 'account',
    verb: 'show',
    summary: 'what an account has; one that nobody has used yet has nothing',
    fields: { account_id: account },
    columns,
    ask: (client, values, { signal }) => client.readAccount(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readAccount', values, { signal }),
  }),
  listCommand({
    resource: 'account',
    verb: 'list',
    summary: 'all accounts that were ever used, in order of their names',
    fields: {},
    columns,
    list: (client, query, options) => client.listAccounts(query, options),
  }),
  listCommand({
    resource: 'account',
    verb: 'entries',
    summary: "an account's history, the newest first",
    fields: { account_id: account },
    columns: entryColumns,
    list: (client, query, options) => client.listEntries(query, options),
  }),
];
