/** `POST /v1/ledger/holds` (S-21, S-23): reserves the payer's money for an order, once per order. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { CreateHoldCommand } from '../../flows/settlement.ts';
import { mayUseAccount } from '../../access/scope.ts';
import { instantAt } from '../../base/time.ts';
import type { Caller } from '../../access/caller.ts';
import { COMMUNITY_POOL } from '../../settlement/accounts.ts';
import type { HoldView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { amount, id } from '../schemas.ts';
import { account, holdRecord, text, time } from './schemas.ts';

/** S-21: who sets no other time has seven days for the work. */
const WORK_BY_DEFAULT_MS = 7 * 86_400_000;

const deadlines = z.strictObject({
  work_by: time.optional(),
  accept_by: time.optional(),
  dispute_by: time.optional(),
  auto_release_after: time.optional(),
});

const body = z.strictObject({
  hold_id: id.optional(),
  payer_account_id: account,
  payee_account_id: account,
  amount,
  order_id: id,
  contract_id: text(256).optional(),
  policy_ref: text(256).optional(),
  deadlines: deadlines.optional(),
});

type Body = z.infer<typeof body>;

export function createHold(store: Pick<Store, 'submit'>, nowMs: () => number): ApiOperation {
  return defineOperation({
    name: 'createHold',
    method: 'POST',
    path: '/v1/ledger/holds',
    chapter: 'Settlement',
    summary: "Reserve a payer's money",
    description:
      'The order id is the key. Without deadlines of its own the hold is refunded after seven days: silence never locks money for ever.',
    permission: 'holds:create',
    creates: true,
    input: { body },
    answer: holdRecord,
    refusals: ['invalid_account', 'invalid_amount', 'insufficient_funds', 'idempotency_conflict'],
    async run({ body: terms, caller }) {
      const { payer_account_id: payer, payee_account_id: payee } = terms;
      if (payer === COMMUNITY_POOL || payer === payee)
        return refused(
          'invalid_account',
          { field: 'payer_account_id' },
          'the payer is another account than the payee, and not the community pool',
        );
      if (!mayUseAccount(caller, 'holds:create', payer)) return refused('forbidden');
      const outcome = await store.submit(commandOf(terms, caller, nowMs()));
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      const view = answerOf<HoldView>(outcome);
      return outcome.replayed ? again(view) : created(view);
    },
  });
}

function commandOf(terms: Body, { keyId }: Caller, nowMs: number): CreateHoldCommand {
  const { deadlines: own = {} } = terms;
  const hasEnd = own.work_by !== undefined || own.auto_release_after !== undefined;
  return {
    type: 'create-hold',
    holdId: terms.hold_id ?? randomUUID(),
    payer: terms.payer_account_id,
    payee: terms.payee_account_id,
    amount: terms.amount,
    orderId: terms.order_id,
    contractId: terms.contract_id ?? null,
    policyRef: terms.policy_ref ?? null,
    workBy: hasEnd ? instantOf(own.work_by) : instantAt(nowMs + WORK_BY_DEFAULT_MS),
    acceptBy: instantOf(own.accept_by),
    disputeBy: instantOf(own.dispute_by),
    autoReleaseAfter: instantOf(own.auto_release_after),
    ownDeadlines: true,
    // What the caller said, and nothing that was added: a repeat says the same.
    request: JSON.stringify(terms, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
    actor: keyId,
  };
}

function instantOf(wire: string | undefined): bigint | null {
  return wire === undefined ? null : instantAt(Date.parse(wire));
}
