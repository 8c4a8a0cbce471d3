/** What a scenario found wrong, by invariant; and the one line that each invariant gets in the report. */
import type { LedgerInvariant } from '../payments/invariants.ts';

/** The invariants of P-50, and `answers`: what callers were told is lawful, foretold and recorded. */
export const checks = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'answers'] as const satisfies readonly (
  LedgerInvariant | 'answers'
)[];
export type Check = (typeof checks)[number];

const meanings: Readonly<Record<Check, string>> = {
  I1: 'the total equals openings and inflows',
  I2: 'no balance is negative',
  I3: 'every debit has a credit or a rollback',
  I4: 'replaying the log gives the live balances',
  I5: 'every reference has one outcome, also when asked again',
  I6: 'every transaction has one legal shape',
  I7: 'every balance_after is what replay gives',
  answers: 'what was told is lawful, foretold and recorded',
};

export interface Finding {
  readonly check: Check;
  readonly subject: string;
  readonly message: string;
}

export class Findings {
  readonly #list: Finding[] = [];
  /** Entries that the audit went through. */
  rows = 0;
  inflows = 0n;

  get list(): readonly Finding[] {
    return this.#list;
  }

  add(check: Check, subject: string, message: string): void {
    this.#list.push({ check, subject, message });
  }

  of(check: Check): readonly Finding[] {
    return this.#list.filter((finding) => finding.check === check);
  }
}

export function meaningOf(check: Check): string {
  return meanings[check];
}
