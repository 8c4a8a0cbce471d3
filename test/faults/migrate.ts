/** Runs `purser migrate-store` between data directories and databases, to its end or to the moment at which it is killed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { queryAt } from '../rig/postgres.ts';
import { until } from '../rig/until.ts';
import { purser, type Ended, type RunOptions } from './purser.ts';

const storeOf = (place: string): string => (place.includes('://') ? place : `sqlite:${place}`);

export function migrate(
  from: string,
  to: string,
  options: RunOptions & { readonly json?: boolean } = {},
): Promise<Ended> {
  const json = options.json === true ? ['--json'] : [];
  return purser(['migrate-store', '--from', storeOf(from), '--to', storeOf(to), ...json], options);
}

/** Kills it (`kill -9`) once the target has so many facts. */
export async function migrateAndKill(from: string, to: string, now: (facts: number) => boolean): Promise<void> {
  let running = true;
  const { code } = await migrate(from, to, {
    started(kill) {
      void until('so many facts have been copied', async () => !running || now(await factsIn(to))).then(kill);
    },
  });
  running = false;
  assert.equal(code, 'SIGKILL', 'it was killed before its end');
}

/** The facts of a database, also of one that is only being made. */
export async function factsIn(place: string): Promise<number> {
  try {
    if (place.includes('://'))
      return Number((await queryAt<{ seq: string }>(place, 'select seq from journal_head'))[0]?.seq);
    const db = new DatabaseSync(join(place, 'purser.db'), { readOnly: true });
    try {
      return Number(db.prepare('select max(seq) as seq from facts').get()?.['seq'] ?? 0);
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}
