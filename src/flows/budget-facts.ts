/** The budget gate's facts: each holds the rows it changed, and who said what. */
import type { Change, Decided, Row } from '../base/decision.ts';
import type { Keyed } from './answers.ts';
import { rowFact } from './row-facts.ts';

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
  'otb/invoice-held.v1',
  'otb/invoice-hold-ended.v1',
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

/** What a fact tells beside its rows: who, why, how much. JSON values only. */
export type BudgetSaid = Readonly<Record<string, string | number | boolean | null>>;

interface Recorded {
  readonly type: BudgetFact;
  readonly subject: string;
  readonly answer: string | object;
  readonly changes: readonly Change[];
  /** Only where a repeat is recognised by a key of the journal. */
  readonly keyed?: Keyed | null;
  readonly said: BudgetSaid;
}

const KEY_FACT = 'otb/root-key-sealed.v1';

/**
 * The fact of a command, and its answer. A sealed root key, or preimage, stands in a fact of its own behind it, as the row's next
 * state: so evidence can show everything else about a decision, and never that (B-06).
 */
export function budgetRecorded({ type, subject, answer, changes, keyed, said }: Recorded): Decided {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const sealed = type === KEY_FACT ? [] : changes.filter(holdsSecret);
  const shown = changes.map((change) =>
    sealed.includes(change) ? withRow(change, { root_key_sealed: null, preimage_sealed: null }) : change,
  );
  const kept = sealed.map((change) => withRow(change, { version: BigInt(change.row['version'] ?? 0n) + 1n }));
  const fact = rowFact({
    type,
    subject,
    changes: shown,
    said,
    keyed: keyed == null ? undefined : { ...keyed, answer: text },
  });
  const keyFacts = kept.map((change) => rowFact({ type: KEY_FACT, subject, changes: [change] }));
  return { answer: text, code: null, facts: [fact, ...keyFacts], changes: [...shown, ...kept] };
}

const holdsSecret = ({ row }: Change): boolean =>
  typeof row['root_key_sealed'] === 'string' || typeof row['preimage_sealed'] === 'string';

const withRow = ({ table, row }: Change, values: Row): Change => ({ table, row: { ...row, ...values } });
