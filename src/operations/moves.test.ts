/** DEBIT, CREDIT and ROLLBACK at the ledger port (P-21..P-23): which command each becomes, and which shapes never do. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PaymentCommand } from '../flows/commands.ts';
import type { Store } from '../store/store.ts';
import { credit } from './credit.ts';
import { debit } from './debit.ts';
import type { Operation } from './operation.ts';
import { rollback } from './rollback.ts';

/** A store that writes down what it is asked. */
function noted(): { readonly store: Store; readonly asked: PaymentCommand[] } {
  const asked: PaymentCommand[] = [];
  const store: Pick<Store, 'submit'> = {
    submit(command) {
      asked.push(command);
      return Promise.resolve({ answer: '{"ok":true}', code: null, replayed: false });
    },
  };
  return { store: store as Store, asked };
}

const operations: Readonly<Record<string, (store: Store) => Operation>> = {
  DEBIT: debit,
  CREDIT: credit,
  ROLLBACK: (store) => rollback(store, ['a', 'b']),
};

const move = { account: 'a', amount: 5, tx_id: 't' };

suite('ledger calls', () => {
  const rows: readonly [op: string, request: Record<string, unknown>, command: PaymentCommand | undefined][] = [
    ['DEBIT', move, { type: 'debit', account: 'a', amount: 5n, txId: 't' }],
    ['DEBIT', { ...move, amount: 0 }, undefined],
    ['DEBIT', { ...move, tx_id: '' }, undefined],
    ['CREDIT', move, { type: 'credit', account: 'a', amount: 5n, txId: 't' }],
    ['CREDIT', { ...move, amount: '5' }, undefined],
    ['CREDIT', { amount: 5, tx_id: 't' }, undefined],
    ['ROLLBACK', { tx_id: 't' }, { type: 'rollback', txId: 't', accounts: ['a', 'b'] }],
    ['ROLLBACK', move, { type: 'rollback', txId: 't', accounts: ['a', 'b'] }],
    ['ROLLBACK', {}, undefined],
    ['ROLLBACK', { tx_id: 7 }, undefined],
  ];
  for (const [op, request, command] of rows) {
    test(`${op} ${JSON.stringify(request)}`, async () => {
      const { store, asked } = noted();
      const answer = await operations[op]!(store)({ op, ...request });
      assert.equal(answer, command === undefined ? '{"ok":false,"error":"invalid_request"}' : '{"ok":true}');
      assert.deepEqual(asked, command === undefined ? [] : [command]);
    });
  }
});
