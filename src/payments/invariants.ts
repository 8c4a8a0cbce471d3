/**
 * The ledger's invariants (P-50) over its rows, one at a time in the order of `created_at`. Memory follows the number of
 * accounts and of unfinished transactions; a finished one keeps one byte if its id is the server's own form.
 *
 * I1 total = openings + inflows; I2 no negative balance; I3 every debit has a credit or a rollback; I4 replaying the log
 * gives the live balances; I6 one legal shape per transaction; I7 each `balance_after` is what replay gives. I5 (duplicate
 * references have one outcome) cannot be seen in rows: whoever knows the references asks again.
 */
import { limits } from '../base/limits.ts';
import { TOMBSTONE_ACCOUNT } from './entries.ts';
import { txId as idOf, txNumber } from './tx-id.ts';

export type LedgerInvariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7';

export interface Violation {
  readonly invariant: LedgerInvariant;
  /** The `tx_id` or the account; empty when it is the ledger as a whole. */
  readonly subject: string;
  readonly message: string;
}

/** A row of `transactions` as any reader finds it: nothing is taken for granted. */
export interface AuditRow {
  readonly tx_id: string;
  readonly op: string;
  readonly account_id: string;
  readonly amount: bigint;
  readonly balance_after: bigint;
  readonly created_at: bigint;
}

/** A lone credit under such an id is money from outside (system flow, step 7); any other breaks I6. */
const INFLOW = /^in-/;

// What has been seen of a transaction, as bits of one byte.
const DEBIT = 1;
const CREDIT = 2;
const ROLLBACK = 4;
const TOMBSTONE = 8;

const opBits: Readonly<Record<string, number>> = { debit: DEBIT, credit: CREDIT, rollback: ROLLBACK };

const names: Readonly<Record<number, string>> = {
  [DEBIT]: 'debit',
  [CREDIT]: 'credit',
  [ROLLBACK]: 'rollback',
  [TOMBSTONE]: 'tombstone',
};

const legal: ReadonlySet<number> = new Set([DEBIT | CREDIT, DEBIT | ROLLBACK, TOMBSTONE]);

export class LedgerAudit {
  readonly #openings: ReadonlyMap<string, bigint>;
  /** Openings plus and minus every amount: what I4 compares with the live balances. */
  readonly #replayed: Map<string, bigint>;
  /** The last `balance_after` of each account: I7 goes on from what is recorded, so that one bad row is one violation. */
  readonly #recorded: Map<string, bigint>;
  readonly #seen = new Seen();
  /** First rows of transactions that wait for their second one. */
  readonly #open = new WaitingRows();
  readonly #counts = new Map<LedgerInvariant, number>();
  readonly #violations: Violation[] = [];
  #inflows = 0n;
  #lastAt = -1n;
  #rows = 0;

  constructor(openings: ReadonlyMap<string, bigint>) {
    this.#openings = openings;
    this.#replayed = new Map(openings);
    this.#recorded = new Map(openings);
  }

  /** Rows taken so far. */
  get rows(): number {
    return this.#rows;
  }

  /** What came in from outside; complete once `end` was called. */
  get inflows(): bigint {
    return this.#inflows;
  }

