/** How a transfer of the split deployment is shown at each of its steps, and what settlement moves. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TransferRow } from '../../payments/tables.ts';
import type { JournalFact } from '../../store/store.ts';
import { isOfSaga, viewOf, viewOfInflow, type TransferView } from './transfer-view.ts';

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

suite('what settlement moves', () => {
  const moved = (body: string, over: Partial<JournalFact> = {}): TransferView =>
    viewOf(
      { ...fact, type: 'payments/transferred.v1', key: 'transfer:hold:h:released', answer: ok, body, ...over },
      undefined,
    );
  const entries = '"entries":[["debit","a",5,95],["credit","b",5,105]]';

  test('J1 a movement is exempt from the limits and says by what', () => {
    const { movement, risk, outcome } = moved(`{${entries},"movement":"hold:h:released"}`);
    assert.deepEqual([movement, outcome], ['hold:h:released', 'ok']);
    assert.deepEqual(risk, { verdict: 'exempt', reason: 'authorised by hold:h:released' });
    const refused = { type: 'payments/transfer-refused.v1', answer: no('insufficient_funds') };
    assert.equal(moved('{"entries":[],"movement":"hold:h:released"}', refused).risk.verdict, 'exempt');
  });

  test('a caller who uses a key of that form makes a transfer like any other', () => {
    const { movement, risk } = moved(`{${entries}}`);
    assert.deepEqual([movement, risk], [null, { verdict: 'approved', reason: null }]);
    const denied = { type: 'payments/transfer-refused.v1', answer: no('transfer_amount_exceeds_limit') };
    assert.equal(moved('{"entries":[]}', denied).risk.verdict, 'denied');
  });

  test('J1 the lone credit of money from outside has no source', () => {
    const lone = {
      tx_id: 'in-r',
      op: 'credit',
      account_id: 'in',
      amount: 5n,
      balance_after: 7n,
      created_at: 256n,
    } as const;
    const view = viewOfInflow(lone, {
      movement_key: 'receipt:r',
      cause: 'r',
      src: 'in',
      dst: 'pay',
      inflow_tx: 'in-r',
      amount: 5n,
      state: 'done',
      refusals: 0n,
      last_refusal: null,
      tx_id: 'tx-0000000001',
      created_at: 256n,
      updated_at: 256n,
      version: 1n,
    });
    assert.deepEqual(
      [view.tx_id, view.src, view.dst, view.debit, view.movement, view.risk.verdict],
      ['in-r', null, 'in', null, 'receipt:r', 'exempt'],
    );
    assert.deepEqual(view.credit, { balance: 'in', amount: 5n, balance_after: 7n, at: view.created_at });
  });
});
