/** A merchant's budget and what the gate reserves of it, in as few words as tests need. */
import { minorUnits } from '../../src/base/money.ts';
import type { GateRequest } from '../../src/budgets/gate-request.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { GateCommand } from '../../src/flows/gate.ts';

export const MERCHANT = 'acme';
export const PERIOD = '2026-11';
/** The merchant-wide bucket. */
export const BUCKET = `${MERCHANT}|${PERIOD}|`;

/** An active budget of so many cents. */
export function budgetOf(amountCents: bigint): PaymentCommand[] {
  const budget = { budgetId: 'budget-1', merchantId: MERCHANT, period: PERIOD, actor: 'planner' };
  return [
    {
      type: 'draft-budget',
      ...budget,
      basis: 'cost',
      currency: 'USD',
      amount: amountCents,
      openToBuy: amountCents,
      plan: null,
      keyed: null,
    },
    { type: 'activate-budget', ...budget, allocationId: 'allocation-1' },
  ];
}

/** A question to the gate; each decision is of its own. */
export function gateOf(decisionId: string, cents: bigint, terms: Partial<GateRequest> = {}): GateCommand {
  const amountCents = minorUnits(Number(cents));
  if (amountCents === 'invalid_amount') throw new Error(`${cents} is no amount`);
  const request: GateRequest = {
    merchantId: MERCHANT,
    actorId: 'buyer-1',
    actionKind: 'po_submit',
    amountCents,
    category: null,
    period: PERIOD,
    deliveryDate: null,
    currency: null,
    basis: null,
    context: { poId: null, transferId: null, orderId: null },
    ...terms,
  };
  return {
    type: 'gate',
    decisionId,
    request,
    content: JSON.stringify({ decisionId, amountCents: Number(amountCents) }),
    digest: `digest-of-${decisionId}`,
    caller: 'key-1',
    role: 'buyer',
    idempotencyKey: null,
    acknowledged: false,
    place: { periods: [{ period: PERIOD, path: [''] }], month: PERIOD, hierarchyVersion: 0n },
    current: [],
    credential: null,
    presented: false,
    lookedUp: true,
    mayChallenge: true,
  };
}
