/**
 * The saga of the split deployment on a real store (P-40..P-45): every way in which a call can end, every state from which
 * a restart goes on, and a kill at every step. `sagaContract` runs it on an engine of the store.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { MinorUnits } from '../../src/base/money.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { TransferRequest } from '../../src/payments/transfer-request.ts';
import type { Store } from '../../src/store/store.ts';
import type { SagaEvent } from '../../src/transfer/saga.ts';
import {
  failed,
  lookUp,
  lost,
  no,
  ok,
  pendingAfter,
  request,
  settled,
  stage,
  SUCCESS,
  told,
  WAIT_MS,
  type Script,
} from '../rig/saga-stage.ts';
import { openRail, policy as paymentPolicy, type Place } from '../rig/store-place.ts';
import { carrierSuite } from './saga-carriers.ts';
import { killSuite } from './saga-killed.ts';

interface Row {
  readonly what: string;
  readonly script: Script;
  readonly answer: string;
  readonly calls: string;
  readonly pausesMs?: readonly number[];
  readonly told?: readonly SagaEvent[];
}

/** Transfers that end in the foreground. */
const endings: readonly Row[] = [
  {
    what: 'P-10 success',
    script: { DEBIT: [ok(9_500)], CREDIT: [ok(10_500)] },
    answer: SUCCESS,
    calls: 'CHECK DEBIT CREDIT',
  },
  ...(['insufficient_funds', 'duplicate_tx', 'rolled_back'] as const).map((error) => ({
    what: `P-11 DEBIT refused ${error} passes through, and nothing is compensated`,
    script: { DEBIT: [no(error)] },
    answer: failed(error),
    calls: 'CHECK DEBIT',
  })),
  {
    what: 'P-42 DEBIT unanswered is compensated',
    script: { DEBIT: [lost], ROLLBACK: [ok(10_000)] },
    answer: failed('debit_timeout'),
    calls: 'CHECK DEBIT ROLLBACK',
    told: ['debit_timeout', 'compensation_ok'],
  },
  {
    what: 'P-42 a tombstone compensates, too',
    script: { DEBIT: [lost], ROLLBACK: [ok(null)] },
    answer: failed('debit_timeout'),
    calls: 'CHECK DEBIT ROLLBACK',
    told: ['debit_timeout', 'compensation_ok'],
  },
  {
    what: 'P-43 CREDIT that was applied but not heard of ends as success',
    script: { DEBIT: [ok(9_500)], CREDIT: [lost, ok(10_500)] },
    answer: SUCCESS,
    calls: 'CHECK DEBIT CREDIT CREDIT',
  },
  {
    what: 'P-43 CREDIT unanswered twice is compensated',
    script: { DEBIT: [ok(9_500)], CREDIT: [lost, lost], ROLLBACK: [ok(10_000)] },
    answer: failed('credit_failed'),
    calls: 'CHECK DEBIT CREDIT CREDIT ROLLBACK',
    told: ['compensation_ok'],
  },
  {
    what: 'P-43 CREDIT refused is compensated',
    script: { DEBIT: [ok(9_500)], CREDIT: [no('internal'), no('overloaded')], ROLLBACK: [ok(10_000)] },
    answer: failed('credit_failed'),
    calls: 'CHECK DEBIT CREDIT CREDIT ROLLBACK',
    told: ['compensation_ok'],
  },
  {
    what: 'P-43 CREDIT that answers no balance is no success',
    script: { DEBIT: [ok(9_500)], CREDIT: [ok(null), ok(10_500)] },
    answer: SUCCESS,
    calls: 'CHECK DEBIT CREDIT CREDIT',
  },
  {
    what: 'P-43 the pauses between attempts double',
    script: { DEBIT: [ok(9_500)], CREDIT: [lost, lost], ROLLBACK: [lost, no('internal'), ok(10_000)] },
    answer: failed('credit_failed'),
    calls: 'CHECK DEBIT CREDIT CREDIT ROLLBACK ROLLBACK ROLLBACK',
    pausesMs: [1_000, 2_000],
    told: ['compensation_retry', 'compensation_retry', 'compensation_ok'],
  },
  {
    what: 'P-43 compensation that finds the credit ends as a late success',
    script: { DEBIT: [ok(9_500)], CREDIT: [lost, lost, ok(10_500)], ROLLBACK: [no('already_credited')] },
    answer: SUCCESS,
    calls: 'CHECK DEBIT CREDIT CREDIT ROLLBACK CREDIT',
    told: ['late_success'],
  },
  {
    what: 'P-43 and is tried again when that credit is not heard of',
    script: {
      DEBIT: [ok(9_500)],
      CREDIT: [lost, lost, lost, ok(10_500)],
      ROLLBACK: [no('already_credited'), no('already_credited')],
    },
    answer: SUCCESS,
    calls: 'CHECK DEBIT CREDIT CREDIT ROLLBACK CREDIT ROLLBACK CREDIT',
    pausesMs: [1_000],
    told: ['compensation_retry', 'late_success'],
  },
];

