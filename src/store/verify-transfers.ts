/**
 * Compares `transfers` (split deployment) with what the facts say. Memory holds the transfers that are open at the present
 * fact, and those that have just ended: a row is looked up when its last step is known.
 */
import { limits } from '../base/limits.ts';
import type { StoredFact } from '../journal/audit.ts';
import { transfers, type TransferRow } from '../payments/tables.ts';
import { difference, type FirstBad } from './check-result.ts';
import type { Snapshot } from './snapshot.ts';

export class TransferAudit {
  readonly #snapshot: Snapshot;
  readonly #open = new Map<string, TransferRow>();
  #ended: TransferRow[] = [];
  #rows = 0;
  #flaw: FirstBad | undefined;
  #secondOutcome: FirstBad | undefined;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Transfers that the facts tell of. */
  get rows(): number {
    return this.#rows;
  }

  get flaw(): FirstBad | undefined {
    return this.#flaw;
  }

  /** A step of a transfer that had its completed response already (I5). */
  get secondOutcome(): FirstBad | undefined {
    return this.#secondOutcome;
  }

  /** Takes a transfer as a fact left it. */
  expect(row: TransferRow, fact: StoredFact): void {
    const begins = fact.key !== null;
    if (!begins && !this.#open.has(row.key)) {
      this.#secondOutcome ??= {
        table: 'facts',
        key: `seq=${fact.seq}`,
        expected: `no step of ${row.tx_id} without its begin or after its end`,
        found: fact.type,
      };
      return;
    }
    if (begins) this.#rows += 1;
    if (row.state !== 'ended') {
      this.#open.set(row.key, row);
      return;
    }
    this.#open.delete(row.key);
    this.#ended.push(row);
  }

  /** Looks up what has ended since the last time. */
  async compare(): Promise<void> {
    const ended = this.#ended;
    this.#ended = [];
    for (let at = 0; at < ended.length && this.#flaw === undefined; at += limits.rowsAtOnce) {
      const rows = ended.slice(at, at + limits.rowsAtOnce);
      const found = await this.#snapshot.rowsOf(
        transfers,
        rows.map(({ key }) => key),
      );
      for (const row of rows) this.#flaw ??= difference(transfers, row, found.get(row.key));
    }
  }

  /** After the last fact. */
  async end(): Promise<void> {
    this.#ended.push(...this.#open.values());
    await this.compare();
    const count = await this.#snapshot.count(transfers.name);
    if (this.#flaw === undefined && count !== this.#rows) this.#flaw = await this.#stray();
  }

  /** A row that no fact tells of: none of its key was recorded at its instant. */
  async #stray(): Promise<FirstBad | undefined> {
    for await (const rows of this.#snapshot.transfers()) {
      const instants = rows.map(({ updated_at: at }) => at).filter((at) => typeof at === 'bigint');
      const bodies = await this.#snapshot.bodiesAt(instants);
      for (const row of rows) {
        const { key, updated_at: at } = row;
        const body = typeof at === 'bigint' ? bodies.get(at) : undefined;
        if (body?.includes(`"key":${JSON.stringify(key)}`) !== true) return difference(transfers, undefined, row);
      }
    }
    return undefined;
  }
}
