/**
 * Looks after invoices that wait (B-28, L-07): what the node was asked for and never gave is closed, payments that nobody told
 * of are found by asking, and tokens and preimages sealed with a former key are sealed with the present one (L-04).
 */
import { randomBytes } from 'node:crypto';
import { instantAt } from '../base/time.ts';
import { limits } from '../base/limits.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import type { SealedColumn } from '../flows/invoices.ts';
import { findDecision } from '../gate/find-rows.ts';
import { isSettled, recordSettlement, type SettlingParts } from '../gate/settlements.ts';
import { NONCE_BYTES, reseal, type KeyRing } from '../l402/sealing.ts';
import type { LightningNode } from '../lightning/node.ts';
import { pages } from '../store/pages.ts';

export interface InvoiceCheckParts extends SettlingParts {
  /** Undefined: switched off. */
  readonly node: LightningNode | undefined;
  readonly ring: KeyRing;
  readonly settled: (decisionId: string) => void;
}

/**
 * A used token answers as long as its decision lives (L-04), so there may be very many: looked through only while a former key
 * is there, and again for what a server sealed that was not started anew yet.
 */
export class InvoiceCheck {
  readonly #parts: InvoiceCheckParts;
  #usedNotBeforeMs = 0;
  /** A new process looks at once: something may have been paid while no server ran. */
  #notBeforeMs = 0;

  constructor(parts: InvoiceCheckParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const nowMs = this.#parts.nowMs();
    await this.#each('intended', (row) => this.#giveUp(row, nowMs));
    if (nowMs < this.#notBeforeMs) return;
    this.#notBeforeMs = nowMs + limits.invoiceCheckMs;
    await this.#resealUsed(nowMs);
    await this.#each('open', async (row) => {
      await this.#reseal(row);
      await this.#ask(row);
    });
  }

  async #resealUsed(nowMs: number): Promise<void> {
    if (this.#parts.ring.keys.size < 2 || nowMs < this.#usedNotBeforeMs) return;
    await this.#each('settled', (row) => this.#reseal(row));
    this.#usedNotBeforeMs = nowMs + limits.usedTokenCheckMs;
  }

  async #each(state: 'intended' | 'open' | 'settled', take: (row: InvoiceRow) => Promise<void>): Promise<void> {
    const query = { table: invoices, where: { state }, by: 'created_at' } as const;
    for await (const rows of pages(this.#parts.store, query)) for (const row of rows) await take(row);
  }

  async #giveUp(row: InvoiceRow, nowMs: number): Promise<void> {
    if (instantAt(nowMs - limits.invoiceIntentMs) < row.created_at) return;
    await this.#parts.store.submit({
      type: 'close-invoice',
      ...(await this.#refOf(row)),
      reason: 'lightning_unavailable',
    });
  }

  /** Rejects when the node does not answer: the next turn asks again. */
  async #ask(row: InvoiceRow): Promise<void> {
    const { node, settled } = this.#parts;
    if (node === undefined || row.payment_hash === null) return;
    const status = await node.lookUp(row.payment_hash);
    if (!isSettled(status)) return;
    const recorded = await recordSettlement(this.#parts, status);
    // Whoever waits would look at an invoice that is still open.
    if (recorded?.outcome.code === null) settled(row.decision_id);
  }

  async #reseal(row: InvoiceRow): Promise<void> {
    const { root_key_sealed: rootKey, token_id: tokenId, preimage_sealed: preimage, payment_hash: hash } = row;
    await this.#resealOne(row, { column: 'root_key_sealed', before: rootKey, belongsTo: tokenId });
    await this.#resealOne(row, { column: 'preimage_sealed', before: preimage, belongsTo: hash });
  }

  async #resealOne(
    row: InvoiceRow,
    {
      column,
      before,
      belongsTo,
    }: { readonly column: SealedColumn; readonly before: string | null; readonly belongsTo: string | null },
  ): Promise<void> {
    if (before === null || belongsTo === null) return;
    const { ring, store } = this.#parts;
    const anew = reseal(ring, before, { tokenId: belongsTo, nonce: randomBytes(NONCE_BYTES) });
    if (anew.outcome === 'resealed')
      await store.submit({ type: 'reseal-root-key', ...(await this.#refOf(row)), column, before, after: anew.text });
  }

  async #refOf({ decision_id: decisionId, merchant_id: merchant }: InvoiceRow): Promise<{
    readonly decisionId: string;
    readonly merchant: string;
    readonly bucket: string;
  }> {
    const decision = await findDecision(this.#parts.store, decisionId);
    return { decisionId, merchant, bucket: decision?.bucket ?? '' };
  }
}
