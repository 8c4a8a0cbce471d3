/** How a transfer of the split deployment is shown at each of its steps. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TransferRow } from '../../payments/tables.ts';
import type { JournalFact } from '../../store/store.ts';
import { isOfSaga, viewOf, type TransferView } from './transfer-view.ts';

const row: TransferRow = {
  key: 'k',
  tx_id: 'tx-0000000001',
  src: 'a',
  dst: 'b',
  amount: 5n,
  state: 'debiting',
  risk: 'approved',
  src_balance: null,
  cause: null,
  answer: null,
  updated_at: 512n,
  carrier: 's',
};

const fact: JournalFact = {
  seq: 1,
  at: 256n,
  type: 'payments/transfer-begun.v1',
  subject: row.tx_id,
  key: 'transfer:k',
  request: '{"src":"a","dst":"b","amount":5}',
  answer: null,
  body: '{"transfer":{}}',
};

const ok = '{"ok":true,"tx_id":"tx-0000000001","src_balance":95,"dst_balance":105}';
const no = (code: string): string => `{"ok":false,"error":"${code}","tx_id":"tx-0000000001"}`;

interface Row {
  readonly what: string;
  readonly changes: Partial<TransferRow>;
  readonly shown: Partial<TransferView>;
}

const debit = { balance: 'a', amount: 5n, balance_after: 95n, at: null };
const credit = { balance: 'b', amount: 5n, balance_after: 105n, at: null };

const rows: readonly Row[] = [
  {
    what: 'before the debit',
    changes: {},
    shown: { state: 'debiting', outcome: null, debit: null, credit: null, compensation: null },
  },
  {
    what: 'after the debit',
    changes: { state: 'crediting', src_balance: 95n },
    shown: { state: 'crediting', debit, credit: null },
  },
  {
    what: 'done',
    changes: { state: 'ended', src_balance: 95n, answer: ok },
    shown: { outcome: 'ok', debit, credit, compensation: null },
  },
  {
    what: 'denied by risk',
    changes: { state: 'ended', risk: 'transfer_amount_exceeds_limit', answer: no('transfer_amount_exceeds_limit') },
    shown: {
      outcome: 'transfer_amount_exceeds_limit',
      risk: { verdict: 'denied', reason: 'transfer_amount_exceeds_limit' },
      compensation: null,
    },
  },
  {
    what: 'with risk unreachable',
    changes: { risk: 'unreachable' },
    shown: { risk: { verdict: 'unreachable', reason: null } },
  },
  {
    what: 'refused by the ledger',
    changes: { state: 'ended', answer: no('insufficient_funds') },
    shown: { outcome: 'insufficient_funds', debit: null, compensation: null },
  },
  {
    what: 'undone',
    changes: { state: 'ended', answer: no('debit_timeout') },
    shown: { outcome: 'debit_timeout', compensation: { state: 'done', cause: 'debit_timeout', entry: null } },
  },
  {
    what: 'whose compensation is open',
    changes: { state: 'compensation_pending', src_balance: 95n, cause: 'credit_failed' },
    shown: {
      state: 'compensation_pending',
      outcome: null,
      debit,
      compensation: { state: 'open', cause: 'credit_failed', entry: null },
    },
  },
  {
    what: 'that turned out to have been credited',
    changes: { state: 'ended', src_balance: 95n, cause: 'credit_failed', answer: ok },
    shown: { outcome: 'ok', credit, compensation: { state: 'not_needed', cause: 'credit_failed', entry: null } },
  },
];

suite('a transfer of the split deployment', () => {
  assert.ok(isOfSaga(fact));
  for (const { what, changes, shown } of rows) {
    test(what, () => {
      const view = viewOf(fact, { ...row, ...changes });
      for (const [name, value] of Object.entries(shown))
        assert.deepEqual(view[name as keyof TransferView], value, name);
      assert.deepEqual(
        [view.tx_id, view.idempotency_key, view.src, view.dst, view.amount],
        [row.tx_id, 'k', 'a', 'b', 5n],
      );
      assert.equal(view.created_at, '1970-01-01T00:00:00.000000256Z');
      assert.equal(view.updated_at, '1970-01-01T00:00:00.000000512Z');
    });
  }
});
