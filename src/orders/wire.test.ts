/** Views of the buyer bridge, member by member where the contract fixes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejection } from './judge.ts';
import type { DisputeRow, ExecutionRow, OfferRow, OrderRow, OrgRow } from './tables.ts';
import {
  disputeView,
  executionView,
  offerView,
  openedResult,
  openingView,
  orderView,
  orgView,
  receiptView,
  rejectedResult,
} from './wire.ts';

const at = 1_795_267_659_254_999_808n;
const time = '2026-11-21T13:27:39.254Z';

const order = {
  order_id: 'o',
  state: 'opened',
  price_amount: 600n,
  hold_id: 'h',
  execution_id: 'e',
  request: '{"units":3,"input":{"a":1}}',
  answer: '{"result":"opened-execution"}',
  work_by: at,
  accept_by: null,
  dispute_by: null,
  auto_release_after: null,
  created_at: at,
  updated_at: at,
} as OrderRow;

const execution = {
  execution_id: 'e',
  state: 'opened',
  receipt: 'pending',
  order_id: 'o',
  offer_seq: 2n,
  price_amount: 600n,
  hold_id: 'h',
  result: '{"status":"completed"}',
  work_by: at,
  due_at: at,
  due_event: 'work-by',
  completed_at: null,
  ended_at: null,
  accept_by: null,
  dispute_by: null,
  auto_release_after: null,
  created_at: at,
  updated_at: at,
} as ExecutionRow;

test('S-33 the three results of an order', () => {
  const opened = { order_id: 'o', execution_id: 'e', hold_id: 'h', price_amount: 600 };
  assert.deepEqual(openedResult(execution), { result: 'opened-execution', ...opened });
  assert.deepEqual(openedResult({ ...execution, state: 'awaiting-provider' }), {
    result: 'awaiting-provider',
    ...opened,
  });
  assert.deepEqual(rejectedResult('o', rejection('queue-saturated', 'full')), {
    result: 'rejected',
    order_id: 'o',
    classifier: 'queue-saturated',
    reason: 'full',
    retryable: true,
  });
});

test('an order shows what was asked for and its result', () => {
  const view = orderView(order);
  assert.deepEqual([view['units'], view['input'], view['result']], [3, { a: 1 }, { result: 'opened-execution' }]);
  assert.deepEqual((view['deadlines'] as Record<string, unknown>)['work_by'], time);
  assert.equal(orderView({ ...order, answer: null, price_amount: null })['result'], null);
  assert.deepEqual(openingView(order), {
    state: 'opening',
    order_id: 'o',
    execution_id: 'e',
    hold_id: 'h',
    price_amount: 600,
  });
});

test('an execution shows state, hold, lineage, what is due, and its receipt', () => {
  const view = executionView(execution);
  assert.deepEqual(
    [view['state'], view['hold_id'], view['offer_seq'], view['due_at'], view['due_event'], view['result']],
    ['opened', 'h', 2, time, 'work-by', { status: 'completed' }],
  );
  assert.deepEqual(view['receipt'], receiptView(execution));
  assert.deepEqual([receiptView(execution)['status'], receiptView(execution)['amount']], ['pending', 600]);
});

test('offers, organisations and disputes have integers, booleans and times', () => {
  const offer = {
    offer_id: 'f',
    sequence_no: 4n,
    price_amount: 5n,
    max_queue_depth: 3n,
    auto_accept: 0n,
    expires_at: null,
    updated_at: at,
  };
  const view = offerView(offer as OfferRow);
  assert.deepEqual(
    [view['sequence_no'], view['price_amount'], view['auto_accept'], view['expires_at']],
    [4, 5, false, null],
  );
  const org = { org_id: 'acme', custodian_participant_id: 'alice', created_at: at, updated_at: at, version: 1n };
  assert.deepEqual(orgView(org satisfies OrgRow), {
    org_id: 'acme',
    custodian_participant_id: 'alice',
    created_at: time,
    updated_at: time,
  });
  const dispute = { dispute_id: 'd', state: 'open', opened_at: at, resolved_at: null } as DisputeRow;
  assert.deepEqual([disputeView(dispute)['opened_at'], disputeView(dispute)['resolved_at']], [time, null]);
});
