/**
 * What the journal's head costs: how many facts share a commit, and where the time goes in which a server holds the head.
 * Sessions are looked at from outside, a hundred times a second.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Line } from './row.ts';
import { queryAt } from './postgres-server.ts';
import type { Turn } from './turns.ts';

const PAUSE_MS = 10;

/** Of the sessions in a transaction, what the one that is furthest does. Whoever waits for a lock does not hold the head. */
const DOING = {
  name: 'doing',
  text: `select case
      when state = 'idle in transaction' then 'server'
      when query = 'commit' then 'commit'
      else 'statements' end as doing
    from pg_stat_activity
    where application_name = 'purser' and datname = current_database() and xact_start is not null
      and state <> 'idle' and wait_event_type is distinct from 'Lock'
    order by (query = 'commit') desc, state_change desc limit 1`,
};

const JOURNAL = 'select (select count(*) from batches) as commits, (select seq from journal_head) as facts';

/** Numbers as text, as the driver gives them. */
interface Journal {
  readonly commits: string;
  readonly facts: string;
}

/** Measures one turn of a load; `what` is how the line calls it. */
export async function headLine(
  url: string,
  what: string,
  load: () => Promise<Turn>,
): Promise<{ line: Line; turn: Turn }> {
  const [before] = await queryAt<Journal>(url, JOURNAL);
  const samples = await sample(url);
  const turn = await load();
  await samples.end();
  const [after] = await queryAt<Journal>(url, JOURNAL);
  const grown = (column: keyof Journal): number => Number(after?.[column]) - Number(before?.[column]);
  const factsPerCommit = grown('facts') / grown('commits');
  const { server, commit, statements } = samples.shares();
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return {
    turn,
    line: {
      what,
      unit: '/s',
      measured: turn.perSecond / factsPerCommit,
      note:
        `${factsPerCommit.toFixed(0)} transfers per commit; the head is held ${percent(server + commit + statements)} of the time: ` +
        `${percent(statements)} statements, ${percent(commit)} commit, ${percent(server)} the server's own work and the way to it`,
    },
  };
}

type Doing = 'server' | 'commit' | 'statements';

interface Samples {
  end(): Promise<void>;
  shares(): Readonly<Record<Doing, number>>;
}

async function sample(url: string): Promise<Samples> {
  const client = new Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  const seen = { server: 0, commit: 0, statements: 0, nothing: 0 };
  const ending = new AbortController();
  const looking = (async () => {
    while (!ending.signal.aborted) {
      const { rows } = await client.query<{ doing: Doing }>(DOING);
      seen[rows[0]?.doing ?? 'nothing'] += 1;
      // By chance, so that it does not fall into step with what it looks at.
      await wait(2 * PAUSE_MS * Math.random());
    }
  })();
  return {
    async end() {
      ending.abort();
      await looking;
      await client.end();
    },
    shares() {
      const all = seen.server + seen.commit + seen.statements + seen.nothing;
      return { server: seen.server / all, commit: seen.commit / all, statements: seen.statements / all };
    },
  };
}
