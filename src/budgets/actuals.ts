/**
 * Actuals (B-07): what really happened, told from outside, each once by its source document. They change no budget by
 * themselves: they are added up, and the next reconciliation compares the sums with what the gate holds.
 */
import type { RowOf } from '../base/row-table.ts';
import type { actuals, actualTotals } from './tables.ts';

export type ActualRow = RowOf<typeof actuals>;
export type ActualTotalsRow = RowOf<typeof actualTotals>;
export type ActualKind = ActualRow['kind'];

export const actualKinds = ['receipt', 'order', 'cancellation', 'return', 'chargeback', 'invoice'] as const;

/** One document of a merchant and kind is one actual: receipts have vendor, vendor's invoice and location in their id. */
export const actualKey = (merchant: string, kind: ActualKind, document: string): string =>
  `${merchant}|${kind}|${document}`;

/** Documents without a decision are added up under their bucket's key, those of a decision under this one. */
export const decisionTotalsKey = (bucket: string, decision: string): string => `${bucket}|${decision}`;

/** The decision of a decision's sums; undefined for those of a bucket, whose key has three parts. */
export const decisionOfTotals = (key: string): string | undefined => key.split('|')[3];

export interface TotalsChange {
  readonly received: bigint;
  readonly ordered: bigint;
}

/**
 * What a document changes in the sums. Goods that came in count up, those that went back count down. An order with a decision
 * was seen by the gate and is counted there; its cancellation is not. An invoice bills what a receipt has counted already.
 */
export function totalsChange(kind: ActualKind, amount: bigint, hasDecision: boolean): TotalsChange {
  switch (kind) {
    case 'receipt':
      return { received: amount, ordered: 0n };
    case 'return':
    case 'chargeback':
      return { received: -amount, ordered: 0n };
    case 'order':
      return { received: 0n, ordered: hasDecision ? 0n : amount };
    case 'cancellation':
      return { received: 0n, ordered: -amount };
    case 'invoice':
      return { received: 0n, ordered: 0n };
    default:
      return kind satisfies never;
  }
}
