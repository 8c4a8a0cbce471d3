/** DEBIT (P-21): takes an amount from an operational balance. Refusals: see `payments/entries.ts`. */
import { INVALID_REQUEST } from '../wire/request.ts';
import type { Store } from '../store/store.ts';
import { readMove, type Operation } from './operation.ts';

export function debit(store: Store): Operation {
  return async (request) => {
    const move = readMove(request);
    return move === undefined ? INVALID_REQUEST : (await store.submit({ type: 'debit', ...move })).answer;
  };
}
