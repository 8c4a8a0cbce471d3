/**
 * What a command of the gate changes in buckets, decisions and invoices: gathered first, so that a row is written once per
 * command however many steps touched it, and so that a decision and its bucket can only move together.
 */
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Read, View } from '../base/decision.ts';
import { bucketOf, noCounters, openToBuy, type Counters } from '../budgets/bucket.ts';
import { DEFAULT_POLICY_ID, policyOf, type PolicySettings } from '../budgets/policy.ts';
import { difference, heldBy, nothingHeld, sumOf, type Held } from '../budgets/reports.ts';
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

const holdsNothing = (held: Held): boolean => Object.values(held).every((cents) => cents === 0n);

/** States in which the node may still receive a payment that we wait for: they count against the merchant's bound. */
const waiting = (invoice: InvoiceRow | undefined): boolean =>
  invoice?.state === 'intended' || invoice?.state === 'open' || invoice?.state === 'held';

const COUNTABLE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const isSafe = (cents: bigint): boolean => cents <= COUNTABLE_MAX && cents >= -COUNTABLE_MAX;

/** J3, R12: can what a bucket holds, however it moves on from there, and what is left of it, be told as JSON numbers? */
export const isCountable = (counters: Counters): boolean => isSafe(sumOf(counters)) && isSafe(openToBuy(counters));

export class GateBooks {
  readonly settings: PolicySettings;
  readonly policyId: string;
  readonly #view: View;
  readonly #merchant: string;
  /** For a bucket that nobody planned; one command makes at most one. */
  readonly #allocationId: string;
  /** Before the command, as far as it has asked for them. */
  readonly #stored = new Map<string, DecisionRow | undefined>();
  readonly #storedInvoices = new Map<string, InvoiceRow | undefined>();
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

  /** No decision has this id yet, and no invoice: nobody need look for them. */
  begin(decisionId: string): void {
    this.#stored.set(decisionId, undefined);
    this.#storedInvoices.set(decisionId, undefined);
  }

  /** The command's instant. */
  get now(): bigint {
    return this.#view.at;
  }

  decision(id: string): DecisionRow | undefined {
    return this.#decisions.get(id) ?? this.#storedDecision(id);
  }

  invoice(id: string): InvoiceRow | undefined {
    return this.#invoices.get(id) ?? this.#storedInvoice(id);
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
    const kept: DecisionRow = {
      ...row,
      updated_at: this.#view.at,
      version: (this.#storedDecision(row.decision_id)?.version ?? 0n) + 1n,
      seq: BigInt(this.#view.seq),
    };
    this.#decisions.set(row.decision_id, kept);
    return kept;
  }

  keepInvoice(row: InvoiceRow): InvoiceRow {
    const version = (this.#storedInvoice(row.decision_id)?.version ?? 0n) + 1n;
    const kept: InvoiceRow = {
      ...row,
      credit: row.credit_msat > 0n ? 'owed' : null,
      updated_at: this.#view.at,
      version,
    };
    this.#invoices.set(row.decision_id, kept);
    return kept;
  }

  /** The decision's reservation goes over into another one. */
  replace(row: DecisionRow): void {
    this.keep({ ...row, ...nothingHeld, state: 'replaced', reason: 'amended', due_at: null });
    this.forgetToken(row);
  }

  /** What the token was for has ended: it is stale from now on, and its root key is kept no longer. */
  forgetToken({ decision_id: id }: DecisionRow): void {
    const invoice = this.invoice(id);
    if (invoice?.root_key_sealed != null) this.keepInvoice({ ...invoice, root_key_sealed: null });
  }

  further(...changes: readonly Change[]): void {
    this.#further.push(...changes);
  }

  /** How many invoices of the merchant wait for a payment, after what the command has done so far. */
  get openInvoices(): bigint {
    let open = this.#view.row(exposures, [this.#merchant])?.open_invoices ?? 0n;
    for (const [id, invoice] of this.#invoices) {
      if (waiting(this.#storedInvoice(id))) open -= 1n;
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

  #storedDecision(id: string): DecisionRow | undefined {
    if (!this.#stored.has(id)) this.#stored.set(id, this.#view.row(decisions, [id]));
    return this.#stored.get(id);
  }

  #storedInvoice(id: string): InvoiceRow | undefined {
    if (!this.#storedInvoices.has(id)) this.#storedInvoices.set(id, this.#view.row(invoices, [id]));
    return this.#storedInvoices.get(id);
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
    return newBucket({ ...bucketOf(bucket), allocationId: this.#allocationId }, view);
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
