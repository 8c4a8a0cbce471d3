/** `POST /l402-otb/actuals` (B-07): what really happened, in a batch as JSON or as a file. */
import { hash } from 'node:crypto';
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { readActualsFile, type ActualLine, type ActualsFile } from '../../budgets/actuals-file.ts';
import type { CsvError } from '../../budgets/csv.ts';
import { boundsOf, calendarOf } from '../../budgets/calendar.ts';
import { WHOLE_MERCHANT } from '../../budgets/bucket.ts';
import { hierarchyOf, pathOf } from '../../budgets/hierarchy.ts';
import { decisions } from '../../budgets/tables.ts';
import type { ActualItem, ActualResult, RecordActualsCommand } from '../../flows/actuals.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation, type Refused } from '../api-operation.ts';
import { doneBy, keyedBy } from '../budgets/answer.ts';
import { findMerchant, periodOf } from '../budgets/find-plans.ts';
import { category, merchantId, period } from '../budgets/schemas.ts';
import { submitFresh } from '../budgets/submit-fresh.ts';
import { amount, id } from '../schemas.ts';
import { actualKind, actualResult } from './schemas.ts';

const item: z.ZodType<ActualLine> = z
  .strictObject({
    document_id: id,
    kind: actualKind,
    amount_cents: amount,
    category: category.nullish(),
    period,
    occurred_at: z.iso.datetime(),
    decision_id: id.nullish(),
  })
  .transform((line) => ({ ...line, category: line.category ?? null, decision_id: line.decision_id ?? null }));

interface Recorded {
  readonly merchant_id: string;
  readonly results: readonly ActualResult[];
}

const answer: z.ZodType<Recorded> = z.strictObject({
  merchant_id: z.string(),
  results: z.array(actualResult).readonly(),
});

type Parts = Pick<Store, 'submit' | 'rows'>;

export function recordActuals(store: Parts): ApiOperation {
  return defineOperation({
    name: 'recordActuals',
    method: 'POST',
    path: '/l402-otb/actuals',
    chapter: 'Reconciliation',
    summary: 'Record what really happened, each document once',
    description:
      'Merchant, kind and document id together are the key: the same again is `already_recorded`, with other content it is a ' +
      'conflict that names the fields. Under an Idempotency-Key the whole batch is known: the same again is answered as it was, ' +
      'other items are a conflict. All or nothing. Nothing changes in a budget before the next reconciliation. As a file: ' +
      'comma-separated values with the columns `merchant_id`, `document_id`, `kind`, `amount_cents`, `period`, `occurred_at`, and ' +
      'perhaps `category`, `decision_id`.',
    permission: 'actuals:record',
    tier: 'stream',
    csv: 'also',
    idempotencyKey: 'optional',
    input: { body: z.strictObject({ merchant_id: merchantId, items: z.array(item).min(1).max(limits.actualsMax) }) },
    answer,
    refusals: [
      'invalid_amount',
      'invalid_csv',
      'invalid_period',
      'unknown_category',
      'decision_not_found',
      'idempotency_conflict',
      'balance_too_large',
      'overloaded',
    ],
    async run({ body, csv, key, caller }) {
      const file = csv === undefined ? { merchantId: body.merchant_id, items: body.items } : readActualsFile(csv);
      if ('errors' in file) return refusedBy(file.errors);
      if (!mayUseMerchant(caller, 'actuals:record', file.merchantId)) return refused('forbidden');
      const request = { merchant_id: file.merchantId, items: digestOf(file.items) };
      const keyed = keyedBy(caller, key, { space: 'actuals', request });
      const outcome = await submitFresh(store, () => commandOf(store, file, { keyed, actor: caller.keyId }));
      return doneBy<Recorded>(outcome);
    },
  });
}

/** A batch may have a thousand documents, which stand in its facts already: what the key keeps of them is their hash. */
const digestOf = (items: readonly ActualLine[]): string =>
  hash('sha256', JSON.stringify(items.map((line) => ({ ...line, amount_cents: Number(line.amount_cents) }))), 'hex');

function refusedBy(errors: readonly CsvError[]): Refused {
  const { line, column, field, message } = errors[0] ?? { line: 1, column: 1, field: null, message: 'it is no CSV' };
  return refused('invalid_csv', { line, column, field, errors }, `line ${line}, column ${column}: ${message}`);
}

/** The documents with the buckets where they may count, by the merchant’s hierarchy as it is now. */
async function commandOf(
  store: Parts,
  { merchantId: merchant, items }: ActualsFile,
  by: Pick<RecordActualsCommand, 'keyed' | 'actor'>,
): Promise<RecordActualsCommand | Refused> {
  const row = await findMerchant(store, merchant);
  const hierarchy = hierarchyOf(row?.hierarchy);
  const ids = [...new Set(items.flatMap(({ decision_id: decision }) => decision ?? []))];
  const among = { column: 'decision_id', values: ids } as const;
  const named =
    ids.length === 0 ? [] : await store.rows({ table: decisions, among, by: 'decision_id', limit: ids.length });
  const buckets = new Map(named.map((decision) => [decision.decision_id, decision.bucket]));
  const told: ActualItem[] = [];
  for (const [index, line] of items.entries()) {
    const found = periodOf(row, line.period);
    if (found === undefined) return refused('invalid_period', { field: `items.${index}.period` });
    const { firstDay } = boundsOf(found, calendarOf(row));
    told.push({
      documentId: line.document_id,
      kind: line.kind,
      amountCents: line.amount_cents,
      category: line.category,
      period: line.period,
      occurredAt: line.occurred_at,
      decisionId: line.decision_id,
      path: pathOf(hierarchy, line.category ?? WHOLE_MERCHANT, firstDay) ?? [],
      decisionBucket: line.decision_id === null ? null : (buckets.get(line.decision_id) ?? null),
    });
  }
  return {
    type: 'record-actuals',
    merchantId: merchant,
    hierarchyVersion: row?.hierarchy_version ?? 0n,
    items: told,
    ...by,
  };
}
