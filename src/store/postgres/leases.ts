/** Leases as rows: the database's clock decides when one has expired, and its row lock who is next. */
import type { Leases } from '../store.ts';
import type { Readers } from './readers.ts';
import type { Statement } from './session.ts';

const HOLD: Statement = {
  name: 'hold-lease',
  text: `insert into leases (name, holder, token, expires_at)
    values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
      token = leases.token + case when leases.holder = excluded.holder then 0 else 1 end
    where leases.holder = excluded.holder or leases.expires_at < clock_timestamp()
    returning token`,
};

const IS_HELD: Statement = {
  name: 'is-lease-held',
  text: 'select 1 from leases where name = $1 and expires_at >= clock_timestamp()',
};

const LET_GO: Statement = {
  name: 'let-lease-go',
  text: 'update leases set expires_at = clock_timestamp() where name = $1 and holder = $2',
};

export function leasesInDatabase(sessions: Readers): Leases {
  return {
    hold: (name, holder, forMs) =>
      sessions.read(async (session) => {
        const token = (await session.query(HOLD, [name, holder, forMs]))[0]?.[0];
        return typeof token === 'bigint' ? token : undefined;
      }),
    isHeld: (name) => sessions.read(async (session) => (await session.query(IS_HELD, [name])).length > 0),
    letGo: (name, holder) => sessions.read(async (session) => void (await session.query(LET_GO, [name, holder]))),
  };
}
