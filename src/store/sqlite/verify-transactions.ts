/**
 * Compares `transactions` with what the facts say, row by row and both ways, and hands each stored row to the ledger's own
 * audit. Rows are numbered in the order of their facts, so both sides are read once and side by side.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { LedgerAudit } from '../../payments/invariants.ts';
import { transactions, type EntryOp, type TransactionRow } from '../../payments/tables.ts';
import { difference, keyOf, type FirstBad } from './check-result.ts';
import { chunks } from './read-journal.ts';

interface NumberedRow {
  readonly number: bigint;
  readonly row: TransactionRow;
}

export class TransactionAudit {
  readonly ledger: LedgerAudit;
  readonly #stored: Iterator<NumberedRow>;
  #flaw: FirstBad | undefined;
  #rows = 0;

  constructor(db: DatabaseSync, openings: ReadonlyMap<string, bigint>) {
    this.ledger = new LedgerAudit(openings);
    this.#stored = readRows(db);
  }

  get rows(): number {
    return this.#rows;
  }

  get flaw(): FirstBad | undefined {
    return this.#flaw;
  }

  /** Takes the next row that a fact tells of. */
  expect(expected: TransactionRow): void {
    const found = this.#flaw === undefined ? this.#next() : undefined;
    if (this.#flaw !== undefined) return;
    if (found === undefined) this.#flaw = difference(transactions, expected, undefined);
    else this.#flaw = compare(expected, found.row) ?? this.#misplaced(found);
  }

  /** After the last fact: stored rows that are left over belong to none. */
  end(): void {
    for (let found = this.#next(); found !== undefined; found = this.#next())
      this.#flaw ??= difference(transactions, undefined, found.row);
  }

  #next(): NumberedRow | undefined {
    const next = this.#stored.next();
    if (next.done === true) return undefined;
    this.#rows += 1;
    this.ledger.add(next.value.row);
    return next.value;
  }

  /** Paging through the log relies on it. */
  #misplaced({ number, row }: NumberedRow): FirstBad | undefined {
    if (number === BigInt(this.#rows)) return undefined;
    const key = keyOf(transactions, row);
    return { table: transactions.name, key, expected: `rowid = ${this.#rows}`, found: `rowid = ${number}` };
  }
}

/** Of two different rows the earlier one is the first bad record, on whichever side it is. */
function compare(expected: TransactionRow, found: TransactionRow): FirstBad | undefined {
  const same = expected.tx_id === found.tx_id && expected.op === found.op;
  if (same) return difference(transactions, expected, found);
  return found.created_at < expected.created_at
    ? difference(transactions, undefined, found)
    : difference(transactions, expected, undefined);
}

function* readRows(db: DatabaseSync): Generator<NumberedRow> {
  const sql = `select rowid, ${transactions.columns.join(', ')} from transactions where rowid > ? order by rowid limit ?`;
  for (const rows of chunks(db, sql, -(2n ** 63n))) for (const row of rows) yield numberedRow(row);
}

function numberedRow(values: readonly SQLOutputValue[]): NumberedRow {
  const [number, txId, op, account, amount, balanceAfter, createdAt] = values;
  return {
    number: integer(number),
    row: {
      tx_id: String(txId),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any other text differs from what every fact says
      op: String(op) as EntryOp,
      account_id: String(account),
      amount: integer(amount),
      balance_after: integer(balanceAfter),
      created_at: integer(createdAt),
    },
  };
}

/** What is no integer becomes a number that no row has. */
function integer(value: SQLOutputValue | undefined): bigint {
  return typeof value === 'bigint' ? value : -(2n ** 63n);
}
