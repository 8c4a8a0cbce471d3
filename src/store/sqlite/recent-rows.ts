/**
 * Committed rows that commands looked up or wrote lately, so that a hot one is not read from the database again and again. What
 * is not there is remembered, too. Two generations: when the young one is full it becomes the old one, and what nobody asked for
 * since goes with the one before.
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
    const known = this.#old.has(key) ? this.#old.get(key) : read();
    this.set(key, known);
    return known;
  }

  /** The row as it is committed now. */
  set(key: string, row: Row | undefined): void {
    this.#young.set(key, row);
    if (this.#young.size < limits.recentRowsMax / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