  /** Takes the next row. */
  add(row: AuditRow): void {
    this.#rows += 1;
    if (row.created_at <= this.#lastAt)
      this.#report('I7', row.tx_id, `${row.op} row: created_at ${row.created_at} does not follow ${this.#lastAt}`);
    this.#lastAt = row.created_at;
    const op = opBits[row.op];
    if (op === undefined) return this.#report('I6', row.tx_id, `unknown op "${row.op}"`);
    const bit = op === ROLLBACK && row.account_id === TOMBSTONE_ACCOUNT ? TOMBSTONE : op;
    const twice = (this.#seen.add(row.tx_id, bit) & bit) !== 0;
    if (twice) this.#report('I6', row.tx_id, `a second ${row.op} row`);
    if (bit === TOMBSTONE) return this.#tombstone(row);
    this.#move(row, op === DEBIT ? -row.amount : row.amount);
    if (!twice) this.#pair(row);
  }

  /** Ends the log: compares it with the live balances, and returns everything that was found. */
  end(accounts: ReadonlyMap<string, bigint>): readonly Violation[] {
    for (const [txId, bits] of this.#seen.illegal()) this.#judgeShape(txId, bits);
    let total = 0n;
    for (const [id, balance] of accounts) {
      total += balance;
      if (balance < 0n) this.#report('I2', id, `the balance is ${balance}`);
      const replayed = this.#replayed.get(id);
      if (replayed !== balance)
        this.#report('I4', id, `the balance is ${balance}, replay gives ${replayed ?? 'no such account'}`);
    }
    for (const id of this.#replayed.keys())
      if (!accounts.has(id)) this.#report('I4', id, 'the log has this account, the balances have not');
    let expected = this.#inflows;
    for (const amount of this.#openings.values()) expected += amount;
    if (total !== expected)
      this.#report('I1', '', `the balances sum up to ${total}, openings and inflows to ${expected}`);
    for (const [invariant, count] of this.#counts) {
      if (count > limits.violationsToldMax)
        this.#violations.push({ invariant, subject: '', message: `and ${count - limits.violationsToldMax} more` });
    }
    return this.#violations;
  }

  #move(row: AuditRow, change: bigint): void {
    const { tx_id: txId, op, account_id: account } = row;
    if (row.amount <= 0n) this.#report('I6', txId, `${op} of ${row.amount}`);
    const before = this.#recorded.get(account);
    if (before === undefined) this.#report('I7', txId, `${op} of an account without opening: "${account}"`);
    const after = (before ?? 0n) + change;
    if (row.balance_after !== after)
      this.#report('I7', txId, `${op} of ${account}: balance_after is ${row.balance_after}, replay gives ${after}`);
    if (row.balance_after < 0n) this.#report('I2', txId, `${op} leaves ${account} at ${row.balance_after}`);
    this.#recorded.set(account, row.balance_after);
    this.#replayed.set(account, (this.#replayed.get(account) ?? 0n) + change);
  }

  /** Two rows of one transaction move the same amount; a rollback goes back to where the debit came from. */
  #pair(row: AuditRow): void {
    const { tx_id: txId, op, account_id: account, amount } = row;
    const first = this.#open.take(txId);
    if (first === undefined) return this.#open.put(row);
    if (first.amount !== amount) this.#report('I6', txId, `${first.op} of ${first.amount}, but ${op} of ${amount}`);
    const back = op === 'rollback' || first.op === 'rollback';
    if (back !== (first.account_id === account))
      this.#report('I6', txId, `${first.op} of ${first.account_id} and ${op} of ${account}`);
  }

  #tombstone({ tx_id: txId, amount, balance_after: balance }: AuditRow): void {
    if (amount !== 0n || balance !== 0n)
      this.#report('I6', txId, `a tombstone with amount ${amount} and balance_after ${balance}`);
  }

  #judgeShape(txId: string, bits: number): void {
    if (bits === CREDIT && INFLOW.test(txId)) {
      this.#inflows += this.#open.take(txId)?.amount ?? 0n;
      return;
    }
    if (bits === DEBIT) return this.#report('I3', txId, 'a debit without credit or rollback');
    const shape = [DEBIT, CREDIT, ROLLBACK, TOMBSTONE].filter((bit) => (bits & bit) !== 0).map((bit) => names[bit]);
    this.#report('I6', txId, shape.length === 1 ? `a lone ${shape[0]}` : `${shape.join(' and ')} together`);
  }

  #report(invariant: LedgerInvariant, subject: string, message: string): void {
    const count = (this.#counts.get(invariant) ?? 0) + 1;
    this.#counts.set(invariant, count);
    if (count <= limits.violationsToldMax) this.#violations.push({ invariant, subject, message });
  }
}

/** Rows by transaction. The second row mostly follows at once: the newest one is found without a look-up. */
class WaitingRows {
  readonly #older = new Map<string, AuditRow>();
  #newest: AuditRow | undefined;

  put(row: AuditRow): void {
    if (this.#newest !== undefined) this.#older.set(this.#newest.tx_id, this.#newest);
    this.#newest = row;
  }

  take(txId: string): AuditRow | undefined {
    let row = this.#newest;
    if (row?.tx_id === txId) {
      this.#newest = undefined;
      return row;
    }
    if (this.#older.size === 0) return undefined;
    row = this.#older.get(txId);
    this.#older.delete(txId);
    return row;
  }
}

const PAGE_BITS = 12n;
const PAGE = 1 << Number(PAGE_BITS);

/** One byte per transaction, in pages by number for ids of the server's form; other ids are few and kept by name. */
class Seen {
  readonly #pages = new Map<bigint, Uint8Array>();
  readonly #others = new Map<string, number>();
  /** The transaction of the row before, which mostly is that of this row too. */
  #lastId = '';
  #lastNumber: bigint | undefined;

  /** Adds a bit; returns those that were there before. */
  add(txId: string, bit: number): number {
    if (txId !== this.#lastId) {
      this.#lastId = txId;
      this.#lastNumber = txNumber(txId);
    }
    const number = this.#lastNumber;
    if (number === undefined) {
      const before = this.#others.get(txId) ?? 0;
      this.#others.set(txId, before | bit);
      return before;
    }
    const pageNumber = number >> PAGE_BITS;
    let page = this.#pages.get(pageNumber);
    if (page === undefined) this.#pages.set(pageNumber, (page = new Uint8Array(PAGE)));
    const at = Number(number) % PAGE;
    const before = page[at] ?? 0;
    page[at] = before | bit;
    return before;
  }

  /** Transactions that have no legal shape. */
  *illegal(): Generator<readonly [txId: string, bits: number]> {
    for (const [pageNumber, page] of this.#pages) {
      for (let at = 0; at < PAGE; at++) {
        const bits = page[at] ?? 0;
        if (bits !== 0 && !legal.has(bits)) yield [idOf((pageNumber << PAGE_BITS) + BigInt(at)), bits];
      }
    }
    for (const [txId, bits] of this.#others) if (!legal.has(bits)) yield [txId, bits];
  }
}
