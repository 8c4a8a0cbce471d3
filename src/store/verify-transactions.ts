/**
 * Compares `transactions` with what the facts say, row by row and both ways, and hands each stored row to the ledger's own
 * audit. Rows are numbered in the order of their facts, so both sides are read once and side by side.
 */
import { LedgerAudit } from '../payments/invariants.ts';
import { transactions, type EntryOp, type TransactionRow } from '../payments/tables.ts';
import { difference, keyOf, type FirstBad } from './check-result.ts';
import { BEFORE_ALL, type Snapshot, type StoredValue, type Values } from './snapshot.ts';

export class TransactionAudit {
  readonly ledger: LedgerAudit;
  readonly #stored: AsyncIterator<readonly Values[]>;
  #chunk: readonly Values[] = [];
  #next = 0;
  #complete = false;
  #flaw: FirstBad | undefined;
  #rows = 0;

  constructor(snapshot: Snapshot, openings: ReadonlyMap<string, bigint>) {
    this.ledger = new LedgerAudit(openings);
    this.#stored = snapshot.transactions()[Symbol.asyncIterator]();
  }

  get rows(): number {
    return this.#rows;
  }

  get flaw(): FirstBad | undefined {
    return this.#flaw;
  }

  /** Takes the next rows that facts tell of. */
  async expect(rows: readonly TransactionRow[]): Promise<void> {
    for (const row of rows) {
      if (this.#flaw !== undefined) return;
      if (this.#next === this.#chunk.length) await this.#read();
      this.#compare(row, this.#take());
    }
  }

  /** After the last fact: stored rows that are left over belong to none. */
  async end(): Promise<void> {
    for (; !this.#complete; await this.#read()) {
      for (let values = this.#take(); values !== undefined; values = this.#take()) {
        const found = storedTransaction(values);
        this.ledger.add(found);
        this.#flaw ??= difference(transactions, undefined, found);
      }
    }
  }

  async #read(): Promise<void> {
    if (this.#complete) return;
    const more = await this.#stored.next();
    this.#complete = more.done === true;
    this.#chunk = more.done === true ? [] : more.value;
    this.#next = 0;
  }

  #take(): Values | undefined {
    const values = this.#chunk[this.#next];
    if (values === undefined) return undefined;
    this.#next += 1;
    this.#rows += 1;
    return values;
  }

  #compare(expected: TransactionRow, values: Values | undefined): void {
    if (values === undefined) this.#flaw = difference(transactions, expected, undefined);
    else if (isSame(expected, values) && values[0] === BigInt(this.#rows)) this.ledger.add(expected);
    else {
      const found = storedTransaction(values);
      this.ledger.add(found);
      this.#flaw = compare(expected, found) ?? this.#misplaced(found, values[0]);
    }
  }

  /** Paging through the log may rely on rows being numbered without gaps. */
  #misplaced(row: TransactionRow, number: StoredValue | undefined): FirstBad {
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
function integer(value: StoredValue | undefined): bigint {
  return typeof value === 'bigint' ? value : BEFORE_ALL;
}
