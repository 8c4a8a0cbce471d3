/** The buyer bridge's own facts: each holds the rows it changed, and who said what. What becomes of holds is the ledger's to record. */
import type { Change, Decided } from '../base/decision.ts';
import type { ExecutionEvent } from '../orders/closeout.ts';
import type { Keyed } from './answers.ts';
import type { LedgerStep } from './holds.ts';
import { rowFact } from './row-facts.ts';

export const ORDER_FACTS = [
  'orders/org-set.v1',
  'orders/offer-published.v1',
  'orders/offer-withdrawn.v1',
  'orders/order-placed.v1',
  'orders/order-rejected.v1',
  'orders/execution-opened.v1',
  'orders/provider-accepted.v1',
  'orders/provider-declined.v1',
  'orders/result-reported.v1',
  'orders/execution-accepted.v1',
  'orders/execution-rejected.v1',
  'orders/execution-released.v1',
  'orders/execution-refunded.v1',
  'orders/execution-expired.v1',
  'orders/execution-auto-released.v1',
  'orders/dispute-opened.v1',
  'orders/dispute-resolved.v1',
] as const;

export type OrderFact = (typeof ORDER_FACTS)[number];

export const eventFacts: Readonly<Record<ExecutionEvent, OrderFact>> = {
  'provider-accept': 'orders/provider-accepted.v1',
  'provider-decline': 'orders/provider-declined.v1',
  completed: 'orders/result-reported.v1',
  failed: 'orders/result-reported.v1',
  rejected: 'orders/result-reported.v1',
  'dispatch-error': 'orders/result-reported.v1',
  accept: 'orders/execution-accepted.v1',
  reject: 'orders/execution-rejected.v1',
  'operator-release': 'orders/execution-released.v1',
  'operator-refund': 'orders/execution-refunded.v1',
  'work-by': 'orders/execution-expired.v1',
  'auto-release': 'orders/execution-auto-released.v1',
  dispute: 'orders/dispute-opened.v1',
  'arbiter-for-payer': 'orders/dispute-resolved.v1',
  'arbiter-for-payee': 'orders/dispute-resolved.v1',
};

interface Recorded {
  readonly type: OrderFact;
  readonly subject: string;
  readonly answer: object;
  readonly changes: readonly Change[];
  /** Only where a repeat is recognised by a key; orders are by their row. */
  readonly keyed?: Keyed;
  readonly said: { readonly actor: string | null; readonly reason?: string | null; readonly event?: ExecutionEvent };
  /** What became of the hold and of the budget, each in a fact of its own behind this one. */
  readonly ledger?: LedgerStep | undefined;
  readonly budget?: LedgerStep | undefined;
}

export function recorded({ type, subject, answer, changes, keyed, said, ledger, budget }: Recorded): Decided {
  const text = JSON.stringify(answer);
  const fact = rowFact({ type, subject, changes, said, keyed: keyed && { ...keyed, answer: text } });
  const steps = [ledger, budget].filter((step) => step !== undefined);
  return {
    answer: text,
    code: null,
    facts: [fact, ...steps.map((step) => step.fact)],
    changes: [...changes, ...steps.flatMap((step) => step.changes)],
  };
}
