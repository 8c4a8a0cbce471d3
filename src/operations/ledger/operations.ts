/** The settlement ledger's operations, for the list that HTTP serves. */
import type { SettlementLedger } from '../../settlement/ledger.ts';
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { applyTopUp } from './apply-top-up.ts';
import { createHold } from './create-hold.ts';
import { creditReceipt } from './credit-receipt.ts';
import { listAccounts } from './list-accounts.ts';
import { listEntries } from './list-entries.ts';
import { listHolds } from './list-holds.ts';
import { listInbox } from './list-inbox.ts';
import { listMovements } from './list-movements.ts';
import { listTopUps } from './list-top-ups.ts';
import { moveHoldOperations } from './move-hold.ts';
import { readAccount } from './read-account.ts';
import { readHold } from './read-hold.ts';
import { standingRuleOperations } from './standing-rules.ts';

export interface LedgerParts {
  readonly store: Store;
  readonly ledger: SettlementLedger;
  /** There may be movements to make on the operational ledger. */
  readonly poke: () => void;
}

export function ledgerOperations({ store, ledger, poke }: LedgerParts): ApiOperation[] {
  return [
    applyTopUp(ledger, poke),
    readAccount(ledger),
    listAccounts(store),
    listEntries(store),
    listTopUps(store),
    listInbox(store),
    creditReceipt(store, poke),
    ...standingRuleOperations(store),
    createHold(ledger),
    readHold(store),
    listHolds(store),
    ...moveHoldOperations(store, poke),
    listMovements(store),
  ];
}
