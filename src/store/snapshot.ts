/**
 * The port of whoever reads a whole database: to check it, to rebuild it, to copy it. An engine shows one moment of it, in
 * chunks, so that memory stays bounded whatever its length. Nothing in it is taken for granted.
 */
import type { Row, Table } from '../base/decision.ts';
import type { JournalEnd, StoredBatch, StoredFact } from '../journal/audit.ts';

/** A column as it was found: some of these no server writes. */
export type StoredValue = string | bigint | number | boolean | null | Uint8Array;

/** The columns of a row in the order in which they were asked for: arrays cost less than objects. */
export type Values = readonly StoredValue[];

/** Before every number: a false one may be below zero, and must be seen too. */
export const BEFORE_ALL = -(2n ** 63n);

export interface Snapshot {
  /** How many rows a table has. */
  count(table: string): Promise<number>;
  /** Facts in order, by default all, else those with a greater number. */
  facts(after?: bigint): AsyncIterable<readonly StoredFact[]>;
  /** Batches in order, by default all, else those whose first number is greater. */
  batches(after?: bigint): AsyncIterable<readonly StoredBatch[]>;
  /** The end of the journal up to a fact, if it is the last of a batch. */
  endAt(seq: number): Promise<JournalEnd | undefined>;
  /** All rows of a table that has few. */
  rows(table: Table): Promise<readonly Row[]>;
  /** `transactions` in the order in which they were written: the row's number, counted from 1, then its columns. */
  transactions(): AsyncIterable<readonly Values[]>;
  /** Debits without a credit or a rollback, in order: tx_id, amount, created_at. */
  openDebits(): AsyncIterable<readonly Values[]>;
  /** Those of these rows that are there, by key; for tables whose key is one column. */
  rowsOf(table: Table, keys: readonly string[]): Promise<ReadonlyMap<string, Row>>;
  /** All transfers. */
  transfers(): AsyncIterable<readonly Row[]>;
  /** The bodies of the facts that have these instants. */
  bodiesAt(instants: readonly bigint[]): Promise<ReadonlyMap<bigint, string>>;
  /** The rows of a query in the SQL that the engines have in common; it gives few, and columns of text. */
  select(sql: string): Promise<readonly Values[]>;
}
