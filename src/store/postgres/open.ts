/**
 * The PostgreSQL twin of the store: any number of servers on one replicated database. It keeps no state that the database
 * does not have; a server that is killed, paused or cut off leaves nothing behind but an open transaction, which ends.
 */
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Decisions } from '../../base/decision.ts';
import { StoreError, type Store } from '../store.ts';
import { readColumnTypes, RowWriter, type Batch } from './append.ts';
import { explained } from './errors.ts';
import { leasesInDatabase } from './leases.ts';
import { Line, type OnLine } from './line.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';
import { connectToPrimary } from './primary.ts';
import { Readers } from './readers.ts';
import { isCommitted } from './reads.ts';
import type { Session } from './session.ts';
import type { Target } from './target.ts';

export interface PostgresOptions {
  readonly target: Target;
  /** What commands mean. */
  readonly decisions: Decisions;
  /** Told when the database is lost and when it is back. */
  readonly onLine?: OnLine;
  /** Without one, the time of day is the database's own: the same for all servers. */
  readonly clock?: Clock;
}

/** Opens the database, and brings its schema up to date. Throws StoreError with a message for the operator. */
export async function openPostgresStore({ target, decisions, onLine, clock }: PostgresOptions): Promise<Store> {
  let last: Batch | undefined;
  const connect = async (): Promise<Session> => {
    const session = await connectToPrimary(target, 'write');
    try {
      await migrate(session);
      await waitForHead(session);
      await requireAcknowledged(session, last);
      return session;
    } catch (error) {
      session.cut('not fit for use');
      throw explained(target, error);
    }
  };
  const session = await connect();
  const line = new Line(session, connect, onLine ?? (() => {}));
  const keepers = new Readers(() => connectToPrimary(target, 'keep'), 1);
  return new PostgresStore({
    line,
    leases: leasesInDatabase(keepers),
    close: () => keepers.close(),
    readers: new Readers(() => connectToPrimary(target, 'read'), target.readers),
    writer: new RowWriter(await readColumnTypes(session)),
    decisions,
    clock: clock ?? { uptimeMs: () => systemClock.uptimeMs() },
    acknowledged: (batch) => (last = batch),
  });
}

/**
 * Writes at the journal's head without changing it. When that is committed, whatever an earlier session of this server had
 * begun has ended, and everything that can be seen here is on the disk and with the synchronous standbys.
 */
async function waitForHead(session: Session): Promise<void> {
  await session.run('update journal_head set seq = seq');
}

/** A standby that was promoted too early, or an old backup, lacks facts that callers have heard of: nobody may build on it. */
async function requireAcknowledged(session: Session, last: Batch | undefined): Promise<void> {
  if (last === undefined || (await isCommitted(session, last))) return;
  throw new StoreError(
    `the database lacks facts that were acknowledged (fact ${last.firstSeq}): promote the standby that has them, or restart this server to accept the loss`,
  );
}
