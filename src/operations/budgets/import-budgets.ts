/** `POST /l402-otb/budgets/import` (B-26): a file of budgets and allocations, all of it or nothing. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { newId } from '../../base/new-id.ts';
import { readBudgetFile, type BudgetFile, type BudgetLine } from '../../budgets/budget-file.ts';
import type { CsvError } from '../../budgets/csv.ts';
import type { ImportedPeriod } from '../../flows/budget-import.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation, type Refused } from '../api-operation.ts';
import { doneBy } from './answer.ts';
import { findMerchant, periodOf, seePlan } from './find-plans.ts';
import { submitFresh } from './submit-fresh.ts';

interface Imported {
  readonly merchant_id: string;
  readonly rows: number;
  readonly budgets_created: number;
  readonly budgets_revised: number;
  readonly allocations_set: number;
}

const imported: z.ZodType<Imported> = z.strictObject({
  merchant_id: z.string(),
  rows: z.int(),
  budgets_created: z.int(),
  budgets_revised: z.int(),
  allocations_set: z.int(),
});

type Parts = Pick<Store, 'submit' | 'rows'>;

export function importBudgets(store: Parts): ApiOperation {
  return defineOperation({
    name: 'importBudgets',
    method: 'POST',
    path: '/l402-otb/budgets/import',
    chapter: 'Budgets',
    summary: 'Import budgets from a file',
    description:
      'Comma-separated values with the columns `merchant_id`, `period`, `category` (empty: the budget itself), `amount_cents`, and ' +
      'perhaps `basis`, `currency`, `holdback_cents`. A budget that is not there yet is active at once. Wrong lines are named with ' +
      'line and column; then nothing of the file is taken.',
    permission: 'budgets:plan',
    tier: 'stream',
    csv: 'only',
    input: {},
    answer: imported,
    refusals: [
      'invalid_csv',
      'unknown_category',
      'exceeds_parent',
      'below_children',
      'budget_not_active',
      'basis_mismatch',
      'currency_mismatch',
      'period_locked',
      'period_closed',
      'overloaded',
    ],
    async run({ csv = '', caller }) {
      const file = readBudgetFile(csv);
      if ('errors' in file) return refusedBy(file.errors);
      const merchantId = file.lines[0]?.merchantId ?? '';
      if (!mayUseMerchant(caller, 'budgets:plan', merchantId)) return refused('forbidden');
      const outcome = await submitFresh(store, () => commandOf(store, { merchantId, file, actor: caller.keyId }));
      return doneBy<Imported>(outcome);
    },
  });
}

function refusedBy(errors: readonly CsvError[]): Refused {
  const [first] = errors;
  const { line, column, field, message } = first ?? { line: 1, column: 1, field: null, message: 'it is no CSV' };
  return refused('invalid_csv', { line, column, field, errors }, `line ${line}, column ${column}: ${message}`);
}

interface Importing {
  readonly merchantId: string;
  readonly file: BudgetFile;
  readonly actor: string;
}

/** What the file comes to, beside the plans as they are now. */
async function commandOf(store: Parts, { merchantId, file, actor }: Importing): Promise<PaymentCommand | Refused> {
  const merchant = await findMerchant(store, merchantId);
  const column = file.columns.get('period') ?? 1;
  const wrong = file.lines
    .filter(({ period }) => periodOf(merchant, period) === undefined)
    .map(({ line, period }) => ({
      line,
      column,
      field: 'period',
      message: `there is no period "${period.slice(0, 32)}"`,
    }));
  if (wrong.length > 0) return refusedBy(wrong);
  const periods: ImportedPeriod[] = [];
  for (const [id, lines] of Map.groupBy(file.lines, ({ period }) => period)) {
    const plan = await importedPeriod(store, { merchantId, id, lines });
    if (plan !== undefined) periods.push(plan);
  }
  return { type: 'import-budgets', merchantId, hierarchyVersion: merchant?.hierarchy_version ?? 0n, periods, actor };
}

async function importedPeriod(
  store: Parts,
  {
    merchantId,
    id,
    lines,
  }: { readonly merchantId: string; readonly id: string; readonly lines: readonly BudgetLine[] },
): Promise<ImportedPeriod | undefined> {
  const period = periodOf(await findMerchant(store, merchantId), id);
  if (period === undefined) return undefined;
  const { state, planned, periodVersion, firstDay } = await seePlan(store, merchantId, period, undefined);
  return {
    period: id,
    firstDay,
    planned,
    periodVersion,
    basis: lines.find(({ basis }) => basis !== null)?.basis ?? null,
    currency: lines.find(({ currency }) => currency !== null)?.currency ?? null,
    activeBudgetId: state?.budget_id ?? null,
    newBudgetId: newId(),
    lines: lines.map(({ line, category, amount, holdback }) => ({
      line,
      category,
      amount,
      holdback,
      allocationId: newId(),
    })),
  };
}
