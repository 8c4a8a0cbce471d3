/**
 * What must hold at each fact, and cannot be seen in rows that have changed since: money is neither made nor lost by any step
 * (S-05), and what the gate lets through without payment fits its budget at that moment (B-05). Facts of commands that changed
 * many rows are looked at one by one; memory holds what stands in buckets and policies, and nothing of holds or decisions.
 */
import type { Change, Row, Table } from '../base/decision.ts';
import { bucketKey, openToBuy, WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { toleranceOf } from '../budgets/judge.ts';
import { openingOf } from '../budgets/plan.ts';
import { policyOf, type PolicySettings } from '../budgets/policy.ts';
import { isLive, sumOf } from '../budgets/reports.ts';
import { allocations, budgets, decisions, policies, type BudgetRow } from '../budgets/tables.ts';
import type { StoredFact } from '../journal/audit.ts';
import { ledgerAccounts, ledgerEntries, topUps } from '../settlement/tables.ts';
import type { FirstBad } from './check-result.ts';

/** Facts by which the gate lets something through for nothing. Payments and special releases need no headroom. */
const ALLOWING: ReadonlySet<string> = new Set(['otb/gate-allowed.v1', 'otb/order-linked.v1']);

/** The rows of one table that a fact changed. */
function rowsIn<R extends Row>(changes: readonly Change[], table: Table<R>): readonly R[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows of that very table
  return changes.filter((change) => change.table === table).map(({ row }) => row as R);
}

export class DecisionAudit {
  /** The first bad record of S1, S3 and B4. */
  readonly flaws = new Map<string, FirstBad>();
  /** What plans in force brought in as commitments, by bucket. */
  readonly openings = new Map<string, bigint>();
  /** What each bucket's decisions held when a fact last told of it. */
  readonly #held = new Map<string, bigint>();
  readonly #policies = new Map<string, PolicySettings>();

  /** Takes the next fact and what it changed. */
  add(fact: StoredFact, changes: readonly Change[]): void {
    if (fact.type.startsWith('ledger/')) this.#ledger(fact, changes);
    else if (fact.type.startsWith('otb/')) this.#budget(fact, changes);
  }

  /** Each step conserves: with entries that follow each other (S3) so do the accounts, after every fact. */
  #ledger(fact: StoredFact, changes: readonly Change[]): void {
    const entries = rowsIn(changes, ledgerEntries);
    const paidIn = rowsIn(changes, topUps).reduce((sum, row) => sum + row.amount + row.fee_amount, 0n);
    const moved = entries.reduce((sum, row) => sum + row.available_change + row.held_change, 0n);
    if (moved !== paidIn) this.#fail('S1', fact, `${paidIn} more on all accounts together`, `${moved}`);
    const told = new Map(
      rowsIn(changes, ledgerAccounts).map((row) => [row.account_id, shown(row.available, row.held)]),
    );
    const after = new Map(entries.map((row) => [row.account_id, shown(row.available_after, row.held_after)]));
    for (const id of new Set([...told.keys(), ...after.keys()])) {
      const [expected, found] = [after.get(id) ?? 'none', told.get(id) ?? 'none'];
      if (expected !== found) this.#fail('S3', fact, `${id} as after its newest entry: ${expected}`, found);
    }
  }

  #budget(fact: StoredFact, changes: readonly Change[]): void {
    for (const row of rowsIn(changes, policies)) this.#policies.set(row.merchant_id, policyOf(row.settings));
    for (const row of rowsIn(changes, budgets)) this.#planned(row);
    if (ALLOWING.has(fact.type)) this.#allowed(fact, changes);
    for (const row of rowsIn(changes, allocations)) this.#held.set(row.bucket, sumOf(row));
  }

  /** A period has one budget in force; each revision says anew what was on order before it. */
  #planned(row: BudgetRow): void {
    if (row.status === 'draft') return;
    const bucket = bucketKey(row.merchant_id, row.period, WHOLE_MERCHANT);
    const opening = openingOf(row);
    if (opening === 0n) this.openings.delete(bucket);
    else this.openings.set(bucket, opening);
  }

  /** Giving back is never over budget, however little is left: only a bucket that holds more than before is asked. */
  #allowed(fact: StoredFact, changes: readonly Change[]): void {
    const buckets = rowsIn(changes, allocations);
    for (const decision of rowsIn(changes, decisions)) {
      const policy = this.#policies.get(decision.merchant_id) ?? policyOf(undefined);
      const bucket = buckets.find((row) => row.bucket === decision.bucket);
      const mode = fact.type === 'otb/gate-allowed.v1' ? policy.mode : decision.mode;
      if (bucket === undefined || !isLive(decision) || decision.paid === 1n || mode !== 'enforce') continue;
      const left = openToBuy(bucket);
      const tolerance = toleranceOf(bucket, policy);
      if (left >= -tolerance || sumOf(bucket) <= (this.#held.get(bucket.bucket) ?? 0n)) continue;
      this.#fail(
        'B4',
        fact,
        `no more let through than was left of ${bucket.bucket}, tolerance ${tolerance}`,
        `${left} left`,
      );
    }
  }

  #fail(name: 'S1' | 'S3' | 'B4', { seq, subject }: StoredFact, expected: string, found: string): void {
    if (this.flaws.has(name)) return;
    this.flaws.set(name, { table: 'facts', key: `seq=${seq} subject=${subject}`, expected, found });
  }
}

const shown = (available: bigint, held: bigint): string => `available ${available}, held ${held}`;
