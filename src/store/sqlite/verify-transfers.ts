/**
 * Compares `transfers` (split deployment) with what the facts say. Memory holds the transfers that are open at the present
 * fact: a row is looked up when its last step is known, which is when the transfer ends.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredFact } from '../../journal/audit.ts';
import { transfers, type TransferRow } from '../../payments/tables.ts';
import { difference, storedRow, type FirstBad } from './check-result.ts';

const COLUMNS = transfers.columns.join(', ');

export class TransferAudit {
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #open = new Map<string, TransferRow>();
  #rows = 0;
  #flaw: FirstBad | undefined;
  #secondOutcome: FirstBad | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#select = db.prepare(`select ${COLUMNS} from transfers where key = ?`);
    this.#select.setReadBigInts(true);
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
    this.#compare(row);
  }

  /** After the last fact. */
  end(): void {
    for (const row of this.#open.values()) this.#compare(row);
    const count = Number(this.#db.prepare('select count(*) as count from transfers').get()?.['count']);
    if (this.#flaw === undefined && count !== this.#rows) this.#flaw = this.#stray();
  }

  #compare(row: TransferRow): void {
    if (this.#flaw === undefined) this.#flaw = difference(transfers, row, storedRow(this.#select.get(row.key)));
  }

  /** A row that no fact tells of: none of its key was recorded at its instant. */
  #stray(): FirstBad | undefined {
    const bodyAt = this.#db.prepare('select body from facts where seq = ? and at = ?');
    const instantOf = this.#db.prepare('select at from facts where seq = ?');
    const all = this.#db.prepare(`select ${COLUMNS} from transfers order by rowid`);
    for (const statement of [bodyAt, instantOf, all]) statement.setReadBigInts(true);
    const last = Number(this.#db.prepare('select max(seq) as last from facts').get()?.['last'] ?? 0);
    for (const found of all.iterate()) {
      const at = found['updated_at'] ?? null;
      const seq = lowest(last, (middle) => Number(instantOf.get(middle)?.['at']) >= Number(at));
      const body = bodyAt.get(seq, at)?.['body'];
      if (!String(body).includes(`"key":${JSON.stringify(found['key'])}`))
        return difference(transfers, undefined, storedRow(found));
    }
    return undefined;
  }
}

/** The first number from 1 to `last` for which the condition holds (it holds from there on), or the one after them. */
function lowest(last: number, holds: (number: number) => boolean): number {
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
