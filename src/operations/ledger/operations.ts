/** The settlement ledger's operations, for the list that HTTP serves. */
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { applyTopUp } from './apply-top-up.ts';
import { createHold } from './create-hold.ts';
import { listAccounts } from './list-accounts.ts';
import { listEntries } from './list-entries.ts';
import { listHolds } from './list-holds.ts';
import { listTopUps } from './list-top-ups.ts';
import { moveHoldOperations } from './move-hold.ts';
import { readAccount } from './read-account.ts';
import { readHold } from './read-hold.ts';

export interface LedgerParts {
  readonly store: Store;
  readonly nowMs: () => number;
  /** There may be movements to make on the operational ledger. */
  readonly poke: () => void;
}

export function ledgerOperations({ store, nowMs, poke }: LedgerParts): ApiOperation[] {
  return [
    applyTopUp(store, poke),
    readAccount(store),
    listAccounts(store),
    listEntries(store),
    listTopUps(store),
    createHold(store, nowMs),
    readHold(store),
    listHolds(store),
    ...moveHoldOperations(store, poke),
  ];
}
