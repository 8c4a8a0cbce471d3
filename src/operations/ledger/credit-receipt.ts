/** `POST /v1/ledger/inbox/{receipt_id}/credit` (S-13): credits a receipt of the inbox. The control-plane token alone may (S-11). */
import * as z from 'zod';
import { fundingInbox } from '../../settlement/funding-tables.ts';
import { receiptOfContent } from '../../settlement/top-up.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import { credited } from './schemas.ts';

type Credited = Omit<z.infer<typeof credited>, 'outcome'>;

/** `applied` is told of it: there is a movement to make. */
export function creditReceipt(store: Pick<Store, 'submit' | 'rows'>, applied: () => void): ApiOperation {
  return defineOperation({
    name: 'creditReceipt',
    method: 'POST',
    path: '/v1/ledger/inbox/{receipt_id}/credit',
    chapter: 'Settlement',
    summary: 'Credit a receipt of the inbox',
    description:
      'The same as a top-up with this receipt, and under the same key: whichever comes second is `already_applied`. ' +
      'A receipt that contradicts what was applied is refused for good. Takes the control-plane token; no key can do it.',
    permission: 'top-ups:create',
    creates: true,
    input: { path: z.strictObject({ receipt_id: id }) },
    answer: credited,
    refusals: [
      'receipt_not_found',
      'receipt_refused',
      'receipt_conflict',
      'invalid_signature',
      'fee_mismatch',
      'balance_too_large',
    ],
    async run({ path: { receipt_id: receiptId }, caller }) {
      const row = await findRow(store, fundingInbox, 'receipt_id', receiptId);
      if (row === undefined) return refused('receipt_not_found');
      const receipt = receiptOfContent(receiptId, row.content);
      const outcome = await store.submit({ type: 'credit-receipt', receipt, byRule: false, actor: caller.keyId });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      applied();
      const answer = answerOf<Credited>(outcome);
      return outcome.replayed
        ? again({ outcome: 'already_applied' as const, ...answer })
        : created({ outcome: 'applied' as const, ...answer });
    },
  });
}
