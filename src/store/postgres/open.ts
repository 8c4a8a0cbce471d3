/**
 * The PostgreSQL twin of the store: any number of servers on one replicated database. It keeps no state that the database
 * does not have; a server that is killed, paused or cut off leaves nothing behind but an open transaction, which ends.
 */
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Decisions } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import { StoreError, type Store } from '../store.ts';
import { readColumnTypes, RowWriter, type Head } from './append.ts';
import { leasesInDatabase } from './leases.ts';
import { Line, type OnLine } from './line.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';
import { connectToPrimary } from './primary.ts';
import { Readers } from './readers.ts';
import { isCommitted } from './reads.ts';
import type { Session } from './session.ts';
import type { Host, Target } from './target.ts';

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
  let last: Head | undefined;
  let host: Host | undefined;
  const prepare = async (session: Session): Promise<void> => {
    // Only a start may have to migrate, which takes as long as it takes.
    await (host === undefined ? migrate(session) : session.within(limits.postgresSilenceMs, () => migrate(session)));
    await session.within(limits.postgresSilenceMs, async () => {
      await waitForHead(session);
      await requireAcknowledged(session, last);
    });
  };
  const connect = async (): Promise<Session> => {
    const session = await connectToPrimary(target, 'write', prepare);
    host = session.host;
    return session;
  };
  const session = await connect();
  const line = new Line(session, connect, onLine ?? (() => {}));
  // All others go where the writes go: an old primary that came back would tell what is not true any more.
  const readers = (purpose: 'read' | 'keep', max: number): Readers =>
    new Readers({
      connect: () => connectToPrimary({ ...target, hosts: [host ?? session.host] }, purpose),
      isCurrent: (one) => one.host === host,
      max,
    });
  const keepers = readers('keep', 1);
  return new PostgresStore({
    line,
    leases: leasesInDatabase(keepers),
    close: () => keepers.close(),
    readers: readers('read', target.readers),
    writer: new RowWriter(await readColumnTypes(session)),
    decisions,
    clock: clock ?? { uptimeMs: () => systemClock.uptimeMs() },
    acknowledged: (head) => (last = head),
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
async function requireAcknowledged(session: Session, last: Head | undefined): Promise<void> {
  if (last === undefined || (await isCommitted(session, last))) return;
  throw new StoreError(
    `the database lacks facts that were acknowledged (fact ${last.seq}): promote the standby that has them, or restart this server to accept the loss`,
  );
}