type Rail = { readonly store: () => Store };

function endingsSuite({ store }: Rail): void {
  suite('transfers that end', () => {
    for (const { what, script, answer, calls, pausesMs = [], told: events = [] } of endings) {
      test(what, async () => {
        const wanted = request();
        const stageOne = stage(store(), script);
        const first = await stageOne.saga.transfer(wanted);
        assert.equal(told(first.answer), answer);
        assert.equal(stageOne.calls.join(' '), calls);
        assert.deepEqual(stageOne.pausesMs, pausesMs);
        assert.deepEqual(stageOne.told, events);
        // Durable before it was answered, and the same for whoever asks later: nobody is called again.
        assert.equal((await lookUp(store(), wanted)).answer, first.answer);
        const again = stage(store(), {});
        assert.deepEqual(await again.saga.transfer(wanted), { answer: first.answer, code: null, replayed: true });
        assert.deepEqual(again.calls, []);
      });
    }
  });

  suite('answers that are no outcome (R2)', () => {
    for (const error of ['internal', 'overloaded', 'unavailable'] as const) {
      test(`DEBIT refused ${error} passes through, is not kept, and the same key tries again`, async () => {
        const wanted = request();
        const own = 'one server';
        const first = stage(store(), { DEBIT: [no(error)] }, { own });
        const outcome = await first.saga.transfer(wanted);
        assert.deepEqual([told(outcome.answer), outcome.code], [failed(error), error]);
        const second = stage(store(), { DEBIT: [ok(9_500)], CREDIT: [ok(10_500)] }, { own });
        assert.equal(told((await second.saga.transfer(wanted)).answer), SUCCESS);
        assert.equal(second.calls.join(' '), 'DEBIT CREDIT', 'risk was asked before, and its slot used');
      });
    }

    for (const reply of ['duplicate_tx', 'rolled_back'] as const) {
      test(`DEBIT tried again and refused ${reply}: the first one took effect or was undone, so it is compensated`, async () => {
        const wanted = request();
        const own = 'one server';
        await stage(store(), { DEBIT: [no('unavailable')] }, { own }).saga.transfer(wanted);
        const second = stage(store(), { DEBIT: [no(reply)], ROLLBACK: [ok(10_000)] }, { own });
        assert.equal(told((await second.saga.transfer(wanted)).answer), failed('debit_timeout'));
      });
    }
  });

  suite('risk (P-40, P-41)', () => {
    for (const denial of ['daily_transfer_limit_exceeded', 'transfer_amount_exceeds_limit'] as const) {
      test(`${denial}: no ledger call, and the answer is kept`, async () => {
        const wanted = request();
        const { saga, calls } = stage(store(), {}, { risk: denial });
        assert.equal(told((await saga.transfer(wanted)).answer), failed(denial));
        assert.equal(told((await saga.transfer(wanted)).answer), failed(denial));
        assert.deepEqual(calls, ['CHECK']);
      });
    }

    test('P-40 unanswered: the transfer proceeds, and operators hear of it', async () => {
      const { saga, told: events } = stage(
        store(),
        { DEBIT: [ok(9_500)], CREDIT: [ok(10_500)] },
        { risk: 'unanswered' },
      );
      assert.equal(told((await saga.transfer(request())).answer), SUCCESS);
      assert.deepEqual(events, ['risk_unreachable']);
    });

    test('R1 unanswered under `refuse`: unavailable, nothing kept, and the key is free', async () => {
      const wanted = request();
      const refusing = stage(store(), {}, { risk: 'unanswered', policy: { riskUnreachable: 'refuse' } });
      const outcome = await refusing.saga.transfer(wanted);
      assert.deepEqual(outcome, { answer: '{"ok":false,"error":"unavailable"}', code: 'unavailable', replayed: false });
      assert.deepEqual(refusing.calls, ['CHECK']);
      assert.equal((await lookUp(store(), wanted)).answer, '{"free":true}');
    });
  });
}

