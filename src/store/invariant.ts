/**
 * What must hold over the rows of a database, whichever decisions wrote them: a bug of ours that records wrong rows agrees with
 * its own facts, and only this finds it. Each rule is a query that gives the first bad record, in SQL that both engines have.
 */
import { checkResult, type CheckResult, type FirstBad } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';

/** A part of an invariant. */
interface Rule {
  /** Where its bad records are. */
  readonly table: string;
  /** Gives up to one row: key (`account_id=…`), expected, found; all of them text. */
  readonly sql: string;
}

export interface Invariant {
  /** `S…` settlement, `O…` orders, `B…` budgets: stable, operators and scripts know them. */
  readonly name: string;
  /** Tables whose rows it counts. */
  readonly of: readonly string[];
  readonly rules: readonly Rule[];
}

/** Checks one. `known` is what was found on the way through the facts: the first bad record, if there is one. */
export async function checkInvariant(
  snapshot: Snapshot,
  { name, of, rules }: Invariant,
  known?: FirstBad,
): Promise<CheckResult> {
  const counted: Record<string, number> = {};
  for (const table of of) counted[table] = await snapshot.count(table);
  return checkResult(name, counted, known ?? (await firstBad(snapshot, rules)));
}

async function firstBad(snapshot: Snapshot, rules: readonly Rule[]): Promise<FirstBad | undefined> {
  for (const { table, sql } of rules) {
    const [bad] = await snapshot.select(sql);
    if (bad !== undefined) return badRecord(table, bad);
  }
  return undefined;
}

/** A row that a rule gave, as a record. */
export function badRecord(table: string, [key, expected, found]: readonly unknown[]): FirstBad {
  return { table, key: String(key), expected: String(expected), found: String(found) };
}

/** Words as a list of SQL: only such as stand in our own code, none of them has a quote. */
export const listed = (words: Iterable<string>): string => `(${[...words].map((word) => `'${word}'`).join(', ')})`;
