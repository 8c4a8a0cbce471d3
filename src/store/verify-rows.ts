/**
 * Compares the tables whose rows stand in facts with what the facts say. A row is looked up for each fact that wrote it, and
 * one of those look-ups must find it in that very state: so nothing has to be remembered, however many rows there are.
 */
import type { Row, Table } from '../base/decision.ts';
import { limits } from '../base/limits.ts';
import { replayFact } from '../flows/replay.ts';
import { rowTables } from '../flows/row-facts.ts';
import { checkResult, difference, type CheckResult, type FirstBad } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';

const keyOf = (table: Table, row: Row): string => String(row[table.key[0]!]);

class TableAudit {
  readonly #table: Table;
  readonly #snapshot: Snapshot;
  /** The newest state of each row that facts have told of since the last look-up. */
  #told = new Map<string, Row>();
  /** Rows that facts began, and stored rows that were found in a state that facts tell of. */
  #begun = 0;
  #met = 0;
  #flaw: FirstBad | undefined;

  constructor(table: Table, snapshot: Snapshot) {
    this.#table = table;
    this.#snapshot = snapshot;
  }

  tell(row: Row): void {
    if (this.#table.rows === 'appended' || row['version'] === 1n) this.#begun += 1;
    this.#told.set(keyOf(this.#table, row), row);
  }

  async lookUp(): Promise<void> {
    const told = [...this.#told.values()];
    this.#told = new Map();
    for (let at = 0; at < told.length && this.#flaw === undefined; at += limits.rowsAtOnce) {
      const rows = told.slice(at, at + limits.rowsAtOnce);
      const found = await this.#snapshot.rowsOf(
        this.#table,
        rows.map((row) => keyOf(this.#table, row)),
      );
      for (const row of rows) this.#compare(row, found.get(keyOf(this.#table, row)));
    }
  }

  async end(): Promise<CheckResult> {
    const rows = await this.#snapshot.count(this.#table.name);
    if (this.#flaw === undefined && (rows !== this.#met || rows !== this.#begun)) this.#flaw = await this.#locate();
    return checkResult(this.#table.name, { rows }, this.#flaw);
  }

  #compare(told: Row, found: Row | undefined): void {
    const later = this.#table.rows === 'replaced' && found !== undefined && isLater(found, told);
    // A later fact will tell of that state.
    if (later) return;
    const flaw = difference(this.#table, told, found);
    this.#flaw ??= flaw;
    if (flaw === undefined) this.#met += 1;
  }

  /** The numbers do not fit: only now is it worth while to keep what every fact says. */
  async #locate(): Promise<FirstBad | undefined> {
    const told = new Map<string, Row>();
    for await (const facts of this.#snapshot.facts()) {
      for (const fact of facts) {
        for (const { table, row } of replayFact(fact, 0n)) if (table === this.#table) told.set(keyOf(table, row), row);
      }
    }
    for (const found of await this.#snapshot.rows(this.#table)) {
      const key = keyOf(this.#table, found);
      const flaw = difference(this.#table, told.get(key), found);
      if (flaw !== undefined) return flaw;
      told.delete(key);
    }
    for (const missing of told.values()) return difference(this.#table, missing, undefined);
    return undefined;
  }
}

function isLater(found: Row, told: Row): boolean {
  const [there, here] = [found['version'], told['version']];
  return typeof there === 'bigint' && typeof here === 'bigint' && there > here;
}

export class RowAudit {
  readonly #tables: ReadonlyMap<Table, TableAudit>;

  constructor(snapshot: Snapshot) {
    this.#tables = new Map(rowTables.map((table) => [table, new TableAudit(table, snapshot)]));
  }

  /** Takes a row as a fact left it; false when its table is none of these. */
  tell(table: Table, row: Row): boolean {
    const audit = this.#tables.get(table);
    audit?.tell(row);
    return audit !== undefined;
  }

  /** Compares what was told since the last time. */
  async lookUp(): Promise<void> {
    for (const audit of this.#tables.values()) await audit.lookUp();
  }

  /** After the last fact. */
  async end(): Promise<CheckResult[]> {
    const results: CheckResult[] = [];
    for (const audit of this.#tables.values()) results.push(await audit.end());
    return results;
  }
}
