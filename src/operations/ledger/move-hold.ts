/** `POST /v1/ledger/holds/{hold_id}/release`, `/refund`, `/freeze`, `/void` (S-20): an operator's moves, each with a reason. */
import * as z from 'zod';
import { EXECUTION_POLICY } from '../../flows/holds.ts';
import type { MoveHoldCommand } from '../../flows/settlement.ts';
import type { HoldTarget } from '../../settlement/hold-moves.ts';
import type { HoldRow } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { again, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import { moveExecutionHold, type AskedMove } from './execution-command.ts';
import { findHold, withHistory } from './find-hold.ts';
import { holdRecord, reason } from './schemas.ts';

const verbs = [
  { verb: 'release', to: 'released', name: 'releaseHold', summary: 'Give the money to the payee' },
  { verb: 'refund', to: 'refunded', name: 'refundHold', summary: 'Give the money back, after execution' },
  { verb: 'freeze', to: 'frozen', name: 'freezeHold', summary: 'Stop the hold until a dispute is resolved' },
  { verb: 'void', to: 'voided', name: 'voidHold', summary: 'Give the money back, before execution' },
] as const satisfies readonly { verb: string; to: HoldTarget; name: string; summary: string }[];

/** The four moves. `moved` is told of each: there may be a movement to make. */
export function moveHoldOperations(store: Pick<Store, 'rows' | 'submit'>, moved: () => void): ApiOperation[] {
  return verbs.map(({ verb, to, name, summary }) =>
    defineOperation({
      name,
      method: 'POST',
      path: `/v1/ledger/holds/{hold_id}/${verb}`,
      chapter: 'Settlement',
      summary,
      description:
        "Repeated, it answers the hold as it is and changes nothing. An order's hold takes its execution along.",
      permission: 'holds:move',
      input: { path: z.strictObject({ hold_id: id }), body: z.strictObject({ reason }) },
      answer: holdRecord,
      refusals: ['hold_not_found', 'invalid_transition', 'dispute_window_closed'],
      async run({ path: { hold_id: holdId }, body, caller }) {
        const hold = await findHold(store, holdId);
        if (hold === undefined) return refused('hold_not_found');
        const asked = { to, reason: body.reason, actor: caller.keyId };
        const isOrders = hold.policy_ref === EXECUTION_POLICY;
        const outcome = await (isOrders ? moveExecutionHold(store, hold, asked) : store.submit(commandOf(hold, asked)));
        if (outcome === 'replay') return again(await withHistory(store, hold));
        if ('outcome' in outcome) return outcome;
        const refusal = refusalOf(outcome);
        if (refusal !== undefined) return refusal;
        moved();
        const view = await withHistory(store, (await findHold(store, holdId)) ?? hold);
        return outcome.replayed ? again(view) : done(view);
      },
    }),
  );
}

function commandOf(hold: HoldRow, asked: AskedMove): MoveHoldCommand {
  const { hold_id: holdId, payer_account_id: payer, payee_account_id: payee } = hold;
  return { type: 'move-hold', holdId, payer, payee, ...asked };
}
