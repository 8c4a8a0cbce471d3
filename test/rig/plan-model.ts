/** Planning in the words of B-20 to B-23, over plain maps, with every sum reckoned anew: too simple to be wrong, and slow. */
import { pathOf } from '../../src/budgets/hierarchy.ts';
import { CATEGORIES, PERIODS, shop, type Wish, type WishedLine } from './plan-commands.ts';

interface ModelBudget {
  readonly period: string;
  readonly basis: string;
  amount: bigint;
  onOrder: bigint;
  active: boolean;
}

interface ModelShare {
  amount: bigint;
  holdback: bigint;
}

interface ModelPeriod {
  status: 'open' | 'locked';
  budget: string | undefined;
  committed: bigint;
  /** By category; the merchant-wide one is ``. */
  shares: Map<string, ModelShare>;
}

const SHORT = 'short';

/** Both say that somebody would have given away more than there is. */
export const outcomeName = (code: string): string =>
  ['exceeds_parent', 'below_children'].includes(code) ? SHORT : code;

export class PlanModel {
  readonly #budgets = new Map<string, ModelBudget>();
  readonly #periods = new Map<string, ModelPeriod>(
    PERIODS.map((id) => [
      id,
      { status: 'open', budget: undefined, committed: 0n, shares: new Map<string, ModelShare>() },
    ]),
  );

  budgetOf(period: string): string | undefined {
    return this.#periods.get(period)?.budget;
  }

  periodOf(budget: string): string {
    return this.#budgets.get(budget)?.period ?? PERIODS[0];
  }

  #period(id: string): ModelPeriod {
    return this.#periods.get(id)!;
  }

  /** Category, allocated, children, holdback, committed of every bucket. */
  buckets(): string[] {
    return [...this.#periods].flatMap(([id, { shares, committed }]) =>
      [...shares].map(([category, { amount, holdback }]) =>
        [id, category, amount, children(shares, category), holdback, category === '' ? committed : 0n].join(' '),
      ),
    );
  }

  /** `done`, `replayed` or the refusal's code. */
  run(wish: Wish, budgetId: string): string {
    switch (wish.want) {
      case 'draft':
        return this.#draft(wish);
      case 'activate':
        return this.#activate(wish.budget);
      case 'revise':
        return this.#revise(wish);
      case 'allocate':
        return this.#allocate(wish);
      case 'period':
        return this.#move(wish.period, wish.to === 'locked' ? 'locked' : 'open');
      case 'import':
        return this.#import(wish.period, wish.lines, budgetId);
      default:
        return wish satisfies never;
    }
  }

  #draft({ budget, period, basis, amount, onOrder }: Extract<Wish, { want: 'draft' }>): string {
    if (this.#budgets.has(budget)) return 'replayed';
    const state = this.#period(period);
    if (state.status === 'locked') return 'period_locked';
    const other = state.budget === undefined ? undefined : this.#budgets.get(state.budget);
    if (other !== undefined && other.basis !== basis) return 'basis_mismatch';
    this.#budgets.set(budget, { period, basis, amount, onOrder, active: false });
    return 'done';
  }

  #activate(id: string): string {
    const budget = this.#budgets.get(id);
    if (budget === undefined) return 'budget_not_found';
    if (budget.active) return 'replayed';
    const state = this.#period(budget.period);
    if (state.status === 'locked') return 'period_locked';
    const other = state.budget === undefined ? undefined : this.#budgets.get(state.budget);
    if (other !== undefined) return other.basis === budget.basis ? 'budget_exists' : 'basis_mismatch';
    budget.active = true;
    state.budget = id;
    state.committed += budget.onOrder;
    state.shares.set('', { amount: budget.amount, holdback: 0n });
    return 'done';
  }

  #revise({ budget: id, amount, onOrder: said }: Extract<Wish, { want: 'revise' }>): string {
    const budget = this.#budgets.get(id);
    if (budget === undefined) return 'budget_not_found';
    const state = this.#period(budget.period);
    if (state.status === 'locked') return 'period_locked';
    const onOrder = said ?? (budget.active ? budget.onOrder : 0n);
    if (budget.amount === amount && budget.onOrder === onOrder) return 'replayed';
    if (budget.active && !this.#try(state, '', { amount })) return SHORT;
    if (budget.active) state.committed += onOrder - budget.onOrder;
    budget.amount = amount;
    budget.onOrder = onOrder;
    return 'done';
  }

  #allocate(wish: Extract<Wish, { want: 'allocate' }>): string {
    const budget = this.#budgets.get(wish.budget);
    if (budget === undefined) return 'budget_not_found';
    if (!budget.active) return 'budget_not_active';
    const state = this.#period(budget.period);
    if (state.status === 'locked') return 'period_locked';
    if (wish.category === 'hats') return 'unknown_category';
    return this.#share(state, wish);
  }

  #share(state: ModelPeriod, { mode, category, amount, holdback }: Extract<Wish, { want: 'allocate' }>): string {
    const before = state.shares.get(category);
    if (before === undefined && mode === 'change') return 'allocation_not_found';
    if (before?.amount === amount && (holdback ?? before.holdback) === before.holdback) return 'replayed';
    if (before !== undefined && mode === 'create') return 'allocation_exists';
    return this.#try(state, category, { amount, ...(holdback === null ? {} : { holdback }) }) ? 'done' : SHORT;
  }

  #move(period: string, to: 'open' | 'locked'): string {
    const state = this.#period(period);
    if (state.status === to) return 'replayed';
    state.status = to;
    return 'done';
  }

  /** One after the other would refuse what fits together: only the end counts. */
  #import(period: string, lines: readonly WishedLine[], newId: string): string {
    const state = this.#period(period);
    if (state.status === 'locked') return 'period_locked';
    const whole = lines.find(({ category }) => category === '');
    if (state.budget === undefined && whole === undefined) return 'budget_not_active';
    const after = withLines(state.shares, lines);
    if (isShort(after)) return SHORT;
    if (isSame(state.shares, after)) return 'replayed';
    state.shares = after;
    const id = (state.budget ??= newId);
    const budget = this.#budgets.get(id) ?? { period, basis: 'cost', amount: 0n, onOrder: 0n, active: true };
    this.#budgets.set(id, budget);
    if (whole !== undefined) budget.amount = whole.amount;
    return 'done';
  }

  #try(state: ModelPeriod, category: string, change: Partial<ModelShare>): boolean {
    const after = new Map(state.shares);
    after.set(category, { ...(after.get(category) ?? { amount: 0n, holdback: 0n }), ...change });
    if (isShort(after)) return false;
    state.shares = after;
    return true;
  }
}

