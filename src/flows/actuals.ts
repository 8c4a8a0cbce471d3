/**
 * Records what really happened (B-07): a batch of documents, all or nothing, each a fact of its own. The same document again is
 * no news, the same with other content is a conflict. No budget changes here: the sums wait for the next reconciliation.
 */
import type { Decided, Decision, Read, View } from '../base/decision.ts';
import { MINOR_UNITS_MAX } from '../base/money.ts';
import { actualKey, decisionTotalsKey, totalsChange } from '../budgets/actuals.ts';
import type { ActualKind, ActualRow, ActualTotalsRow, TotalsChange } from '../budgets/actuals.ts';
import { WHOLE_MERCHANT, bucketKey, bucketOf } from '../budgets/bucket.ts';
import { actuals, actualTotals, allocations, decisions, merchants } from '../budgets/tables.ts';
import { refusal, repeated, replayed, type Keyed } from './answers.ts';
import { Steps } from './steps.ts';

/** A document as it was told. */
export interface ActualItem {
  readonly documentId: string;
  readonly kind: ActualKind;
  readonly amountCents: bigint;
  readonly category: string | null;
  readonly period: string;
  readonly occurredAt: string;
  readonly decisionId: string | null;
  /** The category, its parents, then the merchant as a whole (``); empty: there is no such category. */
  readonly path: readonly string[];
  /** The bucket of the decision, where there is one. */
  readonly decisionBucket: string | null;
}

export interface RecordActualsCommand {
  readonly type: 'record-actuals';
  readonly merchantId: string;
  /** By which the paths were found; they are found anew when it has changed. */
  readonly hierarchyVersion: bigint;
  readonly items: readonly ActualItem[];
  /** The caller's key, and what it stands for; null: none. A batch without news keeps no key. */
  readonly keyed: Keyed | null;
  readonly actor: string;
}

/** What became of one document of the batch. */
export interface ActualResult {
  readonly document_id: string;
  readonly kind: ActualKind;
  readonly outcome: 'recorded' | 'already_recorded' | 'not_recorded';
  readonly error?: string;
  /** Of the same document with other content. */
  readonly fields?: readonly string[];
}

export const recordActuals: Decision<RecordActualsCommand> = {
  reads: ({ merchantId, items, keyed }) => ({
    ...(keyed === null ? {} : { key: keyed.key }),
    rows: [{ table: merchants, key: [merchantId] }, ...items.flatMap((item) => itemReads(merchantId, item))],
  }),
  decide(command, view) {
    const { keyed } = command;
    const known = keyed === null ? undefined : repeated(view, { ...keyed, conflict: 'idempotency_conflict' });
    if (known !== undefined) return known;
    const version = view.row(merchants, [command.merchantId])?.hierarchy_version ?? 0n;
    if (version !== command.hierarchyVersion) return refusal('stale', { hierarchy_version: Number(version) });
    const batch = new Batch(command, view);
    return batch.decided();
  },
};

function itemReads(
  merchant: string,
  { kind, documentId, path, period, decisionId, decisionBucket }: ActualItem,
): Read[] {
  const buckets = decisionBucket === null ? bucketsOf(merchant, path, period) : [decisionBucket];
  return [
    { table: actuals, key: [actualKey(merchant, kind, documentId)] },
    ...(decisionId === null ? [] : [{ table: decisions, key: [decisionId] }]),
    ...buckets.flatMap((bucket) => [
      { table: allocations, key: [bucket] },
      { table: actualTotals, key: [bucket] },
    ]),
    ...(decisionId === null || decisionBucket === null
      ? []
      : [{ table: actualTotals, key: [decisionTotalsKey(decisionBucket, decisionId)] }]),
  ];
}

/** The most specific first, and always the merchant-wide one, which takes what nobody planned. */
function bucketsOf(merchant: string, path: readonly string[], period: string): string[] {
  return [...new Set([...path, WHOLE_MERCHANT])].map((category) => bucketKey(merchant, period, category));
}

class Batch {
  readonly #command: RecordActualsCommand;
  readonly #steps: Steps;

  constructor(command: RecordActualsCommand, view: View) {
    this.#command = command;
    this.#steps = new Steps(view);
  }

