/** Workloads of plain transfers: one after the other, in a burst, many small ones. */
import type { Load, Told, Workload } from '../load.ts';

const AMOUNT_MAX = 100n;

export const baseline: Workload = {
  about: 'BANK_TRANSFERS transfers by BANK_CONCURRENCY callers, one after the other by default',
  async run(load) {
    const before = await load.balances();
    const orders = load.orders(load.settings.transfers, AMOUNT_MAX);
    const told = await load.transfers(orders, load.settings.concurrency);
    load.expectSuccess(told);
    if (load.settings.concurrency === 1) foretell(load, told, before?.byName ?? new Map<string, bigint>());
  },
};

/** With one caller, every balance of every answer is known beforehand. */
function foretell(load: Load, told: readonly Told[], before: ReadonlyMap<string, bigint>): void {
  if (!load.exact) return;
  const balances = new Map(before);
  for (const { reference, spoken } of told) {
    const { src, dst, amount } = reference.order;
    const from = (balances.get(src) ?? 0n) - amount;
    const to = (balances.get(dst) ?? 0n) + amount;
    balances.set(src, from).set(dst, to);
    load.expect(
      spoken?.srcBalance === from && spoken.dstBalance === to,
      reference.key,
      `expected src_balance ${from} and dst_balance ${to}, heard ${spoken?.text}`,
    );
  }
}

export const burst: Workload = {
  about: 'ten transfers to warm up, then 200 by 64 callers at once',
  async run(load) {
    load.expectSuccess(await load.transfers(load.orders(10, 10n), 1));
    load.expectSuccess(await load.transfers(load.orders(load.count(200), 10n), load.callers(64)));
  },
};

export const small500: Workload = {
  about: '500 transfers of one minor unit by 16 callers',
  async run(load) {
    const before = await load.balances();
    const told = await load.transfers(load.orders(load.count(500), 1n), load.callers(16));
    load.expectSuccess(told);
    const after = await load.balances();
    if (!load.exact || before === undefined || after === undefined) return;
    const expected = new Map(before.byName);
    for (const { reference } of told) {
      const { src, dst, amount } = reference.order;
      expected.set(src, (expected.get(src) ?? 0n) - amount).set(dst, (expected.get(dst) ?? 0n) + amount);
    }
    for (const [name, balance] of expected)
      load.expect(after.byName.get(name) === balance, name, `BALANCE says ${after.byName.get(name)}, moved ${balance}`);
  },
};
