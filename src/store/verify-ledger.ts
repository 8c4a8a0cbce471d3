/**
 * The invariants I1..I7 as checks of the database. In the split deployment a debit and its credit are two commits, so a
 * snapshot may hold debits that are on their way: as long as they are young, I3 counts them and I1 counts them in.
 */
import { limits } from '../base/limits.ts';
import type { LedgerAudit, LedgerInvariant, Violation } from '../payments/invariants.ts';
import { accounts, transactions } from '../payments/tables.ts';
import { checkResult, type CheckResult, type FirstBad } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';

/** A debit that has waited longer than this for its credit or rollback, by the journal's own time, is stranded. */
const UNDER_WAY_NS = BigInt(limits.verifyUnderWayMs) * 1_000_000n;

export interface LedgerFindings {
  readonly snapshot: Snapshot;
  readonly audit: LedgerAudit;
  /** What the accounts began with. */
  readonly openings: ReadonlyMap<string, bigint>;
  /** The live balances. */
  readonly accounts: ReadonlyMap<string, bigint>;
  /** The instant of the last fact. */
  readonly lastAt: bigint;
  readonly keys: number;
  /** I5 cannot be seen in rows: what facts and keys say about it. */
  readonly secondOutcome: FirstBad | undefined;
}

/** What each invariant expects, and what its check counts. */
const invariants: readonly { readonly name: LedgerInvariant; readonly expected: string }[] = [
  { name: 'I1', expected: 'balances that sum up to openings and inflows' },
  { name: 'I2', expected: 'no negative balance' },
  { name: 'I3', expected: 'a credit or a rollback for every debit' },
  { name: 'I4', expected: 'the balance that replaying the log gives' },
  { name: 'I5', expected: 'one outcome for each key' },
  { name: 'I6', expected: 'debit and credit, debit and rollback, a lone tombstone, or a lone credit in-…' },
  { name: 'I7', expected: 'the balance_after that replaying the log gives' },
];

export async function ledgerChecks(findings: LedgerFindings): Promise<CheckResult[]> {
  const { audit, keys, secondOutcome } = findings;
  const violations = audit.end(findings.accounts);
  const { underWay, stranded } = await openDebits(findings, violations);
  return invariants.map(({ name, expected }) => {
    if (name === 'I5') return checkResult(name, { keys }, secondOutcome);
    const counted =
      name === 'I1' || name === 'I4'
        ? { accounts: findings.accounts.size }
        : { rows: audit.rows, ...(name === 'I3' && underWay.count > 0 ? { under_way: underWay.count } : {}) };
    const violation = violations.find(({ invariant }) => invariant === name);
    if (violation === undefined) return checkResult(name, counted);
    if (name === 'I3' && stranded === undefined) return checkResult(name, counted);
    if (name === 'I1' && totalsAgree(findings, underWay.amount)) return checkResult(name, counted);
    const subject = name === 'I3' ? stranded! : violation.subject;
    return checkResult(name, counted, firstBad(name, { ...violation, subject }, expected));
  });
}

function firstBad(name: LedgerInvariant, { subject, message }: Violation, expected: string): FirstBad {
  if (name === 'I1') return { table: accounts.name, key: 'all', expected, found: message };
  if (name === 'I4') return { table: accounts.name, key: `id=${subject}`, expected, found: message };
  return { table: transactions.name, key: `tx_id=${subject}`, expected, found: message };
}

/** Debits without credit or rollback: how many are on their way, and the first that is too old to be. */
async function openDebits(
  { snapshot, lastAt }: LedgerFindings,
  violations: readonly Violation[],
): Promise<{ underWay: { count: number; amount: bigint }; stranded: string | undefined }> {
  const underWay = { count: 0, amount: 0n };
  if (!violations.some(({ invariant }) => invariant === 'I3')) return { underWay, stranded: undefined };
  for await (const rows of snapshot.openDebits()) {
    for (const [txId, amount, at] of rows) {
      if (typeof at !== 'bigint' || typeof amount !== 'bigint' || at + UNDER_WAY_NS < lastAt)
        return { underWay, stranded: String(txId) };
      underWay.count += 1;
      underWay.amount += amount;
    }
  }
  return { underWay, stranded: undefined };
}

function totalsAgree({ openings, accounts: balances, audit }: LedgerFindings, underWay: bigint): boolean {
  let total = underWay - audit.inflows;
  for (const amount of openings.values()) total -= amount;
  for (const balance of balances.values()) total += balance;
  return total === 0n;
}
