/** Emptying a balance, in steps that the cap on a single movement permits. */
import type { Load, Told } from '../load.ts';

/** More steps than this mean that the cap is too small to get there. */
const STEPS_MAX = 8;

/** Moves everything from `src` to `dst`. */
export async function drain(load: Load, src: string, dst: string): Promise<Told[]> {
  const told: Told[] = [];
  let left = (await load.balances())?.byName.get(src) ?? 0n;
  while (left > 0n && load.rail.singleMax > 0n && told.length < STEPS_MAX) {
    const amount = left < load.rail.singleMax ? left : load.rail.singleMax;
    told.push(await load.transfer(load.reference({ src, dst, amount })));
    left -= amount;
  }
  load.expectSuccess(told);
  return told;
}

/** In calm weather, an empty balance has nothing to give. */
export async function expectEmpty(load: Load, src: string, dst: string): Promise<Told> {
  const told = await load.transfer(load.reference({ src, dst, amount: 1n }));
  const { reference, spoken } = told;
  if (load.exact)
    load.expect(spoken?.error === 'insufficient_funds', reference.key, `${src} is empty, heard ${spoken?.text}`);
  return told;
}
