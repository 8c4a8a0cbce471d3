/** Workloads that press on the risk limits (P-30) and on what an amount may be (P-12, R12). */
import { setTimeout as pause } from 'node:timers/promises';
import { inParallel } from '../asking.ts';
import type { Load, Told, Workload } from '../load.ts';
import { requestOf } from '../references.ts';

const DENIED = 'daily_transfer_limit_exceeded';
const TOO_LARGE = 'transfer_amount_exceeds_limit';

const PRESSURE = 12;

const ASK_EVERY_MS = 20;

/** The server's clock counts whole milliseconds. */
const CLOCK_STEP_MS = 5;

export const velocity: Workload = {
  about: 'twelve transfers at once per source, twice: exactly BANK_VELOCITY_LIMIT pass per window, the rest are denied',
  env: { BANK_VELOCITY_LIMIT: '3', BANK_VELOCITY_WINDOW: '2' },
  async run(load) {
    const startedMs = performance.now();
    await press(load, load.rail.velocityLimit, startedMs);
    if (!load.exact || load.servers > 1) return;
    const pressedMs = performance.now();
    const windowMs = load.rail.velocityWindowMs;
    const approvals = await Promise.all(load.rail.balances.map((src) => firstApproval(load, src)));
    for (const [i, approvedMs] of approvals.entries())
      load.expect(
        approvedMs - startedMs >= windowMs,
        load.rail.balances[i] ?? '',
        `a slot came free ${Math.round(approvedMs - startedMs)} ms after the first, in a window of ${windowMs} ms`,
      );
    // By then every slot of the first window is free again, and one of the new window went to each first approval.
    await pause(Math.max(0, pressedMs + windowMs + CLOCK_STEP_MS - performance.now()));
    await press(load, load.rail.velocityLimit - 1, Math.min(...approvals));
  },
};

/** Sends more than the limit from every source at once; `slots` of each must pass. The present window began at `sinceMs`. */
async function press(load: Load, slots: number, sinceMs: number): Promise<void> {
  const perSource = load.calm ? PRESSURE : 4;
  const attempts = load.rail.balances.flatMap((src) => Array.from({ length: perSource }, () => orderFrom(load, src)));
  const told: Told[] = [];
  await inParallel(load.random.shuffled(attempts), load.callers(16), async (order) => {
    told.push(await load.transfer(load.reference(order)));
  });
  const tookMs = performance.now() - sinceMs;
  if (!load.calm) return;
  // Each server counts what it decides itself.
  const most = slots * load.servers;
  for (const src of load.rail.balances) {
    const mine = told.filter(({ reference }) => reference.order.src === src);
    const passed = mine.filter(({ spoken }) => spoken?.error !== DENIED).length;
    // Had it taken longer than a window, slots would have come free meanwhile.
    if (tookMs < load.rail.velocityWindowMs) {
      const right = load.fresh && load.servers === 1 ? passed === Math.min(slots, perSource) : passed <= most;
      load.expect(right, src, `${passed} of ${perSource} passed, the limit is ${most}`);
    }
  }
}

/** Asks until a slot is free, and returns when that was. */
async function firstApproval(load: Load, src: string): Promise<number> {
  const untilMs = performance.now() + load.rail.velocityWindowMs + 2_000;
  for (;;) {
    const { spoken } = await load.transfer(load.reference(orderFrom(load, src)));
    const nowMs = performance.now();
    if (spoken?.ok === true) return nowMs;
    load.expect(spoken?.error === DENIED, src, `expected ${DENIED} or a success, heard ${spoken?.text}`);
    if (nowMs > untilMs) {
      load.object(src, 'no slot came free after the window');
      return nowMs;
    }
    await pause(ASK_EVERY_MS);
  }
}

function orderFrom(load: Load, src: string): { src: string; dst: string; amount: bigint } {
  const dst = load.random.pick(load.rail.balances.filter((name) => name !== src));
  return { src, dst, amount: 1n };
}

/** JSON texts that are no amounts. */
const noAmounts = ['0', '-1', '0.5', '1e16', '9007199254740992', '-0', '"5"', 'true', 'null', '[5]', '{}'] as const;

/** JSON texts that are one and the same amount (R12). */
const sameAmounts = ['500', '500.0', '5e2', '50000e-2'] as const;

export const amountProbes: Workload = {
  about: 'the cap passes, one more does not; fractions, texts and the like are no amounts; 500.0 and 5e2 are 500',
  async run(load) {
    const { singleMax } = load.rail;
    const [a = '', b = ''] = load.rail.balances;
    load.expectSuccess(await load.transfers([{ src: a, dst: b, amount: 1n }], 1));
    for (const amount of [singleMax, singleMax]) await passes(load, { src: a, dst: b, amount: amount - 1n });
    for (const amount of [singleMax, singleMax]) await passes(load, { src: b, dst: a, amount });
    for (const amount of [singleMax + 1n, singleMax * 2n, BigInt(Number.MAX_SAFE_INTEGER)])
      await tooLarge(load, { src: a, dst: b, amount });
    for (const text of noAmounts) await load.probe(withAmount(load, text), 'invalid_amount');
    await load.probe(`{"op":"TRANSFER","src":"${a}","dst":"${b}","idempotency_key":"none"}`, 'invalid_amount');
    const reference = load.reference({ src: b, dst: a, amount: 500n });
    const first = await load.transfer(reference);
    for (const text of sameAmounts) {
      const again = await load.caller.request(requestOf(reference).replace('"amount":500', `"amount":${text}`));
      if (load.calm) load.expect(again === first.spoken?.text, reference.key, `amount ${text} gave ${again}`);
    }
  },
};

function withAmount(load: Load, text: string): string {
  const [a = '', b = ''] = load.rail.balances;
  return `{"op":"TRANSFER","src":"${a}","dst":"${b}","amount":${text},"idempotency_key":"${load.settings.runId}:no-amount"}`;
}

/** Not refused for its size. */
async function passes(load: Load, order: { src: string; dst: string; amount: bigint }): Promise<void> {
  if (order.amount < 1n) return;
  const { reference, spoken } = await load.transfer(load.reference(order));
  if (load.exact) load.expect(spoken?.ok === true, reference.key, `${order.amount}: ${spoken?.text}`);
  if (load.calm) load.expect(spoken?.error !== TOO_LARGE, reference.key, `${order.amount} is within the cap`);
}

/** Refused for its size, with a `tx_id`; on a rail with other callers the velocity may be judged first. */
async function tooLarge(load: Load, order: { src: string; dst: string; amount: bigint }): Promise<void> {
  const { reference, spoken } = await load.transfer(load.reference(order));
  if (!load.calm) return;
  const right = spoken?.error === TOO_LARGE || (!load.fresh && spoken?.error === DENIED);
  load.expect(right, reference.key, `${order.amount} is above the cap, heard ${spoken?.text}`);
}
