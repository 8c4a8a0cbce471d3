/** The budget gate's facts: each holds the rows it changed, and who said what. */
import type { Change, Decided, Fact, Row } from '../base/decision.ts';
import { rowsOf } from './row-facts.ts';

export const BUDGET_FACTS = [
  'otb/merchant-set.v1',
  'otb/budget-drafted.v1',
  'otb/budget-activated.v1',
  'otb/budget-revised.v1',
  'otb/budgets-imported.v1',
  'otb/allocation-set.v1',
  'otb/policy-set.v1',
  'otb/period-locked.v1',
  'otb/period-unlocked.v1',
  'otb/period-closed.v1',
  'otb/gate-allowed.v1',
  'otb/gate-challenged.v1',
  'otb/gate-refused.v1',
  'otb/gate-paid.v1',
  'otb/decision-reported.v1',
  'otb/reservation-ended.v1',
  'otb/order-linked.v1',
  'otb/order-rolled.v1',
  'otb/invoice-recorded.v1',
  'otb/invoice-closed.v1',
  'otb/invoice-settled.v1',
  'otb/root-key-sealed.v1',
  'otb/lightning-cursor-moved.v1',
  'otb/release-requested.v1',
  'otb/release-decided.v1',
  'otb/actuals-recorded.v1',
  'otb/reconciliation-begun.v1',
  'otb/reconciliation-advanced.v1',
  'otb/reconciliation-ended.v1',
  'otb/export-changed.v1',
] as const;

export type BudgetFact = (typeof BUDGET_FACTS)[number];

interface Recorded {
  readonly type: BudgetFact;
  readonly subject: string;
  readonly answer: string | object;
  readonly changes: readonly Change[];
  /** Only where a repeat is recognised by a key of the journal. */
  readonly keyed?: { readonly key: string; readonly request: string };
  /** What else the fact tells: who, why, how much. JSON values only. */
  readonly said: Readonly<Record<string, string | number | boolean | null>>;
}

const KEY_FACT = 'otb/root-key-sealed.v1';

/**
 * The fact of a command, and its answer. A sealed root key stands in a fact of its own behind it, as the row's next state: so
 * evidence can show everything else about a decision, and never that (B-06).
 */
export function budgetRecorded({ type, subject, answer, changes, keyed, said }: Recorded): Decided {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const sealed = type === KEY_FACT ? [] : changes.filter(({ row }) => typeof row['root_key_sealed'] === 'string');
  const shown = changes.map((change) =>
    sealed.includes(change) ? withRow(change, { root_key_sealed: null }) : change,
  );
  const kept = sealed.map((change) => withRow(change, { version: BigInt(change.row['version'] ?? 0n) + 1n }));
  const fact: Fact = {
    type,
    subject,
    key: keyed?.key ?? null,
    request: keyed?.request ?? null,
    answer: keyed === undefined ? null : text,
    body: JSON.stringify({ ...said, rows: rowsOf(shown) }),
  };
  const plain = { key: null, request: null, answer: null };
  const keyFacts = kept.map((change): Fact => ({
    type: KEY_FACT,
    subject,
    ...plain,
    body: JSON.stringify({ rows: rowsOf([change]) }),
  }));
  return { answer: text, code: null, facts: [fact, ...keyFacts], changes: [...shown, ...kept] };
}

const withRow = ({ table, row }: Change, values: Row): Change => ({ table, row: { ...row, ...values } });
