/**
 * A command of many facts: each step sees what the steps before it changed, and has a number and an instant of its own, so that
 * any number of rows that are ordered by time can be written in one commit.
 */
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Decided, Fact, Row, Table, View } from '../base/decision.ts';
import type { Keyed } from './answers.ts';
import { budgetRecorded, type BudgetFact } from './budget-facts.ts';

interface Step {
  readonly type: BudgetFact;
  readonly subject: string;
  readonly changes: readonly Change[];
  readonly said: Readonly<Record<string, string | number | boolean | null>>;
}

export class Steps {
  readonly #view: View;
  readonly #rows = new Map<string, Row>();
  readonly #facts: Fact[] = [];
  readonly #changes: Change[] = [];

  constructor(view: View) {
    this.#view = view;
  }

  get isEmpty(): boolean {
    return this.#facts.length === 0;
  }

  /** What the next step sees. */
  get view(): View {
    const view = this.#view;
    const taken = this.#facts.length;
    const row = <R extends Row>(table: Table<R>, key: readonly string[]): R | undefined => {
      const changed = this.#rows.get(addressOf(table, key));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kept under its own table's name
      return (changed as R | undefined) ?? view.row(table, key);
    };
    return { ...view, row, seq: view.seq + taken, at: view.at + BigInt(taken) * INSTANT_NS };
  }

  add({ type, subject, changes, said }: Step): void {
    const { facts = [] } = budgetRecorded({ type, subject, answer: {}, changes, said });
    for (const { table, row } of changes) {
      const key = table.key.map((column) => String(row[column]));
      this.#rows.set(addressOf(table, key), row);
    }
    this.#facts.push(...facts);
    this.#changes.push(...changes);
  }

  /** `keyed`: the first fact keeps the caller's key, by which a repeat of the whole command is known. */
  decided(answer: object, keyed: Keyed | null = null): Decided {
    const text = JSON.stringify(answer);
    const [first, ...rest] = this.#facts;
    const facts = first === undefined || keyed === null ? this.#facts : [{ ...first, ...keyed, answer: text }, ...rest];
    return { answer: text, code: null, facts, changes: this.#changes };
  }
}

const addressOf = ({ name }: Table, key: readonly string[]): string => JSON.stringify([name, ...key]);
