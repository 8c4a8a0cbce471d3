/** STATS (P-16): which outcome counts as what. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../store/store.ts';
import { Stats } from './stats.ts';

const ended = (code: string | null, replayed = false): Outcome => ({ answer: '{}', code, replayed });

const counted = (stats: Stats): Record<string, number> =>
  Object.fromEntries(
    Object.entries(JSON.parse(stats.toJson()) as Record<string, number>).filter(([, count]) => count > 0),
  );

suite('P-16 what a transfer counts as', () => {
  // prettier-ignore
  const rows: readonly [what: string, count: (stats: Stats) => void, expected: Record<string, number>][] = [
    ['a success',                       (stats) => stats.count(ended(null)),                                { ok: 1 }],
    ['a refusal',                       (stats) => stats.count(ended('insufficient_funds')),                { fail: 1 }],
    ['velocity',                        (stats) => stats.count(ended('daily_transfer_limit_exceeded')),     { fail: 1, risk_denied: 1 }],
    ['the amount cap',                  (stats) => stats.count(ended('transfer_amount_exceeds_limit')),     { fail: 1, risk_denied: 1 }],
    ['a conflict',                      (stats) => stats.count(ended('idempotency_conflict')),              { fail: 1, invalid: 1 }],
    ['validation',                      (stats) => stats.countInvalid(),                                    { fail: 1, invalid: 1 }],
    ['a wait timeout',                  (stats) => stats.count(ended('idempotency_in_progress_timeout')),   { fail: 1 }],
    ['overload',                        (stats) => stats.count(ended('overloaded')),                        { fail: 1 }],
    ['a replayed success',              (stats) => stats.count(ended(null, true)),                          {}],
    ['a replayed refusal',              (stats) => stats.count(ended('insufficient_funds', true)),          {}],
    ['risk unreachable',                (stats) => stats.countSaga('risk_unreachable'),                     { risk_timeout: 1 }],
    ['no answer to DEBIT',              (stats) => stats.countSaga('debit_timeout'),                        { debit_timeout: 1 }],
    ['a compensation, tombstones too',  (stats) => stats.countSaga('compensation_ok'),                      { compensation_ok: 1 }],
    ['another attempt',                 (stats) => stats.countSaga('compensation_retry'),                   { compensation_retries: 1 }],
    ['exhausted',                       (stats) => stats.countSaga('compensation_failed'),                  { compensation_failed: 1 }],
    ['a late success',                  (stats) => stats.countSaga('late_success'),                         {}],
  ];
  for (const [what, count, expected] of rows) {
    test(what, () => {
      const stats = new Stats();
      count(stats);
      assert.deepEqual(counted(stats), expected);
    });
  }
});

test('P-16 the nine counters, all zero at the start', () => {
  assert.equal(
    new Stats().toJson(),
    '{"ok":0,"fail":0,"invalid":0,"risk_denied":0,"risk_timeout":0,"debit_timeout":0,"compensation_ok":0,"compensation_failed":0,"compensation_retries":0}',
  );
});
