/**
 * Replays the facts and compares what follows from them with the tables, then applies the invariants to the tables
 * themselves (I1..I7; S, O and B). One pass in the order of the facts; memory does not grow with their number.
 */
import type { Row, Table } from '../base/decision.ts';
import { ReplayError, replayFact } from '../flows/replay.ts';
import type { StoredFact } from '../journal/audit.ts';
import { accounts, counters, openings, transactions, transfers } from '../payments/tables.ts';
import type { TransactionRow, TransferRow } from '../payments/tables.ts';
import { TX_COUNTER } from '../payments/tx-id.ts';
import { checkResult, difference, type CheckResult, type FirstBad } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';
import { ledgerChecks } from './verify-ledger.ts';
import { DecisionAudit } from './verify-decisions.ts';
import { invariantChecks } from './verify-invariants.ts';
import { TransactionAudit } from './verify-transactions.ts';
import { RowAudit } from './verify-rows.ts';
import { TransferAudit } from './verify-transfers.ts';

/** Tables with few rows and one key column: what the facts say is kept whole. */
const small: readonly Table[] = [accounts, openings, counters];

/** Facts that give a transfer its id. */
const NUMBERING: ReadonlySet<string> = new Set([
  'payments/transferred.v1',
  'payments/transfer-refused.v1',
  'payments/transfer-begun.v1',
]);

export class ProjectionAudit {
  readonly #snapshot: Snapshot;
  readonly #openings: ReadonlyMap<string, bigint>;
  readonly #transactions: TransactionAudit;
  readonly #transfers: TransferAudit;
  readonly #rows: RowAudit;
  readonly #decisions = new DecisionAudit();
  /** Rows of the small tables as the facts so far leave them, by key. */
  readonly #expected = new Map<Table, Map<string, Row>>(small.map((table) => [table, new Map()]));
  /** Rows of the present chunk's facts. */
  #entries: TransactionRow[] = [];
  #highestTx = 0n;
  #lastAt = 0n;
  #replayed = 0;
  #flaw: FirstBad | undefined;

  private constructor(snapshot: Snapshot, opened: ReadonlyMap<string, bigint>) {
    this.#snapshot = snapshot;
    this.#openings = opened;
    this.#transactions = new TransactionAudit(snapshot, opened);
    this.#transfers = new TransferAudit(snapshot);
    this.#rows = new RowAudit(snapshot);
  }

  static async begin(snapshot: Snapshot): Promise<ProjectionAudit> {
    return new ProjectionAudit(snapshot, amounts(await snapshot.rows(openings), 'amount'));
  }

  /** Takes the next facts. */
  async add(facts: readonly StoredFact[]): Promise<void> {
    for (const fact of facts) this.#replay(fact);
    const entries = this.#entries;
    this.#entries = [];
    await this.#transactions.expect(entries);
    await this.#transfers.compare();
    await this.#rows.lookUp();
  }

  /** After the last fact. `duplicate` is what I5 knows from the keys. */
  async end(keys: number, duplicate: FirstBad | undefined): Promise<CheckResult[]> {
    await this.#transactions.end();
    await this.#transfers.end();
    const compared: CheckResult[] = [];
    for (const table of small) compared.push(await this.#compareSmall(table));
    const rows = await this.#rows.end();
    const invariants = await ledgerChecks({
      snapshot: this.#snapshot,
      audit: this.#transactions.ledger,
      openings: this.#openings,
      accounts: amounts(await this.#snapshot.rows(accounts), 'balance'),
      lastAt: this.#lastAt,
      keys,
      secondOutcome: duplicate ?? this.#transfers.secondOutcome,
    });
    return [
      checkResult('replay', { facts: this.#replayed }, this.#flaw),
      ...compared,
      checkResult(transactions.name, { rows: this.#transactions.rows }, this.#transactions.flaw),
      checkResult(transfers.name, { rows: this.#transfers.rows }, this.#transfers.flaw),
      ...rows,
      ...invariants,
      ...(await invariantChecks(this.#snapshot, this.#decisions)),
    ];
  }

  #replay(fact: StoredFact): void {
    try {
      const numbered = this.#highestTx;
      const changes = replayFact(fact, this.#highestTx);
      for (const { table, row } of changes) this.#expect(table, row, fact);
      this.#decisions.add(fact, changes);
      if (NUMBERING.has(fact.type) && this.#highestTx === numbered)
        this.#fail(fact, `a tx_id above ${numbered}`, fact.subject);
      this.#replayed += 1;
      this.#lastAt = fact.at;
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      this.#fail(fact, 'a fact that replay can read', error.message);
    }
  }

  #expect(table: Table, row: Row, fact: StoredFact): void {
    // oxlint-disable typescript/no-unsafe-type-assertion -- replay gives each table rows of its own kind
    if (table === transactions) this.#entries.push(row as TransactionRow);
    else if (table === transfers) this.#transfers.expect(row as TransferRow, fact);
    else if (this.#rows.tell(table, row)) return;
    else {
      this.#expected.get(table)!.set(String(row[table.key[0]!]), row);
      if (table === counters && row['name'] === TX_COUNTER) this.#highestTx = row['value'] as bigint;
    }
    // oxlint-enable typescript/no-unsafe-type-assertion
  }

  async #compareSmall(table: Table): Promise<CheckResult> {
    const expected = new Map(this.#expected.get(table));
    const rows = await this.#snapshot.rows(table);
    let flaw: FirstBad | undefined;
    for (const found of rows) {
      const key = String(found[table.key[0]!]);
      flaw ??= difference(table, expected.get(key), found);
      expected.delete(key);
    }
    for (const missing of expected.values()) flaw ??= difference(table, missing, undefined);
    return checkResult(table.name, { rows: rows.length }, flaw);
  }

  #fail({ seq }: StoredFact, expected: string, found: string): void {
    this.#flaw ??= { table: 'facts', key: `seq=${seq}`, expected, found };
  }
}

/** A column of amounts by account. */
function amounts(rows: readonly Row[], column: string): Map<string, bigint> {
  return new Map(
    rows.map((row) => {
      const amount = row[column];
      return [String(row['id']), typeof amount === 'bigint' ? amount : 0n];
    }),
  );
}
