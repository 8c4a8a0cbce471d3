/** S-34, row by row: every state against every event. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { afterOpening, closeout, decideEvent, hasEnded, type ExecutionEvent, type ExecutionState } from './closeout.ts';

type Row = readonly [event: ExecutionEvent, from: ExecutionState, to: ExecutionState, hold: string, receipt: string];

// prettier-ignore
const rows: readonly Row[] = [
  ['provider-accept',   'awaiting-provider',   'opened',              'stays',    'pending'],
  ['provider-decline',  'awaiting-provider',   'rejected',            'voided',   'terminal'],
  ['completed',         'opened',              'awaiting-acceptance', 'stays',    'pending'],
  ['accept',            'awaiting-acceptance', 'released',            'released', 'settled'],
  ['auto-release',      'awaiting-acceptance', 'released',            'released', 'settled'],
  ['operator-release',  'opened',              'released',            'released', 'settled'],
  ['operator-release',  'awaiting-acceptance', 'released',            'released', 'settled'],
  ['failed',            'opened',              'failed',              'refunded', 'terminal'],
  ['rejected',          'opened',              'rejected',            'refunded', 'terminal'],
  ['dispatch-error',    'opened',              'failed',              'refunded', 'terminal'],
  ['dispatch-error',    'awaiting-provider',   'failed',              'refunded', 'terminal'],
  ['reject',            'awaiting-acceptance', 'rejected',            'refunded', 'terminal'],
  ['operator-refund',   'awaiting-provider',   'rejected',            'refunded', 'terminal'],
  ['operator-refund',   'opened',              'rejected',            'refunded', 'terminal'],
  ['operator-refund',   'awaiting-acceptance', 'rejected',            'refunded', 'terminal'],
  ['work-by',           'awaiting-provider',   'expired',             'refunded', 'expired'],
  ['work-by',           'opened',              'expired',             'refunded', 'expired'],
  ['dispute',           'opened',              'disputed',            'frozen',   'pending'],
  ['dispute',           'awaiting-acceptance', 'disputed',            'frozen',   'pending'],
  ['arbiter-for-payer', 'disputed',            'rejected',            'refunded', 'terminal-dispute'],
  ['arbiter-for-payee', 'disputed',            'released',            'released', 'terminal-dispute'],
];

suite('S-34 what each event does', () => {
  for (const [event, from, to, hold, receipt] of rows) {
    test(`${event} in ${from}: ${to}, hold ${hold}, receipt ${receipt}`, () => {
      const decision = decideEvent(from, event);
      assert.equal(decision.outcome, 'append');
      assert.ok('step' in decision);
      const { step } = decision;
      assert.deepEqual([step.to, step.hold ?? 'stays', step.receipt], [to, hold, receipt]);
    });
  }
});

// prettier-ignore
const states: readonly ExecutionState[] = [
  'awaiting-provider', 'opened', 'awaiting-acceptance', 'released', 'failed', 'rejected', 'expired', 'disputed',
];
const events = Object.keys(closeout) as ExecutionEvent[];

test('S-34 everything else is a repeat where it leads to what is there already (R14), and else refused by both names', () => {
  for (const from of states) {
    for (const event of events) {
      if (rows.some((row) => row[0] === event && row[1] === from)) continue;
      const { to } = closeout[event];
      const before = from === to || (event === 'provider-accept' && /^(?:awaiting-acc|released|disp)/.test(from));
      const expected = before ? { outcome: 'replay' } : { outcome: 'invalid_transition', from, to };
      assert.deepEqual(decideEvent(from, event), expected, `${event} in ${from}`);
    }
  }
});

test('S-34 what has ended moves no money any more', () => {
  const final = states.filter(hasEnded);
  assert.deepEqual(final, ['released', 'failed', 'rejected', 'expired']);
  for (const state of final) for (const event of events) assert.notEqual(decideEvent(state, event).outcome, 'append');
});

test('S-23 after the opening every failure is a refund: only a provider who declines before it voids', () => {
  const voids = events.filter((event) => closeout[event].hold === 'voided');
  assert.deepEqual(voids, ['provider-decline']);
  assert.deepEqual(closeout['provider-decline'].from, ['awaiting-provider']);
});

test('S-30 an offer that does not accept by itself waits for its provider', () => {
  assert.deepEqual([afterOpening(true), afterOpening(false)], ['opened', 'awaiting-provider']);
});