  decided(): Decided {
    const { items, merchantId } = this.#command;
    const results = items.map((item) => this.#record(item));
    const wrong = results.find(({ error }) => error !== undefined);
    if (wrong?.error !== undefined) {
      const { error: code, fields, document_id: document } = wrong;
      const rest = results.map((each) => (each.outcome === 'recorded' ? { ...each, outcome: 'not_recorded' } : each));
      return refusal(code, { document_id: document, ...(fields === undefined ? {} : { fields }), results: rest });
    }
    const answer = { merchant_id: merchantId, results };
    return this.#steps.isEmpty ? replayed(answer) : this.#steps.decided(answer, this.#command.keyed);
  }

  #record(item: ActualItem): ActualResult {
    const { documentId: document_id, kind } = item;
    const refused = (error: string, fields?: readonly string[]): ActualResult => ({
      document_id,
      kind,
      outcome: 'not_recorded',
      error,
      ...(fields === undefined ? {} : { fields }),
    });
    const known = this.#steps.view.row(actuals, [actualKey(this.#command.merchantId, kind, document_id)]);
    if (known !== undefined) {
      const fields = differing(known, item);
      return fields.length === 0
        ? { document_id, kind, outcome: 'already_recorded' }
        : refused('idempotency_conflict', fields);
    }
    const bucket = this.#bucketOf(item);
    if (bucket === undefined) return refused(item.decisionId === null ? 'unknown_category' : 'decision_not_found');
    const sums = this.#summed(item, bucket);
    if (sums === undefined) return refused('balance_too_large');
    this.#append(item, bucket, sums);
    return { document_id, kind, outcome: 'recorded' };
  }

  /** A decision's documents count where it is counted; all others where an action of their category would be. */
  #bucketOf({ decisionId, decisionBucket, path, period }: ActualItem): string | undefined {
    const { merchantId } = this.#command;
    if (decisionId !== null) {
      const decision = this.#steps.view.row(decisions, [decisionId]);
      const isThere = decision?.merchant_id === merchantId && decision.bucket === decisionBucket;
      return isThere ? decision.bucket : undefined;
    }
    if (path.length === 0) return undefined;
    const buckets = bucketsOf(merchantId, path, period);
    return buckets.find((bucket) => this.#steps.view.row(allocations, [bucket]) !== undefined) ?? buckets.at(-1);
  }

  /** The sums that the item changes; undefined: one would be larger than JSON can say. */
  #summed({ kind, amountCents, decisionId }: ActualItem, bucket: string): ActualTotalsRow[] | undefined {
    const change = totalsChange(kind, amountCents, decisionId !== null);
    if (decisionId === null) {
      const own = this.#totals(bucket, bucket, change);
      return fits(own) ? [own] : undefined;
    }
    const own = this.#totals(decisionTotalsKey(bucket, decisionId), bucket, change);
    // The bucket's own row changes its version: a run that did not know of this decision looks again.
    return fits(own) ? [own, this.#totals(bucket, bucket, { received: 0n, ordered: 0n })] : undefined;
  }

  #totals(key: string, bucket: string, change: TotalsChange): ActualTotalsRow {
    const { view } = this.#steps;
    const before = view.row(actualTotals, [key]) ?? nothingTold(key, bucket);
    return {
      ...before,
      received_cents: before.received_cents + change.received,
      ordered_cents: before.ordered_cents + change.ordered,
      updated_at: view.at,
      version: before.version + 1n,
    };
  }

  #append(item: ActualItem, bucket: string, sums: readonly ActualTotalsRow[]): void {
    const { merchantId, actor } = this.#command;
    const { at, seq } = this.#steps.view;
    const row: ActualRow = {
      actual_id: actualKey(merchantId, item.kind, item.documentId),
      merchant_id: merchantId,
      document_id: item.documentId,
      kind: item.kind,
      amount_cents: item.amountCents,
      category: item.category,
      period: item.period,
      bucket,
      decision_id: item.decisionId,
      occurred_at: item.occurredAt,
      recorded_by: actor,
      at,
      seq: BigInt(seq),
    };
    this.#steps.add({
      type: 'otb/actuals-recorded.v1',
      subject: row.actual_id,
      changes: [{ table: actuals, row }, ...sums.map((sum) => ({ table: actualTotals, row: sum }))],
      said: { actor },
    });
  }
}

/** The sums before the first document. */
function nothingTold(key: string, bucket: string): ActualTotalsRow {
  const { merchant, period, category } = bucketOf(bucket);
  return {
    bucket: key,
    merchant_id: merchant,
    period,
    category,
    received_cents: 0n,
    ordered_cents: 0n,
    reconciled_received_cents: 0n,
    reconciled_ordered_cents: 0n,
    updated_at: 0n,
    version: 0n,
  };
}

function fits({ received_cents: received, ordered_cents: ordered }: ActualTotalsRow): boolean {
  return [received, ordered].every((sum) => sum <= MINOR_UNITS_MAX && sum >= -MINOR_UNITS_MAX);
}

/** Names of the fields that are not what they were the first time. */
function differing(row: ActualRow, item: ActualItem): string[] {
  const pairs = {
    amount_cents: row.amount_cents === item.amountCents,
    category: row.category === item.category,
    period: row.period === item.period,
    occurred_at: row.occurred_at === item.occurredAt,
    decision_id: row.decision_id === item.decisionId,
  };
  return Object.entries(pairs).flatMap(([name, same]) => (same ? [] : [name]));
}
