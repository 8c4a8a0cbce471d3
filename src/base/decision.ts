/**
 * The vocabulary of a decision: a command comes in, rows it declared are loaded, and a pure function answers with what
 * to append and what to tell the caller. Stores run decisions; decisions know nothing of stores.
 */

/** A column's value. Integers are bigint on both sides, whatever their size. */
export type Value = string | bigint | null;
export type Row = Readonly<Record<string, Value>>;

/** A projection: a table whose rows follow from the facts and change in the same commit. */
export interface Table<R extends Row = Row> {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Never set: it only ties the table to the type of its rows. */
  readonly row?: R;
  /** `all`: few rows, every one kept in the writer's memory. `none`: as many as there were commands. */
  readonly kept: 'all' | 'none';
  /** `appended`: a row is written once, and the same key again is a bug. `replaced`: the newest row stands. */
  readonly rows: 'appended' | 'replaced';
  /**
   * Columns with integers, for tables whose rows stand in the bodies of facts as they are. If their rows are replaced, one of
   * these is `version`, which counts a row's states from 1: so a verifier needs to remember none of them.
   */
  readonly integers?: readonly string[];
}

/** One row that a command looks at. */
export interface Read {
  readonly table: Table;
  readonly key: readonly string[];
}

/** One row as it is after the command (inserted, or replacing the row with the same key). */
export interface Change {
  readonly table: Table;
  readonly row: Row;
}

/** A command is plain data: it crosses to the writer thread, and can be logged and replayed. */
export interface Command {
  readonly type: string;
}

/** An append-only record of the journal. `request` and `answer` are JSON text, and with `key` they make a caller's outcome final. */
export interface Fact {
  readonly type: string;
  readonly subject: string;
  /** The idempotency key, with the name of its key space in front: `transfer:payout-ref-0001`. At most one fact has it. */
  readonly key: string | null;
  /** What the caller asked for under the key, canonical: the same key with another request is a conflict. */
  readonly request: string | null;
  /** The first full answer, byte for byte; null while the outcome is still open. */
  readonly answer: string | null;
  /** JSON text: all that replay needs to write the projections anew. */
  readonly body: string;
}

/** What is already recorded under a command's key. */
export interface KeyRecord {
  readonly subject: string;
  readonly request: string | null;
  readonly answer: string | null;
}

/** What a decision sees: declared rows as left by the commands before it, and one instant that no other command has. */
export interface View {
  known(key: string): KeyRecord | undefined;
  row<R extends Row>(table: Table<R>, key: readonly string[]): R | undefined;
  /** The number that the command's first fact will have. */
  readonly seq: number;
  /** Nanoseconds; greater than every instant of earlier commands. The command owns INSTANTS_PER_COMMAND instants from here. */
  readonly at: bigint;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly nowMs: number;
  /** Milliseconds that never step back: for windows and other durations held in memory. With SharedWindows those of `nowMs`. */
  readonly uptimeMs: number;
}

/**
 * Instants are nanoseconds in steps of 256: today's values are then exact in a double, so that a JSON reader in any
 * language gets all their digits (P-25, P-26).
 */
export const INSTANT_NS = 256n;

/** Rows that one command writes into a table ordered by time get one instant each, at most this many. */
export const INSTANTS_PER_COMMAND = 4n;

/** A decision's result. No facts and no changes: nothing is committed for it. */
export interface Decided {
  /** JSON text for the caller. */
  readonly answer: string;
  /** The refusal's code, or null when the answer is a success. */
  readonly code: string | null;
  /** The answer was recorded before; nothing happened now. */
  readonly replayed?: boolean;
  /** What whoever sent the command has still to do. It is told once, and no part of what is recorded. */
  readonly followUp?: object | undefined;
  readonly facts?: readonly Fact[];
  readonly changes?: readonly Change[];
}

export interface Decision<C extends Command = Command> {
  /** The key and the rows that `decide` may look at. An engine that loads ahead loads exactly these. */
  reads(command: C): { readonly key?: string; readonly rows: readonly Read[] };
  decide(command: C, view: View): Decided;
}

/** Memory that decisions keep beside the rows (velocity windows): it must follow the fate of the batches. */
export interface Transient {
  /** A batch begins; batches before it may still be uncommitted. */
  mark(): void;
  /** The oldest unsettled batch was committed. */
  settle(): void;
  /** No unsettled batch was committed: forget what has come since the oldest mark. */
  revert(): void;
}

/** What a source used of its window between two instants. A later one of the same source and `firstMs` replaces it. */
export interface SourceCount {
  readonly source: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

/** A transient of all servers on one database: the engine commits what a batch changed with it, and shows it to the others. */
export interface SharedWindows {
  /** A count matters for so long after its `lastMs`. */
  readonly windowMs: number;
  /** The counts that the newest unsettled batch changed, as it leaves them. */
  changed(): readonly SourceCount[];
  /** What a server committed, this one's own too; in the order of the commits, before the newest batch records anything. */
  take(count: SourceCount): void;
  /** What is known may not be what the database has: everything will be taken anew. */
  forget(): void;
}

/** All decisions of a store, found by the command's type. */
export interface Decisions {
  readonly byType: Readonly<Record<string, Decision>>;
  readonly transients: readonly Transient[];
  /** The one among the transients that servers share; without it each has its own. */
  readonly shared?: SharedWindows;
}
