/**
 * Are a bucket's counters the sums over its decisions (B-07)? A million decisions are added up where they are, a window at a
 * time, while gates go on. What does not fit may have changed meanwhile: it is looked at again, alone, until it held still.
 */
import { allocations, budgets, decisions, type BucketRow } from '../budgets/tables.ts';
import { WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import type { Store } from '../store/store.ts';
import { nextTurn } from './next-turn.ts';

type Reader = Pick<Store, 'rows' | 'sums' | 'factsAbout'>;
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
    let after = '';
    const left = new Set(this.#sums.keys());
    for (;;) {
      const page = await this.#store.rows({ table: allocations, by: 'bucket', after, limit: limits.jobRowsMax });
      for (const row of page) {
        left.delete(row.bucket);
        if (!same(countersOf(row), this.#sums.get(row.bucket) ?? NOTHING)) suspects.push(row.bucket);
      }
      await nextTurn();
      const last = page.at(-1)?.bucket;
      if (last === undefined || page.length < limits.jobRowsMax) break;
      after = last;
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

  async #bucket(bucket: string): Promise<BucketRow | undefined> {
    return (await this.#store.rows({ table: allocations, where: { bucket }, by: 'bucket', limit: 1 }))[0];
  }

  async #sumsOf(bucket: string): Promise<Sums> {
    let total = NOTHING;
    let after = 0n;
    for (;;) {
      const query = { table: decisions, where: { bucket }, by: 'created_at', group: 'bucket', of: COUNTED } as const;
      const { groups, rows, last } = await this.#store.sums({ ...query, after, limit: limits.reconcileWindowRows });
      await nextTurn();
      for (const { sums } of groups) total = added(total, sums);
      if (rows < limits.reconcileWindowRows || last === null) return total;
      after = last;
    }
  }

  /** Orders from before the plan entered as commitments of the whole merchant, once, when it was activated (B-20). */
  async #opening(bucket: BucketRow | undefined): Promise<bigint> {
    if (bucket === undefined || bucket.category !== WHOLE_MERCHANT || bucket.budget_id === null) return 0n;
    const subject = bucket.budget_id;
    for (let after = 0; ;) {
      const facts = await this.#store.factsAbout({ subject, after, limit: limits.jobRowsMax });
      const activated = facts.find(({ type }) => type === 'otb/budget-activated.v1');
      if (activated !== undefined) return openingIn(activated.body);
      const last = facts.at(-1)?.seq;
      if (last === undefined || facts.length < limits.jobRowsMax) return 0n;
      after = last;
    }
  }
}

function openingIn(body: string): bigint {
  const fact: unknown = JSON.parse(body);
  const rows = isObject(fact) && isObject(fact['rows']) ? fact['rows'][budgets.name] : [];
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (!isObject(row)) return 0n;
  return BigInt(String(row['amount_cents'])) - BigInt(String(row['open_to_buy_cents']));
}

const countersOf = (row: BucketRow): Sums => [row.reserved_cents, row.committed_cents, row.received_cents];

const added = (one: Sums, other: readonly bigint[]): Sums => [
  one[0] + (other[0] ?? 0n),
  one[1] + (other[1] ?? 0n),
  one[2] + (other[2] ?? 0n),
];

const same = (one: Sums, other: Sums): boolean => one.every((cents, index) => cents === other[index]);
