/**
 * Committed rows that commands looked up or wrote lately, so that a hot one is not read from the database again and again. What
 * is not there is remembered, too. Two generations: when the young one is full it becomes the old one, and what nobody asked for
 * since goes with the one before. Rows with long texts (an order's request may be 32 KiB) are read each time: thousands of them
 * would fill the memory, and they are too few to be hot.
 */
import type { Row } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';

export class RecentRows {
  #young = new Map<string, Row | undefined>();
  #old = new Map<string, Row | undefined>();

  /** The row, or undefined where there is none; `read` finds out what is not remembered. */
  get(key: string, read: () => Row | undefined): Row | undefined {
    const row = this.#young.get(key);
    if (row !== undefined || this.#young.has(key)) return row;
    if (!this.#old.has(key)) {
      const found = read();
      this.set(key, found);
      return found;
    }
    const known = this.#old.get(key);
    this.#keep(key, known);
    return known;
  }

  /** The row as it is committed now. */
  set(key: string, row: Row | undefined): void {
    if (row === undefined || textOf(row) <= limits.recentRowTextMax) return this.#keep(key, row);
    // What it was before is not what it is now.
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #keep(key: string, row: Row | undefined): void {
    this.#young.set(key, row);
    if (this.#young.size < limits.recentRowsMax / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

/** How much text a row holds: the lengths alone, as every row that is read or committed passes here. */
function textOf(row: Row): number {
  let characters = 0;
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'string') characters += value.length;
  }
  return characters;
}
