/** A file of budgets (B-26): one command, all of it or nothing. Its lines name what stands in the way. */
import { BASIS_DEFAULT, CURRENCY_DEFAULT } from '../budgets/plan.ts';
import type { Change, Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { AllocationBook } from '../budgets/allocation-book.ts';
import { bucketKey, periodKey, WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { policyOf, type PolicySettings } from '../budgets/policy.ts';
import { allocations, budgets, merchants, periods, policies } from '../budgets/tables.ts';
import type { Basis, BudgetRow, PeriodRow } from '../budgets/tables.ts';
import { refusal, replayed } from './answers.ts';
import { bookChanges, isStale, pathsOf, planReads, shortfallOf, type SeenPlan } from './allocations.ts';
import { budgetRecorded } from './budget-facts.ts';
import { plannedPeriod, refusedByPeriod, revisionChange } from './plans.ts';

/** A line of the file: what a category, or the merchant as a whole, is to have. */
interface ImportedLine {
  readonly line: number;
  readonly category: string;
  readonly amount: bigint;
  /** Null: as it is. */
  readonly holdback: bigint | null;
  /** For a bucket that is not there yet. */
  readonly allocationId: string;
}

/** The lines of one period, and the plan as the operation saw it. */
export interface ImportedPeriod extends Omit<SeenPlan, 'hierarchyVersion'> {
  readonly period: string;
  readonly firstDay: string;
  readonly basis: Basis | null;
  readonly currency: string | null;
  /** The budget that is active there. */
  readonly activeBudgetId: string | null;
  /** Of the one that is made where there is none. */
  readonly newBudgetId: string;
  readonly lines: readonly ImportedLine[];
}

export interface ImportBudgetsCommand extends Command {
  readonly type: 'import-budgets';
  readonly merchantId: string;
  readonly hierarchyVersion: bigint;
  readonly periods: readonly ImportedPeriod[];
  readonly actor: string;
}

const importBudgets: Decision<ImportBudgetsCommand> = {
  reads: ({ merchantId, periods: all }) => ({ rows: all.flatMap((each) => periodReads(merchantId, each)) }),
  decide(command, view) {
    const { merchantId, hierarchyVersion, periods: all, actor } = command;
    const policy = policyOf(view.row(policies, [merchantId])?.settings);
    const changes: Change[] = [];
    const counts = { budgets_created: 0, budgets_revised: 0, allocations_set: 0 };
    for (const [index, each] of all.entries()) {
      const { budget_id: active } = view.row(periods, [periodKey(merchantId, each.period)]) ?? { budget_id: null };
      if (active !== each.activeBudgetId) return refusal('stale');
      if (isStale({ ...each, hierarchyVersion }, { merchantId, period: each.period }, view)) return refusal('stale');
      // Rows of one table need instants of their own, and a command has more nanoseconds than a file has lines.
      const part = new ImportedPlan(each, { merchantId, actor, policy, createdAt: view.at + BigInt(index) }, view);
      const refused = part.refused();
      if (refused !== undefined) return refused;
      changes.push(...part.changes());
      for (const name of part.done()) counts[name] += 1;
    }
    const rows = all.reduce((sum, { lines }) => sum + lines.length, 0);
    const answer = { merchant_id: merchantId, rows, ...counts };
    if (changes.length === 0) return replayed(answer);
    return budgetRecorded({
      type: 'otb/budgets-imported.v1',
      subject: merchantId,
      answer,
      changes,
      said: { actor, rows },
    });
  },
};

function periodReads(
  merchantId: string,
  { period, planned, lines, activeBudgetId, newBudgetId }: ImportedPeriod,
): Read[] {
  return [
    { table: budgets, key: [newBudgetId] },
    ...planReads(merchantId, period, [...planned, ...lines.map(({ category }) => category)]),
    ...(activeBudgetId === null ? [] : [{ table: budgets, key: [activeBudgetId] }]),
  ];
}

interface Importing {
  readonly merchantId: string;
  readonly actor: string;
  readonly policy: PolicySettings;
  readonly createdAt: bigint;
}

/** What the lines of one period come to. */
class ImportedPlan {
  readonly #plan: ImportedPeriod;
  readonly #by: Importing;
  readonly #view: View;
  readonly #state: PeriodRow | undefined;
  readonly #active: BudgetRow | undefined;
  readonly #paths: (category: string) => readonly string[];
  #built: AllocationBook | undefined;

  constructor(plan: ImportedPeriod, by: Importing, view: View) {
    this.#plan = plan;
    this.#by = by;
    this.#view = view;
    this.#state = view.row(periods, [periodKey(by.merchantId, plan.period)]);
    this.#active = plan.activeBudgetId === null ? undefined : view.row(budgets, [plan.activeBudgetId]);
    this.#paths = pathsOf(view.row(merchants, [by.merchantId]), plan.firstDay);
  }

  get #whole(): ImportedLine | undefined {
    return this.#plan.lines.find(({ category }) => category === WHOLE_MERCHANT);
  }

  get #book(): AllocationBook {
    return (this.#built ??= this.#build());
  }

  /** The merchant-wide lines first, because the others are taken from them. */
  #build(): AllocationBook {
    const { lines, planned } = this.#plan;
    const rows = [...new Set([WHOLE_MERCHANT, ...planned])].flatMap(
      (each) => this.#view.row(allocations, [this.#keyOf(each)]) ?? [],
    );
    const book = new AllocationBook(rows, this.#paths);
    const whole = this.#whole;
    for (const { category, amount, holdback } of [
      ...(whole === undefined ? [] : [whole]),
      ...lines.filter((each) => each !== whole),
    ])
      book.set(category, { amount, ...(holdback === null ? {} : { holdback }) });
    return book;
  }

  #keyOf(category: string): string {
    return bucketKey(this.#by.merchantId, this.#plan.period, category);
  }

  refused(): Decided | undefined {
    const whole = this.#wholeRefused();
    if (whole !== undefined) return at(this.#plan.lines[0], whole);
    const { lines } = this.#plan;
    const unknown = lines.find(({ category }) => this.#paths(category).length === 0);
    if (unknown !== undefined) return at(unknown, refusal('unknown_category', { category: unknown.category }));
    const book = this.#book;
    const short = book.shortfall();
    if (short === undefined) return undefined;
    // The last line that takes from it is the one too many; without any, its own gives less than was given away before.
    const asking =
      lines.findLast(({ category }) => book.share(category).parent === short.category) ??
      lines.find(({ category }) => category === short.category);
    return at(asking, shortfallOf(book, asking?.category ?? short.category) ?? refusal('stale'));
  }

  /** What stands in the way of the period's lines together. */
  #wholeRefused(): Decided | undefined {
    const { basis, currency, period } = this.#plan;
    const closed = refusedByPeriod(this.#state);
    if (closed !== undefined) return closed;
    const expected = this.#expected();
    if (basis !== null && basis !== expected.basis) return refusal('basis_mismatch', { basis: expected.basis });
    if (currency !== null && currency !== expected.currency)
      return refusal('currency_mismatch', { currency: expected.currency });
    const hasBudget = this.#active !== undefined || this.#whole !== undefined;
    return hasBudget ? undefined : refusal('budget_not_active', { merchant_id: this.#by.merchantId, period });
  }

  /** What the period has already, or the merchant. */
  #expected(): Pick<ImportedPeriod, 'basis' | 'currency'> {
    const { basis, currency } = this.#plan;
    const { basis: own, currency: ownCurrency } = this.#state ?? { basis: null, currency: null };
    return { basis: own ?? basis, currency: ownCurrency ?? this.#merchantCurrency ?? currency };
  }

  get #merchantCurrency(): string | undefined {
    return this.#view.row(merchants, [this.#by.merchantId])?.currency;
  }

  /** The budget as the file leaves it. */
  #budget(): BudgetRow {
    const { period, newBudgetId, basis, currency } = this.#plan;
    const { merchantId, actor, createdAt } = this.#by;
    const before = this.#active;
    const amount = this.#whole?.amount ?? before?.amount_cents ?? 0n;
    if (before !== undefined && before.amount_cents === amount) return before;
    const { at: now } = this.#view;
    if (before === undefined)
      return {
        budget_id: newBudgetId,
        merchant_id: merchantId,
        period,
        basis: basis ?? BASIS_DEFAULT,
        currency: currency ?? this.#merchantCurrency ?? CURRENCY_DEFAULT,
        status: 'active',
        plan: null,
        open_to_buy_cents: amount,
        amount_cents: amount,
        original_cents: amount,
        revision: 1n,
        created_by: actor,
        created_at: createdAt,
        updated_at: now,
        version: 1n,
      };
    return {
      ...before,
      plan: null,
      amount_cents: amount,
      open_to_buy_cents: before.open_to_buy_cents + amount - before.amount_cents,
      revision: before.revision + 1n,
      updated_at: now,
      version: before.version + 1n,
    };
  }

  changes(): Change[] {
    const { merchantId, policy, actor, createdAt } = this.#by;
    const { period, lines } = this.#plan;
    const budget = this.#budget();
    const idOf = (category: string): string =>
      lines.find((each) => each.category === category)?.allocationId ?? `${budget.budget_id}:${category}`;
    const buckets = bookChanges(
      this.#book,
      { merchantId, period, budgetId: budget.budget_id, idOf, policy },
      this.#view,
    );
    const isSame = budget === this.#active;
    if (isSame && buckets.length === 0) return [];
    return [
      ...(isSame
        ? []
        : [{ table: budgets, row: budget }, revisionChange(budget, { reason: 'import', actor }, this.#view.at)]),
      { table: periods, row: plannedPeriod(this.#state, budget, this.#view, createdAt) },
      ...buckets,
    ];
  }

  /** What was done, a word for each. */
  done(): ('budgets_created' | 'budgets_revised' | 'allocations_set')[] {
    const budget = this.#budget();
    const set = this.#book
      .changed()
      .filter(
        ({ category }) => category !== WHOLE_MERCHANT && this.#plan.lines.some((line) => line.category === category),
      )
      .map(() => 'allocations_set' as const);
    if (budget === this.#active) return set;
    return [this.#active === undefined ? 'budgets_created' : 'budgets_revised', ...set];
  }
}

/** The refusal with the line that it is about. */
function at(line: ImportedLine | undefined, { answer, code }: Decided): Decided {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `refusal`
  const { error: _, ...details } = JSON.parse(answer) as Readonly<Record<string, unknown>>;
  return refusal(code ?? 'stale', { ...details, line: line?.line ?? null });
}

export const importDecisions = { 'import-budgets': importBudgets };
