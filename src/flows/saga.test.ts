/** The payment gateway's records of a transfer (P-43..P-45): which step leads to which row, answer and fact. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import type { MinorUnits } from '../base/money.ts';
import { transfers } from '../payments/tables.ts';
import type { PaymentCommand } from './commands.ts';
import { FENCED, FREE, IN_PROGRESS } from './saga.ts';

const policy = { balances: ['a', 'b'], movementsMax: 10, windowMs: 1_000, singleMax: 1_000n };
const request = { key: 'k', src: 'a', dst: 'b', amount: 500n as MinorUnits };

const carrier = 'server 1';

const lookUp: PaymentCommand = { type: 'look-up-transfer', ...request };
const begin: PaymentCommand = { type: 'begin-transfer', ...request, risk: 'approved', carrier };
const debited = { type: 'record-debit' as const, key: 'k', carrier, balance: 9_500n } satisfies PaymentCommand;
const pending: PaymentCommand = { type: 'record-pending', key: 'k', carrier, cause: 'credit_failed' };
const ended: PaymentCommand = { type: 'end-transfer', key: 'k', carrier, answer: '{"ok":"first"}', code: null };
const endedAgain: PaymentCommand = { type: 'end-transfer', key: 'k', carrier, answer: '{"ok":"second"}', code: null };

suite('only the server that carries a transfer records its steps', () => {
  const other = 'server 2';
  const claim: PaymentCommand = { type: 'claim-transfer', key: 'k', from: carrier, to: other };
  // prettier-ignore
  const rows: readonly [what: string, steps: readonly PaymentCommand[], code: string | null, expected: Record<string, unknown>][] = [
    ['a claim changes the carrier only',   [begin, debited, claim],                          null,   { carrier: other,   state: 'crediting' }],
    ['the former carrier is fenced',       [begin, claim, debited],                          FENCED, { carrier: other,   state: 'debiting' }],
    ['and cannot end it',                  [begin, claim, ended],                            FENCED, { carrier: other,   answer: null }],
    ['nor claim it back unawares',         [begin, claim, claim],                            FENCED, { carrier: other }],
    ['the new one goes on',                [begin, claim, { ...debited, carrier: other }],   null,   { carrier: other,   state: 'crediting' }],
    ['an ended transfer is not claimed',   [begin, ended, claim],                            null,   { carrier,          state: 'ended' }],
  ];
  for (const [what, steps, code, expected] of rows) {
    test(what, () => {
      const gateway = new StrictDecisions(policy);
      const last = steps.map((step) => gateway.run(step)).at(-1);
      assert.equal(last?.code, code);
      const row = gateway.row(transfers, 'k');
      assert.deepEqual({ ...row, ...expected }, row);
    });
  }
});

suite('P-45 each step is a row of its own', () => {
  // prettier-ignore
  const rows: readonly [what: string, steps: readonly PaymentCommand[], expected: Record<string, unknown>][] = [
    ['begun',                           [begin],                             { state: 'debiting',  src_balance: null,   cause: null,            answer: null }],
    ['DEBIT has answered',              [begin, debited],                    { state: 'crediting', src_balance: 9_500n, cause: null,            answer: null }],
    ['compensation pending',            [begin, debited, pending],           { state: 'compensation_pending', src_balance: 9_500n, cause: 'credit_failed', answer: null }],
    ['ended after everything',          [begin, debited, pending, ended],    { state: 'ended',     src_balance: 9_500n, cause: 'credit_failed', answer: '{"ok":"first"}' }],
    ['ended at once',                   [begin, ended],                      { state: 'ended',     src_balance: null,   cause: null,            answer: '{"ok":"first"}' }],
    ['the first end stands for ever',   [begin, ended, endedAgain],          { state: 'ended',     src_balance: null,   cause: null,            answer: '{"ok":"first"}' }],
    ['no step follows an end',          [begin, ended, pending, debited],    { state: 'ended',     src_balance: null,   cause: null,            answer: '{"ok":"first"}' }],
  ];
  for (const [what, steps, expected] of rows) {
    test(what, () => {
      const gateway = new StrictDecisions(policy);
      for (const step of steps) gateway.run(step);
      const { updated_at: updatedAt, ...row } = gateway.row(transfers, 'k')!;
      const { src, dst, amount } = request;
      assert.deepEqual(row, {
        key: 'k',
        tx_id: 'tx-0000000001',
        src,
        dst,
        amount,
        risk: 'approved',
        carrier,
        ...expected,
      });
      assert.ok(updatedAt > 0n);
    });
  }

  test('a step of a transfer that was never begun is a bug', () => {
    assert.throws(() => new StrictDecisions(policy).run(debited), /invariant/);
  });
});

suite('P-14 what a key answers', () => {
  // prettier-ignore
  const rows: readonly [what: string, steps: readonly PaymentCommand[], answer: string, code: string | null][] = [
    ['nothing yet',              [],                        FREE,                          null],
    ['begun',                    [begin],                   'tx-0000000001',               IN_PROGRESS],
    ['DEBIT has answered',       [begin, debited],          'tx-0000000001',               IN_PROGRESS],
    ['compensation pending',     [begin, debited, pending], 'tx-0000000001',               IN_PROGRESS],
    ['ended',                    [begin, ended],            '{"ok":"first"}',              null],
    ['ended, and then again',    [begin, ended, endedAgain], '{"ok":"first"}',             null],
  ];
  for (const [what, steps, answer, code] of rows) {
    test(what, () => {
      const gateway = new StrictDecisions(policy);
      for (const step of steps) gateway.run(step);
      const facts = gateway.facts.length;
      const found = gateway.run(lookUp);
      assert.deepEqual([found.answer, found.code], [answer, code]);
      assert.equal(gateway.facts.length, facts, 'a look-up records nothing');
      if (steps.length === 0) return;
      const conflict = gateway.run({ type: 'look-up-transfer', ...request, amount: 501n as MinorUnits });
      assert.deepEqual(
        [conflict.answer, conflict.code],
        ['{"ok":false,"error":"idempotency_conflict"}', 'idempotency_conflict'],
      );
      assert.equal(gateway.run(begin).answer, answer, 'beginning again looks up, and begins nothing');
      assert.equal(gateway.facts.length, facts);
    });
  }
});

suite('P-41, R1 what risk said is recorded with the beginning', () => {
  for (const risk of ['daily_transfer_limit_exceeded', 'transfer_amount_exceeds_limit'] as const) {
    test(`${risk} ends the transfer in the same commit`, () => {
      const gateway = new StrictDecisions(policy);
      const answer = `{"ok":false,"error":"${risk}","tx_id":"tx-0000000001"}`;
      const decided = gateway.run({ type: 'begin-transfer', ...request, risk, carrier });
      assert.deepEqual([decided.answer, decided.code], [answer, risk]);
      assert.deepEqual([gateway.row(transfers, 'k')?.state, gateway.row(transfers, 'k')?.answer], ['ended', answer]);
      assert.equal(gateway.run(lookUp).answer, answer);
    });
  }

  test('unreachable is recorded as such', () => {
    const gateway = new StrictDecisions(policy);
    assert.equal(gateway.run({ type: 'begin-transfer', ...request, risk: 'unreachable', carrier }).code, null);
    assert.equal(gateway.row(transfers, 'k')?.risk, 'unreachable');
  });
});

test('P-13 each transfer has an id of its own, in ascending order', () => {
  const gateway = new StrictDecisions(policy);
  const ids = ['x', 'y', 'z'].map(
    (key) => gateway.run({ type: 'begin-transfer', ...request, key, risk: 'approved', carrier }).answer,
  );
  assert.deepEqual(ids, ['tx-0000000001', 'tx-0000000002', 'tx-0000000003']);
});
