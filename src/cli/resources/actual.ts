/** `purser actual`: what really happened, told from outside, for the next reconciliation. */
import type { Actual, RecordActualsAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { amount, argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, Table, type Column } from '../table.ts';

const kinds = ['receipt', 'order', 'cancellation', 'return', 'chargeback', 'invoice'] as const;

const columns: readonly Column<Actual>[] = [
  column('DOCUMENT', ({ document_id: id }) => id),
  column('KIND', ({ kind }) => kind),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period }) => period),
  column('CATEGORY', ({ category }) => category),
  column('DECISION', ({ decision_id: id }) => id),
  column('OCCURRED', ({ occurred_at: at }) => at),
];

type Result = RecordActualsAnswer['results'][number];

const resultColumns: readonly Column<Result>[] = [
  column('DOCUMENT', ({ document_id: id }) => id),
  column('KIND', ({ kind }) => kind),
  column('OUTCOME', ({ outcome }) => outcome),
];

export const actualCommands: readonly Command[] = [
  listCommand({
    resource: 'actual',
    verb: 'list',
    summary: 'documents that were recorded, the newest first',
    fields: {
      merchant_id: text('MERCHANT', 'only of this merchant'),
      kind: choice(kinds, 'only of this kind'),
      period: text('PERIOD', 'only of this period'),
      decision_id: text('DECISION', 'only those that name this decision'),
    },
    columns,
    list: (client, query, options) => client.listActuals(query, options),
  }),
  recordCommand({
    resource: 'actual',
    verb: 'record',
    summary: 'record a document, once',
    notes:
      'The same again changes nothing; with other content it is refused. Many at once: POST /l402-otb/actuals takes a file.',
    fields: {
      document_id: argument(text('DOCUMENT', 'its id; of a receipt vendor, vendor’s invoice and location together')),
      merchant_id: required(text('MERCHANT', 'whose budget')),
      kind: required(choice(kinds, 'what it is')),
      amount_cents: required(amount('how much')),
      period: required(text('PERIOD', 'in which period it counts')),
      occurred_at: required(text('TIME', 'when it happened, as 2027-01-31T12:00:00Z')),
      category: text('CATEGORY', 'of the merchant as a whole without it'),
      decision_id: text('DECISION', 'the decision that it belongs to'),
    },
    columns: [column('MERCHANT', ({ merchant_id: id }: RecordActualsAnswer) => id)],
    below: ({ results }) => [{ title: 'DOCUMENTS', text: new Table(resultColumns).rows(results) }],
    ask: (client, { merchant_id: merchant, ...item }, { signal }) =>
      client.recordActuals({ merchant_id: merchant, items: [item] }, { signal }),
  }),
];