function waitingSuite({ store }: Rail): void {
  suite('duplicates of a transfer under way (P-14)', () => {
    /** DEBIT is not answered before `debitAnswers`. */
    const stageWithSlowDebit = () => {
      const debitCame = Promise.withResolvers<void>();
      const debitAnswers = Promise.withResolvers<void>();
      const script: Script = { DEBIT: [ok(9_500)], CREDIT: [ok(10_500)] };
      const staged = stage(store(), script, {
        hold: (ms) => ms === WAIT_MS,
        during(call) {
          if (call !== 'DEBIT') return undefined;
          debitCame.resolve();
          return debitAnswers.promise;
        },
      });
      return { ...staged, debitCame, debitAnswers };
    };

    test('wait for the first and get its bytes; a conflict does not wait', async () => {
      const wanted = request();
      const { saga, calls, release, debitCame, debitAnswers } = stageWithSlowDebit();
      const first = saga.transfer(wanted);
      const duplicates = Array.from({ length: 20 }, () => saga.transfer(wanted));
      await debitCame.promise;
      const later = saga.transfer(wanted);
      const conflict = await saga.transfer({ ...wanted, amount: 501n as MinorUnits });
      assert.equal(conflict.answer, '{"ok":false,"error":"idempotency_conflict"}');
      debitAnswers.resolve();
      const { answer } = await first;
      assert.equal(told(answer), SUCCESS);
      for (const duplicate of await Promise.all([...duplicates, later])) {
        assert.deepEqual(duplicate, { answer, code: null, replayed: true });
      }
      assert.equal(calls.join(' '), 'CHECK DEBIT CREDIT');
      for (let i = 0; i < 21; i++) await release();
    });

    test('wait no longer than the whole worst case of the first', async () => {
      const wanted = request();
      const { saga, pausesMs, release, debitCame, debitAnswers } = stageWithSlowDebit();
      const first = saga.transfer(wanted);
      await debitCame.promise;
      const duplicate = saga.transfer(wanted);
      assert.deepEqual(pausesMs, [WAIT_MS]);
      await release();
      const { answer, code } = await duplicate;
      assert.deepEqual(
        [answer, code],
        ['{"ok":false,"error":"idempotency_in_progress_timeout"}', 'idempotency_in_progress_timeout'],
      );
      debitAnswers.resolve();
      assert.equal(told((await first).answer), SUCCESS);
      assert.equal(told((await saga.transfer(wanted)).answer), SUCCESS);
    });
  });
}

