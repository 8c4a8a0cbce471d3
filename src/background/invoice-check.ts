/**
 * Looks after invoices that wait (B-28, L-07): what the node was asked for and never gave is closed, payments that nobody told
 * of are found by asking, and tokens sealed with a former key are sealed with the present one (L-04).
 */
import { randomBytes } from 'node:crypto';
import { limits } from '../base/limits.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import { findDecision } from '../gate/knowing.ts';
import { isSettled, recordSettlement } from '../gate/settlements.ts';
import { NONCE_BYTES, reseal, type KeyRing } from '../l402/sealing.ts';
import type { LightningNode } from '../lightning/node.ts';
import type { Store } from '../store/store.ts';

const NS_PER_MS = 1_000_000n;

export interface InvoiceCheckParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** Undefined: switched off. */
  readonly node: LightningNode | undefined;
  readonly ring: KeyRing;
  readonly nowMs: () => number;
  readonly settled: (decisionId: string) => void;
}

export class InvoiceCheck {
  readonly #parts: InvoiceCheckParts;
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
    await this.#each('open', async (row) => {
      await this.#reseal(row);
      await this.#ask(row, nowMs);
    });
  }

  async #each(state: 'intended' | 'open', take: (row: InvoiceRow) => Promise<void>): Promise<void> {
    let after: bigint | undefined;
    for (;;) {
      const rows = await this.#parts.store.rows({
        table: invoices,
        where: { state },
        by: 'created_at',
        limit: limits.jobRowsMax,
        ...(after === undefined ? {} : { after }),
      });
      for (const row of rows) await take(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < limits.jobRowsMax) return;
      after = last.created_at;
    }
  }

  async #giveUp(row: InvoiceRow, nowMs: number): Promise<void> {
    if (BigInt(nowMs - limits.invoiceIntentMs) * NS_PER_MS < row.created_at) return;
    await this.#parts.store.submit({
      type: 'close-invoice',
      ...(await this.#refOf(row)),
      reason: 'lightning_unavailable',
    });
  }

  /** Rejects when the node does not answer: the next turn asks again. */
  async #ask(row: InvoiceRow, nowMs: number): Promise<void> {
    const { node, store, settled } = this.#parts;
    if (node === undefined || row.payment_hash === null) return;
    const status = await node.lookUp(row.payment_hash);
    if (!isSettled(status)) return;
    await recordSettlement(store, status, nowMs);
    settled(row.decision_id);
  }

  async #reseal(row: InvoiceRow): Promise<void> {
    const { ring, store } = this.#parts;
    const { root_key_sealed: before, token_id: tokenId } = row;
    if (before === null || tokenId === null) return;
    const anew = reseal(ring, before, { tokenId, nonce: randomBytes(NONCE_BYTES) });
    if (anew.outcome === 'resealed')
      await store.submit({ type: 'reseal-root-key', ...(await this.#refOf(row)), before, after: anew.text });
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
