/** `POST /v1/ledger/holds` (S-21, S-23): reserves the payer's money for an order, once per order. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { HoldDeadlines, HoldSpec, SettlementLedger } from '../../settlement/ledger.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { amount, id } from '../schemas.ts';
import { holdViewOf, refusedBy } from './ledger-answer.ts';
import { account, holdRecord, instantOf, moment, text } from './schemas.ts';

const deadlines = z.strictObject({
  work_by: moment.optional(),
  accept_by: moment.optional(),
  dispute_by: moment.optional(),
  auto_release_after: moment.optional(),
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

export function createHold(ledger: Pick<SettlementLedger, 'createHold'>): ApiOperation {
  return defineOperation({
    name: 'createHold',
    method: 'POST',
    path: '/v1/ledger/holds',
    chapter: 'Settlement',
    summary: "Reserve a payer's money",
    description:
      'The order id is the key. A hold without a time at which it ends gets the one of the escrow policy, and is refunded then ' +
      '(after seven days, where nothing else is configured): silence never locks money for ever.',
    permission: 'holds:create',
    creates: true,
    input: { body },
    answer: holdRecord,
    refusals: ['invalid_account', 'invalid_amount', 'insufficient_funds', 'idempotency_conflict'],
    async run({ body: terms, caller }) {
      if (!mayUseAccount(caller, 'holds:create', terms.payer_account_id)) return refused('forbidden');
      const result = await ledger.createHold(specOf(terms), { actor: caller.keyId });
      if ('error' in result) return refusedBy(result);
      const view = holdViewOf(result.hold);
      return result.replayed ? again(view) : created(view);
    },
  });
}

function specOf(terms: Body): HoldSpec {
  const { hold_id: holdId, contract_id: contractId, policy_ref: policyRef, deadlines: own } = terms;
  return {
    payer: terms.payer_account_id,
    payee: terms.payee_account_id,
    amount: terms.amount,
    orderId: terms.order_id,
    ...(holdId === undefined ? {} : { holdId }),
    ...(contractId === undefined ? {} : { contractId }),
    ...(policyRef === undefined ? {} : { policyRef }),
    ...(own === undefined ? {} : { deadlines: deadlinesOf(own) }),
  };
}

function deadlinesOf(own: NonNullable<Body['deadlines']>): HoldDeadlines {
  return {
    workBy: instantOf(own.work_by),
    acceptBy: instantOf(own.accept_by),
    disputeBy: instantOf(own.dispute_by),
    autoReleaseAfter: instantOf(own.auto_release_after),
  };
}
