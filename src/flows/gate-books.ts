/**
 * What a command of the gate changes in buckets, decisions and invoices: gathered first, so that a row is written once per
 * command however many steps touched it, and so that a decision and its bucket can only move together.
 */
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Read, Row, Table, View } from '../base/decision.ts';
import { noCounters, openToBuy, type Counters } from '../budgets/bucket.ts';
import { DEFAULT_POLICY_ID, policyOf, type PolicySettings } from '../budgets/policy.ts';
import { difference, heldBy, nothingHeld, type Held } from '../budgets/reports.ts';
import { allocations, decisions, exposures, invoices, policies } from '../budgets/tables.ts';
import type { BucketRow, DecisionRow, InvoiceRow } from '../budgets/tables.ts';
import { bucketReads, changeBucket, newBucket } from './buckets.ts';

/** A decision that is there, with the bucket that it holds budget of: what a command has to name to look at both. */
export interface DecisionRef {
  readonly decisionId: string;
  readonly bucket: string;
}

/** What a command declares that may change the merchant's decisions. */
export function decisionReads(merchant: string, refs: readonly DecisionRef[]): Read[] {
  return [
    { table: policies, key: [merchant] },
    { table: exposures, key: [merchant] },
    ...refs.flatMap(({ decisionId, bucket }) => [
      { table: decisions, key: [decisionId] },
      { table: invoices, key: [decisionId] },
      ...bucketReads(bucket),
    ]),
  ];
}

/** The same view, in which a row is looked up once: nothing changes while a command is decided. */
export function remembering(view: View): View {
  const rows = new Map<Table, Map<string, Row | undefined>>();
  return {
    ...view,
    row<R extends Row>(table: Table<R>, key: readonly string[]): R | undefined {
      let known = rows.get(table);
      if (known === undefined) rows.set(table, (known = new Map<string, Row | undefined>()));
      // Every table of the gate has one column as its key.
      const [name = ''] = key;
      if (!known.has(name)) known.set(name, view.row(table, key));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- put there by the line above
      return known.get(name) as R | undefined;
    },
  };
}

const holdsNothing = (held: Held): boolean => Object.values(held).every((cents) => cents === 0n);

/** States in which the node may still receive a payment that we wait for: they count against the merchant's bound. */
const waiting = (invoice: InvoiceRow | undefined): boolean =>
  invoice?.state === 'intended' || invoice?.state === 'open' || invoice?.state === 'held';

const COUNTABLE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const isSafe = (cents: bigint): boolean => cents <= COUNTABLE_MAX && cents >= -COUNTABLE_MAX;

/** J3, R12: can what a bucket holds, and what is left of it, be told as JSON numbers? */
export const isCountable = (counters: Counters): boolean =>
  [counters.reserved_cents, counters.committed_cents, counters.received_cents, openToBuy(counters)].every(isSafe);

export class GateBooks {
  readonly settings: PolicySettings;
  readonly policyId: string;
  readonly #view: View;
  readonly #merchant: string;
  /** For a bucket that nobody planned; one command makes at most one. */
  readonly #allocationId: string;
  readonly #decisions = new Map<string, DecisionRow>();
  readonly #invoices = new Map<string, InvoiceRow>();
  readonly #booked = new Map<string, Held>();
  readonly #further: Change[] = [];

  constructor(view: View, merchant: string, allocationId: string) {
    const policy = view.row(policies, [merchant]);
    this.settings = policyOf(policy?.settings);
    this.policyId = policy?.policy_id ?? DEFAULT_POLICY_ID;
    this.#view = view;
    this.#merchant = merchant;
    this.#allocationId = allocationId;
  }

  /** The command's instant. */
  get now(): bigint {
    return this.#view.at;
  }

  decision(id: string): DecisionRow | undefined {
    return this.#decisions.get(id) ?? this.#view.row(decisions, [id]);
  }

  invoice(id: string): InvoiceRow | undefined {
    return this.#invoices.get(id) ?? this.#view.row(invoices, [id]);
  }

