/** `POST /v1/ledger/holds` (S-21, S-23): reserves the payer's money for an order, once per order. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import type { HoldDeadlines, HoldSpec, SettlementLedger } from '../../settlement/ledger.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { amount, id } from '../schemas.ts';
import { holdViewOf, refusedBy } from './ledger-answer.ts';
import { account, holdRecord, instantOf, moment, text } from './schemas.ts';

const deadlines = z.strictObject({
  work_by: moment.nullish(),
  accept_by: moment.nullish(),
  dispute_by: moment.nullish(),
  auto_release_after: moment.nullish(),
});

const body = z.strictObject({
  hold_id: id.nullish(),
  payer_account_id: account,
  payee_account_id: account,
  amount,
  order_id: id,
  contract_id: text(limits.referenceCharactersMax).nullish(),
  policy_ref: text(limits.referenceCharactersMax).nullish(),
  deadlines: deadlines.nullish(),
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
    ...(isLeftOut(holdId) ? {} : { holdId }),
    ...(isLeftOut(contractId) ? {} : { contractId }),
    ...(isLeftOut(policyRef) ? {} : { policyRef }),
    ...(isLeftOut(own) ? {} : { deadlines: deadlinesOf(own) }),
  };
}

/** `null` says what leaving a field out says, as it does in orders. */
function isLeftOut(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function deadlinesOf(own: NonNullable<Body['deadlines']>): HoldDeadlines {
  return {
    workBy: instantOf(own.work_by),
    acceptBy: instantOf(own.accept_by),
    disputeBy: instantOf(own.dispute_by),
    autoReleaseAfter: instantOf(own.auto_release_after),
  };
}
