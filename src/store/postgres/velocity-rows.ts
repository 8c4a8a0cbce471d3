/**
 * Velocity windows that all servers on a database share (P-30), as rows. A batch loads what others have written since, and
 * writes its own in the same transaction: both while it holds the journal's head, so no slot is given away twice.
 */
import { invariant } from '../../base/assert.ts';
import type { SharedWindows, SourceCount } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import { arrayLiteral } from './array.ts';
import type { Session, Statement } from './session.ts';

const LOAD: Statement = {
  name: 'load-velocity',
  text: 'select id, source, first_ms, last_ms, used from velocity where id > $1 order by id',
};

const WRITE: Statement = {
  name: 'write-velocity',
  text: `insert into velocity (source, first_ms, last_ms, used)
    select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
    on conflict (source, first_ms) do update set id = default, last_ms = excluded.last_ms, used = excluded.used`,
};

/** Looks at few rows, however many there are: the oldest have the lowest ids. */
const SWEEP: Statement = {
  name: 'sweep-velocity',
  text: `delete from velocity where id = any(array(
    select id from (select id, last_ms from velocity order by id limit $2) oldest where last_ms <= $1))`,
};

export class VelocityRows {
  readonly #windows: SharedWindows;
  /** What is in memory was loaded over this session. */
  #session: Session | undefined;
  /**
   * The newest row that was loaded. Not that of the last write, whose commit may fail, or succeed without our hearing of it:
   * own rows are loaded like those of others, and replace what they repeat.
   */
  #newest = 0n;
  /** Rows written since the last sweep. A server that never gets far has to sweep too. */
  #unswept: number = limits.postgresVelocityRowsUnswept;

  constructor(windows: SharedWindows) {
    this.#windows = windows;
  }

  /** Sends for what others have written. */
  async load(session: Session): Promise<void> {
    // After a failover the database may lack rows and give their ids to others.
    if (session !== this.#session) this.#forget();
    this.#session = session;
    for (const [id, source, firstMs, lastMs, used] of await session.query(LOAD, [this.#newest])) {
      invariant(typeof id === 'bigint', 'rows of velocity are numbered');
      const count = { firstMs: Number(firstMs), lastMs: Number(lastMs), count: Number(used) };
      this.#windows.take({ source: String(source), ...count });
      this.#newest = id;
    }
  }

  /** What the batch used. */
  changed(): readonly SourceCount[] {
    return this.#windows.changed();
  }

  /** Writes into the batch's transaction. */
  async write(session: Session, counts: readonly SourceCount[], nowMs: number): Promise<void> {
    if (counts.length === 0) return;
    const columns = [
      counts.map(({ source }) => source),
      counts.map(({ firstMs }) => firstMs),
      counts.map(({ lastMs }) => lastMs),
      counts.map(({ count }) => count),
    ];
    const written = session.query(WRITE, columns.map(arrayLiteral));
    await Promise.all([written, this.#sweep(session, counts.length, nowMs)]);
  }

  #forget(): void {
    this.#windows.forget();
    this.#newest = 0n;
  }

  async #sweep(session: Session, written: number, nowMs: number): Promise<void> {
    this.#unswept += written;
    if (this.#unswept < limits.postgresVelocityRowsUnswept) return;
    this.#unswept = 0;
    await session.query(SWEEP, [nowMs - this.#windows.windowMs, limits.postgresVelocitySweepRowsMax]);
  }
}
