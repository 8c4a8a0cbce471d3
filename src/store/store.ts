/**
 * The store's port: one way to write, a few ways to read. A twin gathers whatever commands are waiting into one batch,
 * loads what they declared, runs their decisions in arrival order, commits once with a full sync, and only then answers.
 */
import type { PaymentCommand } from '../flows/commands.ts';
import type { Row, Table, Value } from '../base/decision.ts';
import type { StoredBatch } from '../journal/audit.ts';
import type { HashedFact } from '../journal/chain.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../payments/tables.ts';

/** What became of a command. It is durable when the promise resolves. */
export interface Outcome {
  /** JSON text for the caller. */
  readonly answer: string;
  /** The refusal's code; null for a success. `overloaded`, `unavailable` and `internal` mean that nothing was recorded. */
  readonly code: string | null;
  /** True when the answer had been recorded before. */
  readonly replayed: boolean;
  /** What the decision left to whoever sent the command. */
  readonly followUp?: object | undefined;
}

/** Nothing was recorded, and nothing of what comes behind would be just now; the same may be sent again a little later. */
export const isAway = ({ code }: Outcome): boolean => code === 'overloaded' || code === 'unavailable';

/** Who does a piece of background work, when several servers share a database. */
export interface Leases {
  /**
   * Takes the lease or holds it for longer, and answers its token, which grows with every new holder; undefined while
   * another holds it. Rejects with StoreUnavailable.
   */
  hold(name: string, holder: string, forMs: number): Promise<bigint | undefined>;
  isHeld(name: string): Promise<boolean>;
  /** Ends a lease early, if this holder still has it. */
  letGo(name: string, holder: string): Promise<void>;
}

/** Rows of a table, a page at a time. */
export interface RowQuery<R extends Row = Row> {
  readonly table: Table<R>;
  /** Columns that must have these values. */
  readonly where?: Partial<R>;
  /** Columns of which at least one must have this value. */
  readonly either?: { readonly columns: readonly (string & keyof R)[]; readonly value: Value };
  /** A column of text that must have one of these values, so that what belongs to a page's rows is one read. */
  readonly among?: { readonly column: string & keyof R; readonly values: readonly string[] };
  /** The column to order by, whose values are unique. */
  readonly by: string & keyof R;
  readonly descending?: boolean;
  /** Where the page before ended: its last value of that column. */
  readonly after?: Value;
  readonly limit: number;
}

/** Sums over a window of a table's rows: those of a page of `by`, by group. */
export interface SumQuery<R extends Row = Row> extends Pick<RowQuery<R>, 'table' | 'where' | 'by' | 'after' | 'limit'> {
  readonly group: string & keyof R;
  /** Columns of integers. */
  readonly of: readonly (string & keyof R)[];
}

export interface Sums {
  readonly groups: readonly { readonly group: string; readonly sums: readonly bigint[] }[];
  /** Rows that were added up: fewer than `limit` are the last ones. */
  readonly rows: number;
  /** Where the window ended. */
  readonly last: bigint | null;
}

/** A fact as readers of the journal get it. */
export type JournalFact = HashedFact;

export interface Store {
  readonly leases: Leases;
  /** Commands that have no answer yet. */
  readonly waiting: number;
  /** Never rejects: what goes wrong is one of the three codes above. */
  submit(command: PaymentCommand): Promise<Outcome>;
  /** Is a fact with this key recorded, or about to be? Without waiting for a commit; only a command can tell for good. */
  knowsKey(key: string): Promise<boolean>;
  /** All operational balances as last committed. */
  balances(): Promise<readonly AccountRow[]>;
  /** Ledger entries with `created_at` greater than `after`, in that order, `limit` at most. */
  log(page: { readonly after: bigint; readonly limit: number }): Promise<readonly TransactionRow[]>;
  /** Transfers without a completed response: to resume at start, and to list for operators. */
  openTransfers(): Promise<readonly TransferRow[]>;
  /** As last committed. Rejects with StoreUnavailable, as all reads do. */
  rows<R extends Row>(query: RowQuery<R>): Promise<readonly R[]>;
  /** Facts with a greater number than `after`, in order; nobody ever sees one before those with smaller numbers. */
  facts(page: {
    readonly after: number;
    readonly limit: number;
    readonly type?: string;
  }): Promise<readonly JournalFact[]>;
  /** Facts of the budget gate (`otb/…`) with this subject and a greater number than `after`, in order. */
  factsAbout(page: {
    readonly subject: string;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly JournalFact[]>;
  /** Batches in order, beginning with the one that holds the fact with this number: the way from a fact to the journal's end. */
  batches(page: { readonly from: number; readonly limit: number }): Promise<readonly StoredBatch[]>;
  /** Adds up a window of rows where they are: a million of them need not be fetched. */
  sums<R extends Row>(query: SumQuery<R>): Promise<Sums>;
  /** Ends after every submitted command has its answer. */
  close(): Promise<void>;
}

/** The database cannot be read just now; asking again later will do. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The server cannot work with this database or data directory; the message says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
