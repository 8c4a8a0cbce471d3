/** What two databases with the same journal must have in common beyond it: as many rows, and as much money. */
import { accounts } from '../payments/tables.ts';
import { projections } from './projection.ts';
import type { Snapshot } from './snapshot.ts';

/** The first total in which a copy differs. */
export interface TotalsDiffer {
  readonly what: string;
  readonly expected: bigint;
  readonly found: bigint;
}

export async function totalsDiffer(source: Snapshot, copy: Snapshot): Promise<TotalsDiffer | undefined> {
  const [expected, found] = [await totals(source), await totals(copy)];
  const what = [...expected.keys()].find((name) => found.get(name) !== expected.get(name));
  return what === undefined ? undefined : { what, expected: expected.get(what)!, found: found.get(what)! };
}

async function totals(snapshot: Snapshot): Promise<ReadonlyMap<string, bigint>> {
  const found = new Map<string, bigint>();
  for (const { name } of projections) found.set(`rows of ${name}`, BigInt(await snapshot.count(name)));
  let money = 0n;
  for (const { balance } of await snapshot.rows(accounts)) money += typeof balance === 'bigint' ? balance : 0n;
  return found.set('in all balances', money);
}
