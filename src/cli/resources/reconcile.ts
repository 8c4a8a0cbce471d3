/** `purser reconcile`: budgets against what really happened. */
import type { Adjustment, Reconciliation } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { argument, text } from '../fields.ts';
import { amountColumn, column, Table, type Column } from '../table.ts';

const columns: readonly Column<Reconciliation>[] = [
  column('RUN', ({ run_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('WATERMARK', ({ watermark }) => watermark),
  column('BUCKETS', ({ buckets }) => buckets),
  column('ADJUSTMENTS', ({ adjustments }) => adjustments),
  amountColumn('DRIFT', ({ drift_cents: cents }) => cents),
  column('STARTED', ({ started_at: at }) => at),
  column('ENDED', ({ ended_at: at }) => at),
];

const changeColumns: readonly Column<Adjustment>[] = [
  column('CAUSE', ({ cause }) => cause),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  amountColumn('GATE', ({ expected_cents: cents }) => cents),
  amountColumn('DOCUMENTS', ({ actual_cents: cents }) => cents),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period }) => period),
  column('CATEGORY', ({ category }) => category),
  column('AT', ({ at }) => at),
];

export const reconcileCommands: readonly Command[] = [
  recordCommand({
    resource: 'reconcile',
    verb: 'run',
    summary: 'reconcile now, and show what was booked',
    fields: {},
    columns,
    below: ({ changes }) => [{ title: 'BOOKED', text: new Table(changeColumns).rows(changes) }],
    ask: (client, _, { signal }) => client.reconcile({}, { signal }),
  }),
  listCommand({
    resource: 'reconcile',
    verb: 'list',
    summary: 'runs that have ended, the oldest first',
    fields: {
      since: text('TIME', 'only runs that started after that, as 2027-01-31T12:00:00Z'),
      merchant_id: text('MERCHANT', 'what was booked for this merchant'),
    },
    columns,
    list: (client, query, options) => client.listReconciliations(query, options),
  }),
  listCommand({
    resource: 'reconcile',
    verb: 'adjustments',
    summary: 'everything that a run booked, the newest first',
    fields: {
      run_id: argument(text('RUN', 'the id of the run')),
      merchant_id: text('MERCHANT', 'only of this merchant'),
    },
    columns: changeColumns,
    list: (client, query, options) => client.listAdjustments(query, options),
  }),
];
