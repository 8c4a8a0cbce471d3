/** All operations. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

import { paymentRailOperations, type PaymentRailOperations } from './payment-rail.ts';
import { settlementOperations, type SettlementOperations } from './settlement.ts';
import { journalOperations, type JournalOperations } from './journal.ts';
import { keysOperations, type KeysOperations } from './keys.ts';
import { serverOperations, type ServerOperations } from './server.ts';

export type * from './payment-rail.ts';
export type * from './settlement.ts';
export type * from './journal.ts';
export type * from './keys.ts';
export type * from './server.ts';

export interface Operations
  extends PaymentRailOperations, SettlementOperations, JournalOperations, KeysOperations, ServerOperations {}

export const operations = {
  ...paymentRailOperations,
  ...settlementOperations,
  ...journalOperations,
  ...keysOperations,
  ...serverOperations,
} as const;
