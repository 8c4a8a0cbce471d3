/** Random commands of planners over few periods, budgets and categories, so that they meet each other often. */
import fc from 'fast-check';
import type { Placing } from '../../src/budgets/hierarchy.ts';
import { defaultPolicy } from '../../src/budgets/policy.ts';
import type { Basis } from '../../src/budgets/tables.ts';
import type { SetAllocationCommand } from '../../src/flows/allocations.ts';
import type { ImportBudgetsCommand } from '../../src/flows/budget-import.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { DraftBudgetCommand } from '../../src/flows/plans.ts';
import type { SetPolicyCommand } from '../../src/flows/policies.ts';

export const MERCHANT = 'acme';
export const PERIODS = ['2026-11', '2026-12'] as const;
const BUDGETS = ['b-1', 'b-2', 'b-3', 'b-4'] as const;
/** The last one is in no hierarchy. */
export const CATEGORIES = ['apparel', 'shoes', 'boots', 'home', 'hats'] as const;

export const shop: readonly Placing[] = [
  { category: 'apparel', parent: null, from: null },
  { category: 'shoes', parent: 'apparel', from: null },
  { category: 'boots', parent: 'shoes', from: null },
  { category: 'home', parent: null, from: null },
];

/** The same, but boots are for the home from December on. */
const moved: readonly Placing[] = [...shop, { category: 'boots', parent: 'home', from: '2026-12-01' }];

const actor = 'planner';

export const merchantOf = (hierarchy = shop): PaymentCommand => ({
  type: 'put-merchant',
  merchantId: MERCHANT,
  name: 'Acme',
  currency: 'EUR',
  calendar: 'calendar',
  yearEnd: '01-31',
  hierarchy,
  actor,
});

export const draftOf = (budgetId: string, terms: Partial<DraftBudgetCommand> = {}): DraftBudgetCommand => {
  const amount = terms.amount ?? 100n;
  return {
    type: 'draft-budget',
    budgetId,
    merchantId: MERCHANT,
    period: '2026-11',
    basis: 'cost',
    currency: 'EUR',
    openToBuy: amount,
    plan: null,
    keyed: null,
    actor,
    ...terms,
    amount,
  };
};

export const activateOf = (budgetId: string, period = '2026-11'): PaymentCommand => ({
  type: 'activate-budget',
  budgetId,
  merchantId: MERCHANT,
  period,
  allocationId: `a-${period}-`,
  actor,
});

export const reviseOf = (
  budgetId: string,
  amount: bigint,
  period = '2026-11',
  opening: bigint | null = null,
): PaymentCommand => ({
  type: 'revise-budget',
  budgetId,
  merchantId: MERCHANT,
  period,
  amount,
  opening,
  plan: null,
  reason: 'why',
  actor,
});

export const allocationOf = (category: string, terms: Partial<SetAllocationCommand> = {}): SetAllocationCommand => {
  const period = terms.period ?? '2026-11';
  return {
    type: 'set-allocation',
    mode: 'create',
    merchantId: MERCHANT,
    period,
    firstDay: `${period}-01`,
    budgetId: 'b-1',
    category,
    allocationId: `a-${period}-${category}`,
    amount: 10n,
    holdback: null,
    planned: [],
    periodVersion: 1n,
    hierarchyVersion: 1n,
    keyed: null,
    actor,
    ...terms,
  };
};

export const periodOf = (
  to: 'locked' | 'open' | 'closed',
  period: string,
  budgetId: string | null,
): PaymentCommand => ({
  type: 'change-period',
  to,
  merchantId: MERCHANT,
  period,
  budgetId,
  reason: 'why',
  actor,
});

export const policyCommand = (mode: 'enforce' | 'track', thresholds: readonly number[]): SetPolicyCommand => ({
  type: 'set-policy',
  merchantId: MERCHANT,
  settings: { ...defaultPolicy, mode, thresholds_bp: thresholds },
  keyed: null,
  actor,
});

/** What a planner wants; what the operation saw is filled in when it is asked. */
export type Wish =
  | {
      readonly want: 'draft';
      readonly budget: string;
      readonly period: string;
      readonly basis: Basis;
      readonly amount: bigint;
      readonly onOrder: bigint;
    }
  | { readonly want: 'activate'; readonly budget: string }
  | {
      readonly want: 'revise';
      readonly budget: string;
      readonly amount: bigint;
      /** Null: as it is. */
      readonly onOrder: bigint | null;
    }
  | {
      readonly want: 'allocate';
      readonly mode: 'create' | 'change';
      readonly budget: string;
      readonly category: string;
      readonly amount: bigint;
      readonly holdback: bigint | null;
    }
  | { readonly want: 'period'; readonly to: 'locked' | 'open' | 'closed'; readonly period: string }
  | { readonly want: 'import'; readonly period: string; readonly lines: readonly WishedLine[] };