  /** The bucket as the command leaves it so far. */
  counters(bucket: string): Counters {
    const before: Counters = this.#view.row(allocations, [bucket]) ?? noCounters;
    const booked = this.#booked.get(bucket) ?? nothingHeld;
    return {
      ...before,
      reserved_cents: before.reserved_cents + booked.reserved_cents,
      committed_cents: before.committed_cents + booked.committed_cents,
      received_cents: before.received_cents + booked.received_cents,
    };
  }

  /** The same with so much more reserved. */
  countersWith(bucket: string, cents: bigint): Counters {
    const counters = this.counters(bucket);
    return { ...counters, reserved_cents: counters.reserved_cents + cents };
  }

  /** No bucket holds more, by what the command has done so far, than can be told. */
  get areCountable(): boolean {
    return [...this.#booked].every(([bucket, held]) => holdsNothing(held) || isCountable(this.counters(bucket)));
  }

  /** A decision as it is from now on; what it holds more or less than before is its bucket's, or its buckets', too. */
  keep(row: DecisionRow): DecisionRow {
    const before = this.decision(row.decision_id);
    if (before !== undefined) this.#book(before.bucket, difference(nothingHeld, heldBy(before)));
    this.#book(row.bucket, heldBy(row));
    const stored = this.#view.row(decisions, [row.decision_id]);
    const kept: DecisionRow = {
      ...row,
      updated_at: this.#view.at,
      version: (stored?.version ?? 0n) + 1n,
      seq: BigInt(this.#view.seq),
    };
    this.#decisions.set(row.decision_id, kept);
    return kept;
  }

  keepInvoice(row: InvoiceRow): InvoiceRow {
    const stored = this.#view.row(invoices, [row.decision_id]);
    const kept = { ...row, updated_at: this.#view.at, version: (stored?.version ?? 0n) + 1n };
    this.#invoices.set(row.decision_id, kept);
    return kept;
  }

  further(...changes: readonly Change[]): void {
    this.#further.push(...changes);
  }

  /** How many invoices of the merchant wait for a payment, after what the command has done so far. */
  get openInvoices(): bigint {
    let open = this.#view.row(exposures, [this.#merchant])?.open_invoices ?? 0n;
    for (const [id, invoice] of this.#invoices) {
      if (waiting(this.#view.row(invoices, [id]))) open -= 1n;
      if (waiting(invoice)) open += 1n;
    }
    return open;
  }

  changes(): Change[] {
    const buckets = [...this.#booked].filter(([, held]) => !holdsNothing(held));
    return [
      ...[...this.#decisions.values()].map((row) => ({ table: decisions, row })),
      ...[...this.#invoices.values()].map((row) => ({ table: invoices, row })),
      // Rows of one table that are ordered by time need instants of their own.
      ...buckets.flatMap(([bucket, held], index) => this.#bucketChanges(bucket, held, index)),
      ...this.#exposureChange(),
      ...this.#further,
    ];
  }

  #book(bucket: string, held: Held): void {
    const before = this.#booked.get(bucket) ?? nothingHeld;
    this.#booked.set(bucket, {
      reserved_cents: before.reserved_cents + held.reserved_cents,
      committed_cents: before.committed_cents + held.committed_cents,
      received_cents: before.received_cents + held.received_cents,
    });
  }

  #bucketChanges(bucket: string, held: Held, index: number): Change[] {
    const view = { ...this.#view, at: this.#view.at + BigInt(index) * INSTANT_NS };
    const before = this.#view.row(allocations, [bucket]) ?? this.#newBucket(bucket, view);
    return changeBucket(before, held, this.settings, view);
  }

  #newBucket(bucket: string, view: View): BucketRow {
    const [merchant = '', period = '', category = ''] = bucket.split('|');
    return newBucket({ merchant, period, category, allocationId: this.#allocationId }, view);
  }

  #exposureChange(): Change[] {
    if (this.#invoices.size === 0) return [];
    const before = this.#view.row(exposures, [this.#merchant]);
    const open = this.openInvoices;
    if (open === (before?.open_invoices ?? 0n)) return [];
    const row = {
      merchant_id: this.#merchant,
      open_invoices: open,
      updated_at: this.#view.at,
      version: (before?.version ?? 0n) + 1n,
    };
    return [{ table: exposures, row }];
  }
}
