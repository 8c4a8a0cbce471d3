/** Transfers as callers send them over a frame, and what a server says that cannot make one now. */
import { ask, type Address, type Json } from './frame-client.ts';
import { until } from './until.ts';

/** Between two balances that nothing else of a test touches. */
export const transferRequest = (key: string, amount = 1): Json => ({
  op: 'TRANSFER',
  src: 'ops_float',
  dst: 'settlement_bank',
  amount,
  idempotency_key: key,
});

export const UNAVAILABLE = '{"ok":false,"error":"unavailable"}';

/** Sends one transfer until it has an outcome. */
export async function outcomeOf(gateway: Address, key: string): Promise<string> {
  let answer = UNAVAILABLE;
  await until(`${key} has an outcome`, async () => (answer = await ask(gateway, transferRequest(key))) !== UNAVAILABLE);
  return answer;
}