export interface WishedLine {
  readonly category: string;
  readonly amount: bigint;
  readonly holdback: bigint | null;
}

const budget = fc.constantFrom(...BUDGETS);
const period = fc.constantFrom(...PERIODS);
const category = fc.constantFrom(...CATEGORIES, 'apparel', 'shoes', 'boots');
const basis = fc.constantFrom<Basis>('cost', 'cost', 'cost', 'retail');
const amount = fc.constantFrom(0n, 5n, 10n, 20n, 40n, 100n);
const whole = fc.constantFrom(0n, 50n, 100n, 150n);
const holdback = fc.constantFrom(null, null, null, 0n, 5n);
const want = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
const line = fc.record({ category: fc.constantFrom('', ...CATEGORIES.slice(0, 4)), amount, holdback });

export const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      want: want('draft'),
      budget,
      period,
      basis,
      amount: whole,
      onOrder: fc.constantFrom(0n, 0n, 30n),
    }),
  },
  { weight: 3, arbitrary: fc.record({ want: want('activate'), budget }) },
  {
    weight: 2,
    arbitrary: fc.record({
      want: want('revise'),
      budget,
      amount: whole,
      onOrder: fc.constantFrom(null, null, 0n, 30n, 70n),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      want: want('allocate'),
      mode: fc.constantFrom('create', 'change'),
      budget,
      category,
      amount,
      holdback,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ want: want('period'), to: fc.constantFrom('locked', 'open', 'open', 'open'), period }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      want: want('import'),
      period,
      lines: fc.uniqueArray(line, { selector: (each) => each.category, minLength: 1, maxLength: 4 }),
    }),
  },
);

// ---- Commands as they may come, whatever was seen.

const version = fc.bigInt({ min: 0n, max: 3n });
const planned = fc.subarray([...CATEGORIES]);
const budgetAt = fc.tuple(budget, period);

const imports = fc.tuple(budgetAt, planned, version, fc.array(line, { minLength: 1, maxLength: 3 }));

/** One for each type of command. */
export const planCommands = {
  'put-merchant': fc.constantFrom(shop, moved).map((hierarchy) => merchantOf(hierarchy)),
  'draft-budget': fc
    .tuple(budgetAt, basis, whole, fc.constantFrom(null, 'k1', 'k2'))
    .map(([[id, at], on, cents, key]) =>
      draftOf(id, {
        period: at,
        basis: on,
        amount: cents,
        keyed: key === null ? null : { key, request: `{"amount":${cents}}` },
      }),
    ),
  'activate-budget': budgetAt.map(([id, at]) => activateOf(id, at)),
  'revise-budget': fc
    .tuple(budgetAt, whole, fc.constantFrom(null, 0n, 30n))
    .map(([[id, at], cents, opening]) => reviseOf(id, cents, at, opening)),
  'set-allocation': fc
    .record({
      mode: fc.constantFrom('create' as const, 'change' as const),
      of: budgetAt,
      category,
      amount,
      holdback,
      planned,
      periodVersion: version,
      hierarchyVersion: version,
    })
    .map(({ of: [budgetId, at], ...terms }) => allocationOf(terms.category, { ...terms, budgetId, period: at })),
  'import-budgets': imports.map(([[id, at], seen, periodVersion, lines]): ImportBudgetsCommand => ({
    type: 'import-budgets',
    merchantId: MERCHANT,
    hierarchyVersion: 1n,
    periods: [
      {
        period: at,
        firstDay: `${at}-01`,
        planned: seen,
        periodVersion,
        basis: null,
        currency: null,
        activeBudgetId: periodVersion === 0n ? null : id,
        newBudgetId: `new-${at}-${id}`,
        lines: lines.map((each, i) => ({ ...each, line: i + 2, allocationId: `a-${at}-${each.category}` })),
      },
    ],
    actor,
  })),
  'set-policy': fc.constantFrom(policyCommand('track', [2_000]), policyCommand('enforce', [5_000, 1_000])),
  'change-period': fc
    .tuple(fc.constantFrom('locked' as const, 'open' as const, 'closed' as const), budgetAt, fc.boolean())
    .map(([to, [id, at], known]) => periodOf(to, at, known ? id : null)),
} as const satisfies Record<string, fc.Arbitrary<PaymentCommand>>;
