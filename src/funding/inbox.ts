/** The way into the inbox (S-13), for whatever brings receipts. It never credits: that takes the operator, or a standing rule. */
import { answerOf } from '../operations/command-answer.ts';
import type { Store } from '../store/store.ts';
import { readReceipt, type Unfit } from './read-receipt.ts';

/** `received`: it is in the inbox, now or since before. `later`: nothing can be recorded now; the same again then. */
export type Reception = 'received' | 'later' | Unfit;

/** No outcomes: the store may take it another time. */
const passing: ReadonlySet<string> = new Set(['overloaded', 'unavailable', 'internal']);

export async function putIntoInbox(
  store: Pick<Store, 'submit'>,
  value: unknown,
  source: 'spool' | 'feed',
): Promise<Reception> {
  const receipt = readReceipt(value);
  if ('code' in receipt) return receipt;
  const outcome = await store.submit({ type: 'receive-receipt', receipt, source });
  const { code } = outcome;
  if (code === null) return 'received';
  if (passing.has(code)) return 'later';
  const { error: _, ...details } = answerOf(outcome);
  return { code, details: { receipt_id: receipt.receiptId, ...details } };
}
