/** Finds the host that takes writes among those of a store's URL: the primary, whichever it is after a failover. */
import { limits } from '../../base/limits.ts';
import { StoreError } from '../store.ts';
import { explained } from './errors.ts';
import { Session, type Purpose } from './session.ts';
import { shown, type Host, type Target } from './target.ts';

const LOOK = {
  name: 'look',
  text: `select pg_is_in_recovery(), current_setting('server_encoding'), current_setting('server_version_num')::int,
    set_config('synchronous_commit', case when current_setting('synchronous_commit') in ('on', 'remote_apply')
      then current_setting('synchronous_commit') else 'on' end, false)`,
};

/** The oldest PostgreSQL that is tested. */
const VERSION_MIN = 14;

/**
 * Connects to the first host that takes writes and that `prepare` does not reject: an old primary that came back after it was
 * replaced must not stand in the way of the new one. Throws StoreError, with what is wrong with each host.
 */
export async function connectToPrimary(
  target: Target,
  purpose: Purpose,
  prepare: (session: Session) => Promise<void> = () => Promise.resolve(),
): Promise<Session> {
  const reasons: string[] = [];
  for (const host of target.hosts) {
    const one = { ...target, hosts: [host] };
    try {
      return await connectTo(one, host, purpose, prepare);
    } catch (error) {
      reasons.push(explained(one, error).message);
    }
  }
  throw new StoreError(reasons.join('; '));
}

async function connectTo(
  target: Target,
  host: Host,
  purpose: Purpose,
  prepare: (session: Session) => Promise<void>,
): Promise<Session> {
  const session = await Session.connect(target, host, purpose);
  try {
    const unfit = await session.within(limits.postgresConnectMs, () => look(session));
    if (unfit !== undefined) throw new StoreError(`${shown(target)} ${unfit}`);
    await prepare(session);
    return session;
  } catch (error) {
    session.cut('not fit for use');
    throw error;
  }
}

/** Why this server cannot be used; it also makes every commit of the session wait for disk and synchronous standbys. */
async function look(session: Session): Promise<string | undefined> {
  const [row] = await session.query(LOOK);
  const [standby, encoding, version] = row ?? [];
  if (standby === true) return 'is a read-only standby: name the primary too, or promote this one';
  if (encoding !== 'UTF8') return `has the encoding ${String(encoding)}: create the database with encoding UTF8`;
  if (Number(version) < VERSION_MIN * 10_000) return `is older than PostgreSQL ${VERSION_MIN}: upgrade it`;
  return undefined;
}