function pendingSuite({ store }: Rail): void {
  suite('compensation exhausted (P-44)', () => {
    // [what, script until it is pending, answer meanwhile, replies of the background, final answer]
    const rows: readonly [what: string, script: Script, meanwhile: string, background: Script, final: string][] = [
      [
        'a credit that failed',
        { DEBIT: [ok(9_500)], CREDIT: [lost, lost], ROLLBACK: [lost, lost, lost] },
        pendingAfter('credit_failed'),
        { ROLLBACK: [ok(10_000)] },
        failed('credit_failed'),
      ],
      [
        'a debit that was not answered',
        { DEBIT: [lost], ROLLBACK: [lost, lost, lost] },
        pendingAfter('debit_timeout'),
        { ROLLBACK: [ok(null)] },
        failed('debit_timeout'),
      ],
      [
        'a credit that had been applied after all',
        { DEBIT: [ok(9_500)], CREDIT: [lost, lost], ROLLBACK: [lost, lost, lost] },
        pendingAfter('credit_failed'),
        { ROLLBACK: [lost, no('already_credited')], CREDIT: [ok(10_500)] },
        SUCCESS,
      ],
    ];
    for (const [what, script, meanwhile, background, final] of rows) {
      test(`${what} is answered as pending, tried on in the background, and the key then tells the outcome`, async () => {
        const wanted = request();
        const foreground = (_: number, count: number): boolean => count > 2;
        const { saga, calls, told: events, release, extend } = stage(store(), script, { hold: foreground });
        assert.equal(told((await saga.transfer(wanted)).answer), meanwhile);
        assert.equal(events.at(-1), 'compensation_failed');
        const made = calls.length;
        const duplicate = await saga.transfer(wanted);
        assert.deepEqual([told(duplicate.answer), duplicate.replayed], [meanwhile, true], 'duplicates hear the same');
        const conflict = await saga.transfer({ ...wanted, amount: 501n as MinorUnits });
        assert.equal(conflict.code, 'idempotency_conflict');
        assert.equal(calls.length, made, 'and nobody is called for them');
        assert.deepEqual(
          (await store().openTransfers()).map(({ key, state }) => [key, state]),
          [[wanted.key, 'compensation_pending']],
        );
        extend(background);
        for (let i = 0; i < (background.ROLLBACK ?? []).length; i++) await release();
        await settled(store());
        assert.equal(told((await saga.transfer(wanted)).answer), final);
        if (final === SUCCESS) assert.ok(events.includes('late_success'), 'with an alert');
      });
    }

    test('the pauses of the background double up to their bound, and stop ends them', async () => {
      const wanted = request();
      const { saga, pausesMs, calls, release, extend } = stage(
        store(),
        { DEBIT: [lost], ROLLBACK: [lost, lost, lost] },
        { hold: (_, count) => count > 2 },
      );
      await saga.transfer(wanted);
      extend({ ROLLBACK: [lost, lost, lost, lost] });
      for (let i = 0; i < 4; i++) await release();
      while (pausesMs.length < 7) await new Promise(setImmediate);
      assert.deepEqual(pausesMs, [1_000, 2_000, 1_000, 2_000, 3_000, 3_000, 3_000]);
      await saga.stop();
      await release();
      await new Promise(setImmediate);
      assert.equal(calls.filter((call) => call === 'ROLLBACK').length, 7);
      // The next start goes on with it.
      const next = stage(store(), { ROLLBACK: [ok(null)] });
      assert.equal(await next.saga.resume(), 1);
      await settled(store());
      assert.equal(told((await next.saga.transfer(wanted)).answer), failed('debit_timeout'));
    });
  });
}

