/**
 * Compares `transactions` with what the facts say, row by row and both ways, and hands each stored row to the ledger's own
 * audit. Rows are numbered in the order of their facts, so both sides are read once and side by side.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { LedgerAudit } from '../../payments/invariants.ts';
import { transactions, type EntryOp, type TransactionRow } from '../../payments/tables.ts';
import { difference, keyOf, type FirstBad } from './check-result.ts';
import { chunks } from './read-journal.ts';

const SQL = `select rowid, ${transactions.columns.join(', ')} from transactions where rowid > ? order by rowid limit ?`;

const BEFORE_ALL = -(2n ** 63n);

type Values = readonly SQLOutputValue[];

export class TransactionAudit {
  readonly ledger: LedgerAudit;
  readonly #stored: Iterator<readonly Values[]>;
  #chunk: readonly Values[] = [];
  #next = 0;
  #flaw: FirstBad | undefined;
  #rows = 0;

  constructor(db: DatabaseSync, openings: ReadonlyMap<string, bigint>) {
    this.ledger = new LedgerAudit(openings);
    this.#stored = chunks(db, SQL, BEFORE_ALL);
  }

  get rows(): number {
    return this.#rows;
  }

  get flaw(): FirstBad | undefined {
    return this.#flaw;
  }

  /** Takes the next row that a fact tells of. */
  expect(expected: TransactionRow): void {
    if (this.#flaw !== undefined) return;
    const values = this.#take();
    if (values === undefined) this.#flaw = difference(transactions, expected, undefined);
    else if (isSame(expected, values) && values[0] === BigInt(this.#rows)) this.ledger.add(expected);
    else {
      const found = storedTransaction(values);
      this.ledger.add(found);
      this.#flaw = compare(expected, found) ?? this.#misplaced(found, values[0]);
    }
  }

  /** After the last fact: stored rows that are left over belong to none. */
  end(): void {
    for (let values = this.#take(); values !== undefined; values = this.#take()) {
      const found = storedTransaction(values);
      this.ledger.add(found);
      this.#flaw ??= difference(transactions, undefined, found);
    }
  }

  #take(): Values | undefined {
    if (this.#next === this.#chunk.length) {
      const more = this.#stored.next();
      if (more.done === true) return undefined;
      this.#chunk = more.value;
      this.#next = 0;
    }
    this.#rows += 1;
    return this.#chunk[this.#next++];
  }

  /** Paging through the log relies on rows being numbered without gaps. */
  #misplaced(row: TransactionRow, number: SQLOutputValue | undefined): FirstBad {
    const key = keyOf(transactions, row);
    return { table: transactions.name, key, expected: `rowid = ${this.#rows}`, found: `rowid = ${String(number)}` };
  }
}

/** Most rows are as they should be: for them no second object is made. */
function isSame(expected: TransactionRow, values: Values): boolean {
  return (
    values[6] === expected.created_at &&
    values[5] === expected.balance_after &&
    values[4] === expected.amount &&
    values[3] === expected.account_id &&
    values[2] === expected.op &&
    values[1] === expected.tx_id
  );
}

/** Of two different rows the earlier one is the first bad record, on whichever side it is. */
function compare(expected: TransactionRow, found: TransactionRow): FirstBad | undefined {
  const same = expected.tx_id === found.tx_id && expected.op === found.op;
  if (same) return difference(transactions, expected, found);
  return found.created_at < expected.created_at
    ? difference(transactions, undefined, found)
    : difference(transactions, expected, undefined);
}

function storedTransaction([, txId, op, account, amount, balanceAfter, createdAt]: Values): TransactionRow {
  return {
    tx_id: String(txId),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- any other text differs from what every fact says
    op: String(op) as EntryOp,
    account_id: String(account),
    amount: integer(amount),
    balance_after: integer(balanceAfter),
    created_at: integer(createdAt),
  };
}

/** What is no integer becomes a number that no row has. */
function integer(value: SQLOutputValue | undefined): bigint {
  return typeof value === 'bigint' ? value : BEFORE_ALL;
}
