/** BALANCE (P-24) to the byte, also where a sum is larger than a double holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountRow } from '../payments/tables.ts';
import type { Store } from '../store/store.ts';
import { readBalances } from './read-balances.ts';

// prettier-ignore
const rows: readonly [what: string, accounts: readonly AccountRow[], answer: string][] = [
  ['in the order of the store', [{ id: 'b', balance: 1n }, { id: 'a', balance: 2n }],                          '{"balances":{"b":1,"a":2},"total":3}'],
  ['zero',                      [{ id: 'a', balance: 0n }],                                                    '{"balances":{"a":0},"total":0}'],
  ['the largest',               [{ id: 'a', balance: 2n ** 53n - 1n }, { id: 'b', balance: 2n ** 53n - 1n }], '{"balances":{"a":9007199254740991,"b":9007199254740991},"total":18014398509481982}'],
];

for (const [what, accounts, answer] of rows) {
  test(`P-24 BALANCE: ${what}`, async () => {
    const store: Pick<Store, 'balances'> = { balances: () => Promise.resolve(accounts) };
    assert.equal(await readBalances(store as Store)({ op: 'BALANCE' }), answer);
  });
}
