/** CREDIT (P-22): adds an amount to an operational balance; a replay answers the recorded balance. */
import { INVALID_REQUEST } from '../wire/request.ts';
import type { Store } from '../store/store.ts';
import { readMove, type Operation } from './operation.ts';

export function credit(store: Store): Operation {
  return async (request) => {
    const move = readMove(request);
    return move === undefined ? INVALID_REQUEST : (await store.submit({ type: 'credit', ...move })).answer;
  };
}
