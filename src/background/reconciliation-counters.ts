/**
 * Are a bucket's counters the sums over its decisions (B-07)? A million decisions are added up where they are, a window at a
 * time, while gates go on. What does not fit may have changed meanwhile: it is looked at again, alone, until it held still.
 */
import { allocations, budgets, decisions, type BucketRow } from '../budgets/tables.ts';
import { WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { openingOf } from '../budgets/plan.ts';
import { limits } from '../base/limits.ts';
import { findRow } from '../store/find-row.ts';
import { pages, windows } from '../store/pages.ts';
import type { Store } from '../store/store.ts';
import { nextTurn } from './next-turn.ts';

type Reader = Pick<Store, 'rows' | 'sums'>;
type Sums = readonly [reserved: bigint, committed: bigint, received: bigint];

const NOTHING: Sums = [0n, 0n, 0n];
const COUNTED = ['reserved_cents', 'committed_cents', 'received_cents'] as const;

export class CounterCheck {
  readonly #store: Reader;
  readonly #sums = new Map<string, Sums>();
  #after = 0n;
  /** Decisions that were added up. */
  counted = 0;

  constructor(store: Reader) {
    this.#store = store;
  }

  /** Adds up the next window; false: there is none. */
  async next(): Promise<boolean> {
    const { groups, rows, last } = await this.#store.sums({
      table: decisions,
      by: 'created_at',
      after: this.#after,
      limit: limits.reconcileWindowRows,
      group: 'bucket',
      of: COUNTED,
    });
    for (const { group, sums } of groups) this.#sums.set(group, added(this.#sums.get(group) ?? NOTHING, sums));
    this.counted += rows;
    this.#after = last ?? this.#after;
    return rows === limits.reconcileWindowRows;
  }

  /** Buckets whose counters are not what was added up, even when nothing came in between. */
  async miscounted(): Promise<string[]> {
    const suspects: string[] = [];
    const left = new Set(this.#sums.keys());
    for await (const page of pages(this.#store, { table: allocations, by: 'bucket' })) {
      for (const row of page) {
        left.delete(row.bucket);
        if (!same(countersOf(row), this.#sums.get(row.bucket) ?? NOTHING)) suspects.push(row.bucket);
      }
      await nextTurn();
    }
    const found: string[] = [];
    for (const bucket of [...suspects, ...left]) if (await this.#isMiscounted(bucket)) found.push(bucket);
    return found;
  }

  async #isMiscounted(bucket: string): Promise<boolean> {
    for (let look = 0; look < limits.reconcileLooksMax; look++) {
      const before = await this.#bucket(bucket);
      const sums = added(await this.#sumsOf(bucket), [0n, await this.#opening(before), 0n]);
      const after = await this.#bucket(bucket);
      if (before?.version !== after?.version) continue;
      return !same(before === undefined ? NOTHING : countersOf(before), sums);
    }
    return false;
  }

  #bucket(bucket: string): Promise<BucketRow | undefined> {
    return findRow(this.#store, allocations, 'bucket', bucket);
  }

  async #sumsOf(bucket: string): Promise<Sums> {
    let total = NOTHING;
    const query = { table: decisions, where: { bucket }, by: 'created_at', group: 'bucket', of: COUNTED } as const;
    for await (const groups of windows(this.#store, query)) {
      await nextTurn();
      for (const { sums } of groups) total = added(total, sums);
    }
    return total;
  }

  /** Orders from before the plan are commitments of the whole merchant (B-20); a revision of them changes the bucket, too. */
  async #opening(bucket: BucketRow | undefined): Promise<bigint> {
    if (bucket === undefined || bucket.category !== WHOLE_MERCHANT || bucket.budget_id === null) return 0n;
    const budget = await findRow(this.#store, budgets, 'budget_id', bucket.budget_id);
    return budget === undefined ? 0n : openingOf(budget);
  }
}

const countersOf = (row: BucketRow): Sums => [row.reserved_cents, row.committed_cents, row.received_cents];

const added = (one: Sums, other: readonly bigint[]): Sums => [
  one[0] + (other[0] ?? 0n),
  one[1] + (other[1] ?? 0n),
  one[2] + (other[2] ?? 0n),
];

const same = (one: Sums, other: Sums): boolean => one.every((cents, index) => cents === other[index]);
