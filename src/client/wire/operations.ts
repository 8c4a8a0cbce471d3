/** All operations. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

import { paymentRailOperations, type PaymentRailOperations } from './payment-rail.ts';
import { settlementOperations, type SettlementOperations } from './settlement.ts';
import { offersOperations, type OffersOperations } from './offers.ts';
import { ordersOperations, type OrdersOperations } from './orders.ts';
import { executionsOperations, type ExecutionsOperations } from './executions.ts';
import { disputesOperations, type DisputesOperations } from './disputes.ts';
import { budgetsOperations, type BudgetsOperations } from './budgets.ts';
import { budgetRulesOperations, type BudgetRulesOperations } from './budget-rules.ts';
import { gateOperations, type GateOperations } from './gate.ts';
import { decisionsOperations, type DecisionsOperations } from './decisions.ts';
import { reconciliationOperations, type ReconciliationOperations } from './reconciliation.ts';
import { exportsOperations, type ExportsOperations } from './exports.ts';
import { evidenceOperations, type EvidenceOperations } from './evidence.ts';
import { journalOperations, type JournalOperations } from './journal.ts';
import { keysOperations, type KeysOperations } from './keys.ts';
import { serverOperations, type ServerOperations } from './server.ts';

export type * from './payment-rail.ts';
export type * from './settlement.ts';
export type * from './offers.ts';
export type * from './orders.ts';
export type * from './executions.ts';
export type * from './disputes.ts';
export type * from './budgets.ts';
export type * from './budget-rules.ts';
export type * from './gate.ts';
export type * from './decisions.ts';
export type * from './reconciliation.ts';
export type * from './exports.ts';
export type * from './evidence.ts';
export type * from './journal.ts';
export type * from './keys.ts';
export type * from './server.ts';

export interface Operations
  extends
    PaymentRailOperations,
    SettlementOperations,
    OffersOperations,
    OrdersOperations,
    ExecutionsOperations,
    DisputesOperations,
    BudgetsOperations,
    BudgetRulesOperations,
    GateOperations,
    DecisionsOperations,
    ReconciliationOperations,
    ExportsOperations,
    EvidenceOperations,
    JournalOperations,
    KeysOperations,
    ServerOperations {}

export const operations = {
  ...paymentRailOperations,
  ...settlementOperations,
  ...offersOperations,
  ...ordersOperations,
  ...executionsOperations,
  ...disputesOperations,
  ...budgetsOperations,
  ...budgetRulesOperations,
  ...gateOperations,
  ...decisionsOperations,
  ...reconciliationOperations,
  ...exportsOperations,
  ...evidenceOperations,
  ...journalOperations,
  ...keysOperations,
  ...serverOperations,
} as const;