function resumeSuite({ store }: Rail): void {
  suite('a restart goes on (P-45)', () => {
    const key = (wanted: TransferRequest): { readonly key: string; readonly carrier: string } => ({
      key: wanted.key,
      carrier: 'before',
    });
    const debited = (wanted: TransferRequest): PaymentCommand => ({
      type: 'record-debit',
      ...key(wanted),
      balance: 9_500n,
    });
    const pending = (wanted: TransferRequest): PaymentCommand => ({
      type: 'record-pending',
      ...key(wanted),
      cause: 'credit_failed',
    });
    // [state, steps that were recorded before the kill, script, answer, calls]
    const rows: readonly [
      state: string,
      steps: readonly ((wanted: TransferRequest) => PaymentCommand)[],
      script: Script,
      answer: string,
      calls: string,
    ][] = [
      ['DEBIT unanswered: it is undone', [], { ROLLBACK: [ok(10_000)] }, failed('debit_timeout'), 'ROLLBACK'],
      [
        'DEBIT unanswered: a tombstone',
        [],
        { ROLLBACK: [lost, ok(null)] },
        failed('debit_timeout'),
        'ROLLBACK ROLLBACK',
      ],
      ['DEBIT answered: forward', [debited], { CREDIT: [ok(10_500)] }, SUCCESS, 'CREDIT'],
      [
        'DEBIT answered, CREDIT fails: back',
        [debited],
        { CREDIT: [lost, lost], ROLLBACK: [ok(10_000)] },
        failed('credit_failed'),
        'CREDIT CREDIT ROLLBACK',
      ],
      [
        'DEBIT answered, and compensated before the kill',
        [debited],
        { CREDIT: [no('rolled_back'), no('rolled_back')], ROLLBACK: [ok(10_000)] },
        failed('credit_failed'),
        'CREDIT CREDIT ROLLBACK',
      ],
      [
        'compensation pending: back',
        [debited, pending],
        { ROLLBACK: [ok(10_000)] },
        failed('credit_failed'),
        'ROLLBACK',
      ],
      [
        'compensation pending, but credited',
        [debited, pending],
        { ROLLBACK: [no('already_credited')], CREDIT: [ok(10_500)] },
        SUCCESS,
        'ROLLBACK CREDIT',
      ],
    ];
    for (const [state, steps, script, answer, calls] of rows) {
      test(state, async () => {
        const wanted = request();
        await store().submit({ type: 'begin-transfer', ...wanted, risk: 'approved', carrier: 'before' });
        for (const step of steps) await store().submit(step(wanted));
        const restarted = stage(store(), script);
        assert.equal(await restarted.saga.resume(), 1);
        await settled(store());
        const { answer: given } = await restarted.saga.transfer(wanted);
        assert.equal(told(given), answer);
        assert.equal(restarted.calls.join(' '), calls);
        assert.equal(await stage(store(), {}).saga.resume(), 0);
      });
    }

    test('who asks while it goes on waits for it', async () => {
      const wanted = request();
      await store().submit({ type: 'begin-transfer', ...wanted, risk: 'approved', carrier: 'before' });
      const restarted = stage(store(), { ROLLBACK: [ok(10_000)] }, { hold: (ms) => ms === WAIT_MS });
      await restarted.saga.resume();
      const { answer, replayed } = await restarted.saga.transfer(wanted);
      assert.deepEqual([told(answer), replayed], [failed('debit_timeout'), true]);
    });
  });
}

function failingStoreSuite(createPlace: () => Place): void {
  test('a debit that cannot be recorded is undone and not carried on', async () => {
    const place = createPlace();
    const wanted = request();
    const store = await place.open({ decisions: createDecisions(paymentPolicy) });
    let closed = Promise.resolve();
    const script: Script = { DEBIT: [ok(9_500)], ROLLBACK: [ok(10_000)] };
    const { saga, calls } = stage(store, script, {
      during(call) {
        if (call === 'DEBIT') closed = store.close();
      },
    });
    assert.equal((await saga.transfer(wanted)).code, 'unavailable');
    assert.equal(calls.join(' '), 'CHECK DEBIT ROLLBACK');
    await closed;
    const again = await place.open({ decisions: createDecisions(paymentPolicy) });
    const restarted = stage(again, { ROLLBACK: [ok(10_000)] });
    await restarted.saga.resume();
    await settled(again);
    assert.equal(told((await restarted.saga.transfer(wanted)).answer), failed('debit_timeout'));
    await again.close();
  });
}

export function sagaContract(name: string, createPlace: () => Place): void {
  suite(`${name}: saga`, () => {
    let store: Store;
    let ledger: Store;
    before(async () => {
      store = await createPlace().open({ decisions: createDecisions(paymentPolicy) });
      ledger = await openRail(createPlace());
    });
    after(() => Promise.all([store.close(), ledger.close()]));
    const rail = { store: () => store, ledger: () => ledger };
    endingsSuite(rail);
    waitingSuite(rail);
    pendingSuite(rail);
    resumeSuite(rail);
    carrierSuite(rail);
    killSuite(rail);
    failingStoreSuite(createPlace);
  });
}
