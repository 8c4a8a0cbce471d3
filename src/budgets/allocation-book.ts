/**
 * How a budget is split among categories (B-22): each allocation is taken from the nearest category above it that was given one,
 * at last from the merchant as a whole. One that comes in between takes over what stands below it. Nobody's children and
 * holdback may be more than its own allocation.
 */
import { WHOLE_MERCHANT } from './bucket.ts';
import type { BucketRow } from './tables.ts';

/** An allocation as planned. */
export interface Share {
  /** What it was taken from; null for the merchant-wide one. */
  readonly parent: string | null;
  readonly allocated: bigint;
  readonly children: bigint;
  readonly holdback: bigint;
}

/** A category whose children and holdback are more than it has. */
export interface Shortfall extends Share {
  readonly category: string;
}

const nothing: Share = { parent: null, allocated: 0n, children: 0n, holdback: 0n };

const shareOf = (row: BucketRow): Share => ({
  parent: row.parent,
  allocated: row.allocated_cents,
  children: row.children_cents,
  holdback: row.holdback_cents,
});

export class AllocationBook {
  readonly #before = new Map<string, Share>();
  readonly #now = new Map<string, Share>();
  readonly #pathOf: (category: string) => readonly string[];

  /** Buckets of one period; those that nobody planned do not count. `pathOf` answers an empty path for what is not there. */
  constructor(buckets: readonly BucketRow[], pathOf: (category: string) => readonly string[]) {
    for (const bucket of buckets) if (bucket.budget_id !== null) this.#before.set(bucket.category, shareOf(bucket));
    for (const [category, share] of this.#before) this.#now.set(category, share);
    this.#pathOf = pathOf;
  }

  share(category: string): Share {
    return this.#now.get(category) ?? nothing;
  }

  /** What is left out stays as it is. The merchant-wide allocation must be there before that of a category. */
  set(category: string, { amount, holdback }: { readonly amount?: bigint; readonly holdback?: bigint }): void {
    const before = this.share(category);
    const after = {
      ...before,
      allocated: amount ?? before.allocated,
      holdback: holdback ?? before.holdback,
    };
    this.#now.set(category, after);
    if (category !== WHOLE_MERCHANT) this.#take(category, before, after);
  }

  /** From what stands above it now, which may be another than before. */
  #take(category: string, before: Share, after: Share): void {
    const above = this.#pathOf(category).slice(1);
    const parent = above.find((each) => this.#now.has(each)) ?? WHOLE_MERCHANT;
    if (before.parent !== null) this.#giveChildren(before.parent, -before.allocated);
    this.#giveChildren(parent, after.allocated);
    this.#now.set(category, { ...this.share(category), parent });
    for (const [below, share] of this.#now) {
      if (below === category || share.parent !== parent || !this.#pathOf(below).slice(1).includes(category)) continue;
      this.#now.set(below, { ...share, parent: category });
      this.#giveChildren(parent, -share.allocated);
      this.#giveChildren(category, share.allocated);
    }
  }

  #giveChildren(category: string, amount: bigint): void {
    const share = this.share(category);
    this.#now.set(category, { ...share, children: share.children + amount });
  }

  /** Categories that are not as they were, with what they were and are. */
  changed(): { readonly category: string; readonly before: Share; readonly after: Share }[] {
    return [...this.#now].flatMap(([category, after]) => {
      const before = this.#before.get(category);
      return before !== undefined && isSame(before, after) ? [] : [{ category, before: before ?? nothing, after }];
    });
  }

  /** The first that gives away more than it has, of those that changed. */
  shortfall(): Shortfall | undefined {
    return this.changed()
      .map(({ category, after }) => ({ category, ...after }))
      .find(({ allocated, children, holdback }) => children + holdback > 0n && children + holdback > allocated);
  }
}

const isSame = (one: Share, other: Share): boolean =>
  one.parent === other.parent &&
  one.allocated === other.allocated &&
  one.children === other.children &&
  one.holdback === other.holdback;

/** Those of the planned buckets that an allocation may touch: what stands above and below it, and what it was taken from. */
export function relativesOf(
  category: string,
  planned: readonly BucketRow[],
  pathOf: (category: string) => readonly string[],
): BucketRow[] {
  const above = new Set([...pathOf(category), WHOLE_MERCHANT]);
  const own = planned.find((row) => row.category === category);
  return planned.filter(
    (row) => above.has(row.category) || row.category === own?.parent || pathOf(row.category).includes(category),
  );
}
