/** Random commands of the settlement ledger over few accounts, receipts and holds, so that they meet each other often. */
import fc from 'fast-check';
import type { CreateHoldCommand, MoveHoldCommand, TopUpCommand } from '../../src/flows/settlement.ts';
import { COMMUNITY_POOL, type AccountId } from '../../src/settlement/accounts.ts';

export const ACCOUNTS = ['account:org:acme', 'account:participant:did:key:z6Mk', 'account:org:supply'] as AccountId[];

const POOL = COMMUNITY_POOL as AccountId;

/** Payer and payee belong to the hold: whoever names it knows them. */
const holds = ['h1', 'h2', 'h3', 'h4', 'h5'].map((holdId, i) => ({
  holdId,
  orderId: `order ${holdId}`,
  payer: ACCOUNTS[i % 3]!,
  payee: ACCOUNTS[(i + 1) % 3]!,
}));

export const receiptOf = (
  receiptId: string,
  accountId: AccountId,
  amount: bigint,
  fee: TopUpCommand['receipt']['fee'] = null,
): TopUpCommand => ({
  type: 'apply-top-up',
  receipt: {
    receiptId,
    accountId,
    amount,
    unit: 'ORC',
    gatewayNodeId: 'gateway-1',
    external: { amount: 1_000n, currency: 'EUR', paymentRef: `ref ${receiptId}` },
    fee,
    occurredAt: null,
    policyRef: null,
    signature: null,
  },
});

export function holdOf(
  { holdId, orderId, payer, payee }: Pick<CreateHoldCommand, 'holdId' | 'orderId' | 'payer' | 'payee'>,
  amount: bigint,
): CreateHoldCommand {
  return {
    type: 'create-hold',
    holdId,
    orderId,
    payer,
    payee,
    amount,
    contractId: null,
    policyRef: null,
    workBy: null,
    acceptBy: null,
    disputeBy: null,
    autoReleaseAfter: null,
    ownDeadlines: true,
    request: JSON.stringify({ hold_id: holdId, amount: Number(amount) }),
    actor: null,
  };
}

const amount = fc.bigInt(1n, 400n);

/** 10 % of the gross. */
const fee = amount.map((value) => ({ basisPoints: 1_000n, amount: value, accountId: POOL }));

export const topUps = fc
  .tuple(fc.constantFrom('r1', 'r2', 'r3', 'r4'), fc.constantFrom(...ACCOUNTS), amount, fc.option(fee, { freq: 1 }))
  .map(([receiptId, accountId, value, share]) =>
    share === null ? receiptOf(receiptId, accountId, value) : receiptOf(receiptId, accountId, share.amount * 9n, share),
  );

export const newHolds = fc.tuple(fc.constantFrom(...holds), amount).map(([hold, value]) => holdOf(hold, value));

export const moves: fc.Arbitrary<MoveHoldCommand> = fc
  .tuple(fc.constantFrom(...holds), fc.constantFrom('released', 'refunded', 'frozen', 'voided'))
  .map(([{ holdId, payer, payee }, to]) => ({
    type: 'move-hold',
    holdId,
    payer,
    payee,
    to,
    reason: 'because',
    actor: 'operator',
  }));
