/**
 * Replays the facts and compares what follows from them with the tables, then applies the invariants to the tables
 * themselves (I1..I7). One pass in the order of the facts; memory does not grow with their number.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Row, Table } from '../../base/decision.ts';
import { ReplayError, replayFact } from '../../flows/replay.ts';
import type { StoredFact } from '../../journal/audit.ts';
import { accounts, counters, openings, transactions, transfers } from '../../payments/tables.ts';
import type { TransactionRow, TransferRow } from '../../payments/tables.ts';
import { TX_COUNTER } from '../../payments/tx-id.ts';
import { checkResult, difference, storedRow, type CheckResult, type FirstBad } from './check-result.ts';
import { ledgerChecks } from './verify-ledger.ts';
import { TransactionAudit } from './verify-transactions.ts';
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
  readonly #db: DatabaseSync;
  readonly #transactions: TransactionAudit;
  readonly #transfers: TransferAudit;
  /** Rows of the small tables as the facts so far leave them, by key. */
  readonly #expected = new Map<Table, Map<string, Row>>(small.map((table) => [table, new Map()]));
  #highestTx = 0n;
  #lastAt = 0n;
  #replayed = 0;
  #flaw: FirstBad | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#transactions = new TransactionAudit(db, amounts(db, 'select id, amount from openings order by rowid'));
    this.#transfers = new TransferAudit(db);
  }

  /** Takes the next fact. */
  add(fact: StoredFact): void {
    try {
      const numbered = this.#highestTx;
      for (const { table, row } of replayFact(fact, this.#highestTx)) this.#expect(table, row, fact);
      if (NUMBERING.has(fact.type) && this.#highestTx === numbered)
        this.#fail(fact, `a tx_id above ${numbered}`, fact.subject);
      this.#replayed += 1;
      this.#lastAt = fact.at;
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      this.#fail(fact, 'a fact that replay can read', error.message);
    }
  }

  /** After the last fact. `duplicate` is what I5 knows from the keys. */
  end(keys: number, duplicate: FirstBad | undefined): CheckResult[] {
    this.#transactions.end();
    this.#transfers.end();
    return [
      checkResult('replay', { facts: this.#replayed }, this.#flaw),
      ...small.map((table) => this.#compareSmall(table)),
      checkResult(transactions.name, { rows: this.#transactions.rows }, this.#transactions.flaw),
      checkResult(transfers.name, { rows: this.#transfers.rows }, this.#transfers.flaw),
      ...ledgerChecks({
        db: this.#db,
        audit: this.#transactions.ledger,
        accounts: amounts(this.#db, 'select id, balance from accounts order by rowid'),
        lastAt: this.#lastAt,
        keys,
        secondOutcome: duplicate ?? this.#transfers.secondOutcome,
      }),
    ];
  }

  #expect(table: Table, row: Row, fact: StoredFact): void {
    // oxlint-disable typescript/no-unsafe-type-assertion -- replay gives each table rows of its own kind
    if (table === transactions) this.#transactions.expect(row as TransactionRow);
    else if (table === transfers) this.#transfers.expect(row as TransferRow, fact);
    else {
      this.#expected.get(table)!.set(String(row[table.key[0]!]), row);
      if (table === counters && row['name'] === TX_COUNTER) this.#highestTx = row['value'] as bigint;
    }
    // oxlint-enable typescript/no-unsafe-type-assertion
  }

  #compareSmall(table: Table): CheckResult {
    const expected = new Map(this.#expected.get(table));
    const all = this.#db.prepare(`select ${table.columns.join(', ')} from ${table.name} order by rowid`);
    all.setReadBigInts(true);
    let rows = 0;
    let flaw: FirstBad | undefined;
    for (const record of all.iterate()) {
      const found = storedRow(record);
      const key = String(found[table.key[0]!]);
      rows += 1;
      flaw ??= difference(table, expected.get(key), found);
      expected.delete(key);
    }
    for (const missing of expected.values()) flaw ??= difference(table, missing, undefined);
    return checkResult(table.name, { rows }, flaw);
  }

  #fail({ seq }: StoredFact, expected: string, found: string): void {
    this.#flaw ??= { table: 'facts', key: `seq=${seq}`, expected, found };
  }
}

/** A column of amounts by account. */
function amounts(db: DatabaseSync, sql: string): Map<string, bigint> {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  const all = new Map<string, bigint>();
  for (const row of statement.iterate()) {
    const [id, amount] = Object.values(row);
    all.set(String(id), typeof amount === 'bigint' ? amount : 0n);
  }
  return all;
}
