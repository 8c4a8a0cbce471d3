/** All invariants of settlement, orders and budgets over a database, in the order in which they are reported. */
import type { CheckResult } from './check-result.ts';
import { checkInvariant } from './invariant.ts';
import type { Snapshot } from './snapshot.ts';
import { budgetInvariants, checkCounters } from './verify-budgets.ts';
import type { DecisionAudit } from './verify-decisions.ts';
import { orderInvariants } from './verify-orders.ts';
import { settlementInvariants } from './verify-settlement.ts';

/** `audit` has seen every fact. */
export async function invariantChecks(
  snapshot: Snapshot,
  { flaws, openings }: Pick<DecisionAudit, 'flaws' | 'openings'>,
): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  for (const invariant of [...settlementInvariants, ...orderInvariants])
    checks.push(await checkInvariant(snapshot, invariant, flaws.get(invariant.name)));
  checks.push(await checkCounters(snapshot, openings));
  for (const invariant of budgetInvariants)
    checks.push(await checkInvariant(snapshot, invariant, flaws.get(invariant.name)));
  return checks;
}
