/** Workloads about money that runs short and never gets lost: one hot source, an empty one, everything at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { drain, expectEmpty } from './drain.ts';
import type { Load, Told, Workload } from '../load.ts';

export const hotSource: Workload = {
  about: '150 transfers of a hundredth of one balance by 32 callers: a hundred pass, the rest find no funds',
  async run(load) {
    const [src = '', ...others] = load.rail.balances;
    const amount = load.rail.opening / 100n;
    if (amount < 1n) return;
    const orders = Array.from({ length: load.count(150) }, () => ({ src, dst: load.random.pick(others), amount }));
    const told = await load.transfers(orders, load.callers(32));
    const passed = told.filter(({ spoken }) => spoken?.ok === true).length;
    if (load.fresh) load.expect(passed <= 100, src, `${passed} transfers of ${amount} from ${load.rail.opening}`);
    if (!load.exact) return;
    load.expect(passed === Math.min(100, orders.length), src, `${passed} passed, a hundred should`);
    expectRefusals(load, told);
  },
};

/** In calm weather nothing but missing funds refuses a transfer. */
function expectRefusals(load: Load, told: readonly Told[]): void {
  if (!load.exact) return;
  for (const { reference, spoken } of told)
    load.expect(
      spoken?.ok === true || spoken?.error === 'insufficient_funds',
      reference.key,
      `expected a success or insufficient_funds, heard ${spoken?.text}`,
    );
}

export const drainCross: Workload = {
  about: 'one balance drained to zero, then cross traffic among all of them',
  async run(load) {
    const [src = '', dst = ''] = load.rail.balances;
    await drain(load, src, dst);
    await expectEmpty(load, src, dst);
    const told = await load.transfers(load.orders(load.count(150), load.rail.singleMax), load.callers(16));
    expectRefusals(load, told);
  },
};

export const conservation: Workload = {
  about: '400 transfers of any size by 32 callers, while BALANCE is read all the time: the total never grows',
  async run(load) {
    const before = await load.balances();
    const largest = load.rail.opening / 3n < load.rail.singleMax ? load.rail.opening / 3n : load.rail.singleMax;
    let over = false;
    const watching = watch(load, before?.total, () => over);
    const told = await load.transfers(load.orders(load.count(400), largest > 0n ? largest : 1n), load.callers(32));
    over = true;
    const looks = await watching;
    expectRefusals(load, told);
    if (load.exact) load.expect(looks > 0, 'BALANCE', 'gave no answer while the load ran');
  },
};

const LOOK_EVERY_MS = 20;

/** Returns how often BALANCE was heard. Debits under way may lower the total; nothing may raise it. */
async function watch(load: Load, total: bigint | undefined, over: () => boolean): Promise<number> {
  let looks = 0;
  while (!over()) {
    const now = await load.balances();
    await pause(LOOK_EVERY_MS);
    if (now === undefined) continue;
    looks += 1;
    if (load.fresh && total !== undefined)
      load.expect(now.total <= total, 'BALANCE', `the total rose from ${total} to ${now.total}`);
  }
  return looks;
}
