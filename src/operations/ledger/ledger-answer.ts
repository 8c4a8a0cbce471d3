/** What the settlement ledger answered, as callers over HTTP see it. */
import { timeOf, timeOrNull } from '../../base/time.ts';
import type { HoldRecord, LedgerError } from '../../settlement/ledger.ts';
import type { HoldView } from '../../settlement/wire.ts';
import { refused, type Refused } from '../api-operation.ts';
import { isApiError } from '../codes.ts';

export function refusedBy({ error, details: { message, ...details } }: LedgerError): Refused {
  return refused(isApiError(error) ? error : 'internal', details, typeof message === 'string' ? message : undefined);
}

export function holdViewOf(hold: HoldRecord): HoldView {
  const { workBy, acceptBy, disputeBy, autoReleaseAfter } = hold.deadlines;
  return {
    hold_id: hold.holdId,
    state: hold.state,
    payer_account_id: hold.payer,
    payee_account_id: hold.payee,
    amount: Number(hold.amount),
    unit: 'ORC',
    order_id: hold.orderId,
    contract_id: hold.contractId,
    policy_ref: hold.policyRef,
    deadlines: {
      work_by: timeOrNull(workBy),
      accept_by: timeOrNull(acceptBy),
      dispute_by: timeOrNull(disputeBy),
      auto_release_after: timeOrNull(autoReleaseAfter),
    },
    created_at: timeOf(hold.createdAt),
    history: hold.history.map(({ state, at, reason, actor, seq }) => ({
      state,
      at: timeOf(at),
      reason,
      actor,
      seq: Number(seq),
    })),
  };
}
