/** What a funding gateway's receipt must say (S-12), and how two receipts of the same id differ (S-10). */
import { MINOR_UNITS_MAX } from '../base/money.ts';
import type { AccountId } from './accounts.ts';

/** A receipt as it is applied. Amounts are minor units: `amount` net, of the internal unit; `external.amount` of its currency. */
export interface GatewayReceiptRecord {
  readonly receiptId: string;
  readonly accountId: AccountId;
  readonly amount: bigint;
  readonly unit: 'ORC';
  readonly gatewayNodeId: string;
  readonly external: { readonly amount: bigint; readonly currency: string; readonly paymentRef: string };
  readonly fee: { readonly basisPoints: bigint; readonly amount: bigint; readonly accountId: AccountId } | null;
  readonly occurredAt: string | null;
  readonly policyRef: string | null;
  readonly signature: string | null;
}

const BASIS = 10_000n;

/** The gross is conserved: the fee must be its share of net and fee together, to the minor unit, whichever way it was rounded. */
export function feeFits({ amount, fee }: Pick<GatewayReceiptRecord, 'amount' | 'fee'>): boolean {
  if (fee === null) return true;
  const exact = (amount + fee.amount) * fee.basisPoints;
  const off = fee.amount * BASIS - exact;
  return off > -BASIS && off < BASIS && amount + fee.amount <= MINOR_UNITS_MAX;
}

/** What `receiptContent` wrote. */
interface WrittenReceipt {
  readonly account_id: AccountId;
  readonly amount: number;
  readonly unit: 'ORC';
  readonly gateway_node_id: string;
  readonly external: { readonly amount: number; readonly currency: string; readonly payment_ref: string };
  readonly fee: { readonly basis_points: number; readonly amount: number; readonly account_id: AccountId } | null;
  readonly occurred_at: string | null;
  readonly policy_ref: string | null;
  readonly signature: string | null;
}

/** The receipt that this text is the content of. */
export function receiptOfContent(receiptId: string, content: string): GatewayReceiptRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the function below, and nobody else
  const written = JSON.parse(content) as WrittenReceipt;
  const { external, fee } = written;
  return {
    receiptId,
    accountId: written.account_id,
    amount: BigInt(written.amount),
    unit: written.unit,
    gatewayNodeId: written.gateway_node_id,
    external: { amount: BigInt(external.amount), currency: external.currency, paymentRef: external.payment_ref },
    fee: fee && { basisPoints: BigInt(fee.basis_points), amount: BigInt(fee.amount), accountId: fee.account_id },
    occurredAt: written.occurred_at,
    policyRef: written.policy_ref,
    signature: written.signature,
  };
}

/** The receipt's content as canonical JSON text: what a repeat is compared with. */
export function receiptContent(receipt: GatewayReceiptRecord): string {
  const { accountId, amount, unit, gatewayNodeId, external, fee, occurredAt, policyRef, signature } = receipt;
  return JSON.stringify({
    account_id: accountId,
    amount: Number(amount),
    unit,
    gateway_node_id: gatewayNodeId,
    external: {
      amount: Number(external.amount),
      currency: external.currency,
      payment_ref: external.paymentRef,
    },
    fee: fee && { basis_points: Number(fee.basisPoints), amount: Number(fee.amount), account_id: fee.accountId },
    occurred_at: occurredAt,
    policy_ref: policyRef,
    signature,
  });
}
