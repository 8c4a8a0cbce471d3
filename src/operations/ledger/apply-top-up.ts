/** `POST /v1/ledger/top-up` (S-10..S-12): credits a funding gateway's receipt, once. The control-plane token alone may (S-11). */
import type { SettlementLedger } from '../../settlement/ledger.ts';
import { again, created, defineOperation, type ApiOperation } from '../api-operation.ts';
import { refusedBy } from './ledger-answer.ts';
import { receiptBody, receiptOf } from './receipt-body.ts';
import { credited } from './schemas.ts';

/** `applied` is told of it: there is a movement to make. */
export function applyTopUp(ledger: Pick<SettlementLedger, 'applyTopUp'>, applied: () => void): ApiOperation {
  return defineOperation({
    name: 'applyTopUp',
    method: 'POST',
    path: '/v1/ledger/top-up',
    chapter: 'Settlement',
    summary: 'Credit a receipt of the funding gateway',
    description:
      'The receipt id is the key: the same receipt again is `already_applied` and credits nothing; with other content it is ' +
      '`receipt_conflict`, which names the fields that differ. Takes the control-plane token; no key can do it.',
    permission: 'top-ups:create',
    creates: true,
    input: { body: receiptBody },
    answer: credited,
    refusals: [
      'invalid_account',
      'invalid_amount',
      'invalid_signature',
      'receipt_conflict',
      'fee_mismatch',
      'balance_too_large',
    ],
    async run({ body }) {
      const result = await ledger.applyTopUp(receiptOf(body));
      if ('error' in result) return refusedBy(result);
      applied();
      const { available, held, total } = result.balance;
      const answer = {
        outcome: result.outcome,
        receipt_id: result.receiptId,
        account_id: result.balance.accountId,
        amount: Number(result.amount),
        balance: { available: Number(available), held: Number(held), total: Number(total) },
      };
      return result.outcome === 'applied' ? created(answer) : again(answer);
    },
  });
}
