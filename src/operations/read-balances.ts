/** BALANCE (P-24): all operational balances and their total, as last committed. */
import type { Store } from '../store/store.ts';
import type { AccountRow } from '../payments/tables.ts';
import { unlessUnavailable, type Operation } from './operation.ts';

export function readBalances(store: Store): Operation {
  return () => store.balances().then(answerOf, unlessUnavailable);
}

function answerOf(rows: readonly AccountRow[]): string {
  let total = 0n;
  for (const { balance } of rows) total += balance;
  const balances = rows.map(({ id, balance }) => `${JSON.stringify(id)}:${balance}`);
  return `{"balances":{${balances.join(',')}},"total":${total}}`;
}
