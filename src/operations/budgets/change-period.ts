/** `POST /l402-otb/periods/{period}/lock`, `/unlock`, `/close` (B-23): plans of a period stop, go on with a reason, or end. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import type { Clock } from '../../base/clock.ts';
import { dayAt } from '../../budgets/calendar.ts';
import type { PeriodView } from '../../budgets/plan-wire.ts';
import type { PeriodRow } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { doneBy } from './answer.ts';
import { findMerchant, findPeriod, periodOf } from './find-plans.ts';
import { rollOrders } from './roll-orders.ts';
import { merchantId, period, periodRecord, reason } from './schemas.ts';
import { submitFresh } from './submit-fresh.ts';

const ownMerchant = merchantId.optional().meta({ description: "the key's own without it" });

const moves = [
  { name: 'lockPeriod', verb: 'lock', to: 'locked', summary: 'Lock a period' },
  { name: 'unlockPeriod', verb: 'unlock', to: 'open', summary: 'Unlock a period, with a reason' },
  { name: 'closePeriod', verb: 'close', to: 'closed', summary: 'Close a period for good' },
] as const;

interface Parts {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** A period was closed: what is left of it can be reconciled. */
  readonly closed: () => void;
}

export function changePeriodOperations(parts: Parts): ApiOperation[] {
  return moves.map((move) => changePeriod(parts, move));
}

const descriptions: Readonly<Record<PeriodRow['status'], string>> = {
  locked:
    'Nothing is planned or asked of the gate in it until it is unlocked. What it holds already goes on: reports, deadlines and ' +
    'orders, a release, and an ordinary invoice that was handed out before and is paid now.',
  open: 'The override of a lock: who did it and why stands in the journal for ever.',
  closed:
    'Nothing can open it again. What is late in it rolls on into the next open period, and shows as overdue. Closed before its last ' +
    'day it keeps what is not late; closed again later, what has become late rolls on, too.',
};

function changePeriod(parts: Parts, { name, verb, to, summary }: (typeof moves)[number]): ApiOperation {
  const { store, clock, closed } = parts;
  const why = to === 'open' ? reason : reason.optional();
  return defineOperation({
    name,
    method: 'POST',
    path: `/l402-otb/periods/{period}/${verb}`,
    chapter: 'Budget rules',
    summary,
    description: `${descriptions[to]} Repeated, it shows the period as it is.`,
    permission: 'periods:close',
    tier: 'stream',
    input: {
      path: z.strictObject({ period }),
      body: z.strictObject({ merchant_id: ownMerchant, reason: why }),
    },
    answer: periodRecord,
    refusals: ['invalid_period', 'period_closed', 'overloaded'],
    async run({ path: { period: named }, body, caller }) {
      const id = body.merchant_id ?? caller.merchant;
      if (id === null) return refused('invalid_request', { field: 'merchant_id' }, 'merchant_id: which merchant?');
      if (!mayUseMerchant(caller, 'periods:close', id)) return refused('forbidden');
      const merchant = await findMerchant(store, id);
      const found = periodOf(merchant, named);
      if (found === undefined) return refused('invalid_period', { field: 'period' });
      const outcome = await submitFresh(store, async () => {
        const state = await findPeriod(store, id, named);
        return {
          type: 'change-period',
          to,
          merchantId: id,
          period: named,
          budgetId: state?.budget_id ?? null,
          reason: body.reason ?? null,
          actor: caller.keyId,
        };
      });
      if (to === 'closed') {
        // Also when it was closed before: a server that died in between left some behind, and what was not late then may be now.
        const today = dayAt(clock.nowMs());
        const isClosed = 'code' in outcome && outcome.code === null;
        const way = { merchantId: id, merchant, period: found, actor: caller.keyId, today };
        const cut = isClosed ? await rollOrders(store, way) : undefined;
        closed();
        // The period is closed all the same: whoever closes it again rolls on what is left.
        if (cut !== undefined) return doneBy<PeriodView>(cut);
      }
      return doneBy<PeriodView>(outcome);
    },
  });
}
