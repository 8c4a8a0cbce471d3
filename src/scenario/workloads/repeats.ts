/** Workloads about keys: sent twice, sent again after the answer, given up and taken up again. */
import { inParallel } from '../asking.ts';
import { drain, expectEmpty } from './drain.ts';
import type { Load, Told, Workload } from '../load.ts';
import { requestOf, type Reference } from '../references.ts';

export const doubledKeys: Workload = {
  about: 'every key sent twice, shuffled, by 16 callers: the same bytes for both; then with another amount: a conflict',
  async run(load) {
    const before = await load.stats();
    const references = load.orders(load.count(100), 50n).map((order) => load.reference(order));
    const told: Told[] = [];
    await inParallel(load.random.shuffled([...references, ...references]), load.callers(16), async (reference) => {
      told.push(await load.transfer(reference));
    });
    load.expectSuccess(told);
    const first = new Map<string, Told>();
    for (const one of told) {
      const other = first.get(one.reference.key);
      if (other === undefined) first.set(one.reference.key, one);
      else load.expectSame(other.spoken, one.spoken, one.reference.key);
    }
    const after = await load.stats();
    await conflicts(load, references.slice(0, 10));
    if (!load.exact) return;
    const moved = (after['ok'] ?? 0) - (before['ok'] ?? 0);
    load.expect(moved === references.length, 'STATS', `ok grew by ${moved} for ${references.length} keys`);
  },
};

/** P-14: the same key with any other content. Without an answer yet, the key may still be free. */
async function conflicts(load: Load, references: readonly Reference[]): Promise<void> {
  for (const reference of references) {
    if (reference.finals.length === 0) continue;
    const { src, dst, amount } = reference.order;
    const others = [
      { src, dst, amount: amount + 1n },
      { src: dst, dst: src, amount },
    ];
    for (const order of others) await load.probe(requestOf({ ...reference, order }), 'idempotency_conflict');
  }
}

export const retryAfterSuccess: Workload = {
  about:
    'transfers asked for again and again after their answers, with others in between: the same bytes, nothing moves',
  async run(load) {
    const [poor = '', rich = ''] = load.rail.balances;
    const drained = await drain(load, poor, rich);
    const refused = await expectEmpty(load, poor, rich);
    // Funds come back: a refusal stays the refusal of its key all the same.
    const refill = await load.transfer(load.reference({ src: rich, dst: poor, amount: 500n }));
    const told = [...drained, refused, refill, ...(await load.transfers(load.orders(load.count(20), 20n), 4))];
    const before = await load.balances();
    for (let round = 1; round <= 3; round++) {
      await inParallel(load.random.shuffled(told), load.callers(8), async (one) => {
        load.expectSame(one.spoken, (await load.transfer(one.reference)).spoken, one.reference.key);
      });
    }
    await conflicts(load, [refused.reference, refill.reference]);
    if (!load.exact) return;
    const after = await load.balances();
    for (const [name, balance] of before?.byName ?? [])
      load.expect(after?.byName.get(name) === balance, name, `retries moved it from ${balance}`);
  },
};

const DEADLINES_MS = [1, 2, 3, 5, 8, 13, 21, 34, 55] as const;

export const deadlineSweep: Workload = {
  about: 'callers that hang up after 1, 2, 3, 5 … 55 ms and ask again under the same key',
  async run(load) {
    const before = await load.stats();
    const perDeadline = Math.max(2, Math.floor(load.count(90) / DEADLINES_MS.length));
    const sweep = DEADLINES_MS.flatMap((deadlineMs) =>
      load.orders(perDeadline, 20n).map((order) => ({ deadlineMs, reference: load.reference(order) })),
    );
    const told: Told[] = [];
    await inParallel(load.random.shuffled(sweep), load.callers(16), async ({ deadlineMs, reference }) => {
      const early = await load.caller.transferOnce(reference, deadlineMs);
      const late = await load.transfer(reference);
      load.expectSame(early, late.spoken, reference.key);
      told.push(late);
    });
    load.expectSuccess(told);
    const after = await load.stats();
    if (!load.exact) return;
    const moved = (after['ok'] ?? 0) - (before['ok'] ?? 0);
    load.expect(moved === sweep.length, 'STATS', `ok grew by ${moved} for ${sweep.length} keys`);
  },
};
