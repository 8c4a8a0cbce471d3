/** ROLLBACK (P-23): compensates a debit, or leaves a tombstone on which a racing debit will fail. */
import { INVALID_REQUEST } from '../wire/request.ts';
import type { Store } from '../store/store.ts';
import { readTxId, type Operation } from './operation.ts';

export function rollback(store: Store, balances: readonly string[]): Operation {
  return async (request) => {
    const txId = readTxId(request['tx_id']);
    if (txId === undefined) return INVALID_REQUEST;
    return (await store.submit({ type: 'rollback', txId, accounts: balances })).answer;
  };
}
