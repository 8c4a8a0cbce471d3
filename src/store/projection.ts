/**
 * The rows that follow from facts, for whoever writes tables anew: of a row that many facts changed only the last state. A
 * part of the facts is enough, when the rows of those before it are written already.
 */
import type { Row, Table } from '../base/decision.ts';
import { replayFact, type RecordedFact } from '../flows/replay.ts';
import { rowTables } from '../flows/row-facts.ts';
import { accounts, counters, openings, transactions, transfers } from '../payments/tables.ts';
import { TX_COUNTER } from '../payments/tx-id.ts';

/** Every table that follows from the facts. */
export const projections: readonly Table[] = [accounts, openings, transactions, counters, transfers, ...rowTables];

/** Rows for one table: new ones, or, where its rows are replaced, such as replace what stands at their key. */
export interface TableRows {
  readonly table: Table;
  readonly rows: readonly Row[];
}

export class Projection {
  #appended = new Map<Table, Row[]>();
  #replaced = new Map<Table, Map<string, Row>>();
  #highestTx: bigint;

  /** `highestTx` is the counter of transfer ids as the facts before left it. */
  constructor(highestTx = 0n) {
    this.#highestTx = highestTx;
  }

  /** Takes the next fact. Throws ReplayError. */
  add(fact: RecordedFact): void {
    for (const { table, row } of replayFact(fact, this.#highestTx)) {
      if (table.rows === 'appended') grown(this.#appended, table, () => []).push(row);
      else grown(this.#replaced, table, () => new Map<string, Row>()).set(String(row[table.key[0]!]), row);
      if (table === counters && row['name'] === TX_COUNTER) this.#highestTx = BigInt(String(row['value']));
    }
  }

  /** The rows that came of the facts since the last time. */
  take(): TableRows[] {
    const appended = [...this.#appended].map(([table, rows]) => ({ table, rows }));
    const replaced = [...this.#replaced].map(([table, rows]) => ({ table, rows: [...rows.values()] }));
    this.#appended = new Map();
    this.#replaced = new Map();
    return [...appended, ...replaced];
  }
}

function grown<T>(all: Map<Table, T>, table: Table, make: () => T): T {
  let found = all.get(table);
  if (found === undefined) all.set(table, (found = make()));
  return found;
}
