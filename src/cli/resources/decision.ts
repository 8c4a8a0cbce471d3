/** `purser decision`: what the gate decided, why, and what became of it. */
import type { Client, CommitDecisionAnswer, Decision, ExplainDecisionAnswer } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { amount, argument, choice, flag, text } from '../fields.ts';
import { amountColumn, column, Table, type Column } from '../table.ts';

const decision = argument(text('DECISION', "the decision's id"));
const states = [
  'challenged',
  'reserved',
  'committed',
  'received',
  'cancelled',
  'expired',
  'replaced',
  'refused',
] as const;

const columns: readonly Column<Decision>[] = [
  column('DECISION', ({ decision_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('DOCUMENT', ({ document }) => document),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  column('PAID', ({ paid }) => (paid ? 'yes' : 'no')),
  column('PERIOD', ({ period }) => period),
  column('CATEGORY', ({ bucket }) => bucket.category),
  column('CREATED', ({ created_at: at }) => at),
];

const details: readonly Column<Decision>[] = [
  ...columns,
  column('REASON', ({ reason }) => reason),
  column('ACTION', ({ action_kind: kind }) => kind),
  column('ACTOR', ({ actor_id: id }) => id),
  amountColumn('RESERVED', ({ reserved_cents: cents }) => cents),
  amountColumn('ON ORDER', ({ committed_cents: cents }) => cents),
  amountColumn('RECEIVED', ({ received_cents: cents }) => cents),
  column('MODE', ({ mode }) => mode),
  column('POLICY', ({ policy_id: id }) => id),
  column('REPLACES', ({ replaces }) => replaces),
  column('EXPIRES', ({ expires_at: at }) => at),
  column('INVOICE', ({ invoice }) => invoice?.state),
  column('SATS', ({ invoice }) => (invoice === null ? null : String(invoice.price_sats))),
];

const explained: readonly Column<ExplainDecisionAnswer>[] = [
  column('DECISION', ({ decision_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('OUTCOME', ({ outcome }) => outcome),
  column('REASON', ({ reason }) => reason),
  column('POLICY', ({ policy_id: id }) => id),
  column('MODE', ({ mode }) => mode),
  amountColumn('HEADROOM', ({ headroom_cents: cents }) => cents ?? null),
  amountColumn('GIVEN BACK', ({ given_back_cents: cents }) => cents ?? null),
  amountColumn('TOLERANCE', ({ tolerance_cents: cents }) => cents ?? null),
  amountColumn('EXCESS', ({ excess_cents: cents }) => cents ?? null),
  column('FORMULA', ({ formula }) => formula),
];

type Counters = NonNullable<ExplainDecisionAnswer['before']>;

function countersOf(counters: Counters | undefined): string {
  const named: readonly Column<readonly [string, number]>[] = [
    column('COUNTER', ([name]) => name),
    amountColumn('AMOUNT', ([, cents]) => cents),
  ];
  return new Table(named).rows(Object.entries(counters ?? {}));
}

const amounts = {
  decision_id: decision,
  amount: amount('all there is of it, where it is not said'),
  reference: text('TEXT', 'counts once; the same again changes nothing'),
};

type ReportName = 'commitDecision' | 'cancelDecision' | 'returnDecision' | 'chargebackDecision';

const report = (verb: string, summary: string, name: ReportName): Command =>
  recordCommand({
    resource: 'decision',
    verb,
    summary,
    fields: amounts,
    columns: details,
    ask: (client: Client, { amount: cents, ...values }, asking): Promise<CommitDecisionAnswer> =>
      remarked(client.call(name, { ...values, amount_cents: cents }, asking), asking),
  });

export const decisionCommands: readonly Command[] = [
  recordCommand({
    resource: 'decision',
    verb: 'show',
    summary: 'a decision and what became of its budget',
    fields: { decision_id: decision },
    columns: details,
    ask: (client, values, { signal }) => client.readDecision(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readDecision', values, { signal }),
  }),
  listCommand({
    resource: 'decision',
    verb: 'list',
    summary: 'decisions of the gate, the newest first',
    fields: {
      merchant: text('MERCHANT', 'only decisions of this merchant'),
      state: choice(states, 'only decisions in this state'),
      document: text('DOCUMENT', 'only this document: po:ID, transfer:ID or order:ID'),
      period: text('PERIOD', 'with a merchant: only decisions on this budget'),
      category: text('CATEGORY', 'with a period'),
      overdue: flag('only what is still expected though its period is over'),
    },
    columns,
    list: (client, { merchant, overdue, ...query }, options) =>
      client.listDecisions({ ...query, merchant_id: merchant, overdue: overdue && 'true' }, options),
  }),
  recordCommand({
    resource: 'decision',
    verb: 'explain',
    summary: 'how a decision was reached: counters and policy as they were',
    fields: { decision_id: decision },
    columns: explained,
    below: ({ before, after }) => [
      { title: 'BEFORE', text: countersOf(before) },
      { title: 'AFTER', text: countersOf(after) },
    ],
    ask: (client, values, { signal }) => client.explainDecision(values, { signal }),
  }),
  report('commit', 'the action goes through: reserved becomes on order', 'commitDecision'),
  report('cancel', 'the action does not go through: budget goes back', 'cancelDecision'),
  recordCommand({
    resource: 'decision',
    verb: 'receive',
    summary: 'goods have come: all, a part, or more than was ordered',
    fields: { ...amounts, final: choice(['yes'], 'nothing more will come: the rest goes back') },
    columns: details,
    ask(client: Client, { amount: cents, final, ...values }, asking) {
      const input = { ...values, amount_cents: cents, ...(final === undefined ? {} : { final: true }) };
      return remarked(client.call('receiveDecision', input, asking), asking);
    },
  }),
  report('return', 'goods went back', 'returnDecision'),
  report('chargeback', 'the vendor owes us for what came', 'chargebackDecision'),
];