/** What was given to those whose nearest ancestor with a share it is. */
function children(shares: ReadonlyMap<string, ModelShare>, category: string): bigint {
  const own = CATEGORIES.filter((each) => shares.has(each)).filter((each) => {
    const above = (pathOf(shop, each, '2026-11-01') ?? []).slice(1);
    return above.find((parent) => shares.has(parent)) === category;
  });
  return own.reduce((sum, each) => sum + shares.get(each)!.amount, 0n);
}

function withLines(shares: ReadonlyMap<string, ModelShare>, lines: readonly WishedLine[]): Map<string, ModelShare> {
  const after = new Map(shares);
  for (const { category, amount, holdback } of lines)
    after.set(category, { amount, holdback: holdback ?? shares.get(category)?.holdback ?? 0n });
  return after;
}

const isSame = (before: ReadonlyMap<string, ModelShare>, after: ReadonlyMap<string, ModelShare>): boolean =>
  [...after].every(([category, { amount, holdback }]) => {
    const share = before.get(category);
    return share?.amount === amount && share.holdback === holdback;
  });

const isShort = (shares: ReadonlyMap<string, ModelShare>): boolean =>
  [...shares].some(([category, { amount, holdback }]) => {
    const given = children(shares, category) + holdback;
    return given > 0n && given > amount;
  });
