/** The store's contract where commands are refused: by a full queue, by a bug, by the engine. Nothing of them may remain. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Command, Decision, Decisions } from '../../src/base/decision.ts';
import { limits } from '../../src/base/limits.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import { transactions } from '../../src/payments/tables.ts';
import type { Outcome } from '../../src/store/store.ts';
import {
  assertJournalSound,
  assertSound,
  balances,
  debitOf,
  openRail,
  policy,
  small,
  submitAll,
  transferOf,
  wholeLog,
  type Place,
} from '../rig/store-place.ts';

/** Decisions of the rail and two that a bug could make of one: it throws, or the engine refuses what it writes. */
export function withBugs(decisions = createDecisions(policy)): Decisions {
  const throws: Decision = {
    reads: () => ({ rows: [] }),
    decide() {
      throw new Error('a decision with a bug');
    },
  };
  const refused: Decision = {
    reads: () => ({ rows: [] }),
    decide: (_, { at }) => ({
      answer: '{"ok":true}',
      code: null,
      facts: [{ type: 'test/refused.v1', subject: 'once', key: null, request: null, answer: null, body: '{}' }],
      changes: [
        {
          table: transactions,
          row: { tx_id: 'once', op: 'debit', account_id: 'a', amount: 1n, balance_after: 1n, created_at: at },
        },
      ],
    }),
  };
  return { ...decisions, byType: { ...decisions.byType, throws, refused } };
}

export const bug = (type: 'throws' | 'refused'): PaymentCommand =>
  ({ type }) satisfies Command as unknown as PaymentCommand;

const INTERNAL = { answer: '{"ok":false,"error":"internal"}', code: 'internal', replayed: false };

export function refusalContract(name: string, createPlace: () => Place): void {
  suite(`${name}: refusals that leave no trace`, () => {
    test('a full queue is `overloaded` at once, and what was let in is carried through', async () => {
      const store = await openRail(createPlace());
      const room = limits.storeQueueCommandsMax + limits.uncommittedCommandsMax;
      const count = room + 2_000;
      const commands = Array.from({ length: count }, (_, i) => transferOf(`k${i}`, 'a', 'b', 1_000_000));
      const outcomes = await submitAll(store, commands);
      const overloaded = outcomes.flatMap(({ code }, i) => (code === 'overloaded' ? [i] : []));
      assert.ok(overloaded.length >= 1_000, `${overloaded.length} were refused`);
      assert.deepEqual(outcomes[overloaded[0]!], {
        answer: '{"ok":false,"error":"overloaded"}',
        code: 'overloaded',
        replayed: false,
      });
      assert.equal(outcomes.filter(({ code }) => code === 'insufficient_funds').length, count - overloaded.length);
      const retried = await submitAll(
        store,
        overloaded.slice(0, 50).map((i) => commands[i]!),
      );
      assert.ok(retried.every(({ code, replayed }) => code === 'insufficient_funds' && !replayed));
      await store.close();
    });

    test('a command without decision and one whose decision throws are `internal`; their neighbours commit', async () => {
      const place = createPlace();
      const store = await openRail(place, { decisions: withBugs() });
      const unknown = { type: 'nothing' } as unknown as PaymentCommand;
      const [first, thrown, second, none, third] = await submitAll(store, [
        transferOf('k1', 'a', 'b', 1),
        bug('throws'),
        transferOf('k2', 'a', 'b', 1),
        unknown,
        transferOf('k3', 'a', 'b', 1),
      ]);
      assert.deepEqual([thrown, none], [INTERNAL, INTERNAL]);
      assert.deepEqual([first?.code, second?.code, third?.code], [null, null, null]);
      assert.equal((await wholeLog(store)).length, 6);
      await store.close();
      assertJournalSound(await place.journal());
    });

    test('a command whose rows the engine refuses is `internal` alone, wherever it stands in whatever crowd', async () => {
      const place = createPlace();
      const store = await openRail(place, { decisions: withBugs() });
      assert.equal((await store.submit(debitOf('once', 'a', 1))).code, null);
      assert.deepEqual(await store.submit(bug('refused')), INTERNAL);
      const crowd: PaymentCommand[] = [];
      const isBug: boolean[] = [];
      for (const [i, command] of small(400, 'k').entries()) {
        const bugs = [3, 15, 16, 17, 100, 399].includes(i) ? [bug('refused')] : [];
        crowd.push(...bugs, command);
        isBug.push(...bugs.map(() => true), false);
      }
      const half = submitAll(store, crowd.slice(0, 200));
      await store.submit(transferOf('between', 'a', 'b', 1));
      const outcomes = [...(await half), ...(await submitAll(store, crowd.slice(200)))];
      for (const [i, outcome] of outcomes.entries()) {
        if (isBug[i] === true) assert.deepEqual(outcome, INTERNAL);
        else assert.deepEqual([outcome.code, outcome.replayed], [null, false]);
      }
      const log = await wholeLog(store);
      assert.equal(log.length, 1 + 2 * 401);
      assert.equal(new Set(log.map(({ tx_id: txId }) => txId)).size, 402);
      assert.deepEqual(
        (await submitAll(store, small(400, 'k'))).map(({ replayed }) => replayed),
        Array(400).fill(true),
      );
      await store.close();
      assertJournalSound(await place.journal());
      const again = await openRail(place);
      assert.equal((await again.submit({ type: 'rollback', txId: 'once', accounts: balances })).code, null);
      await assertSound(again);
      await again.close();
    });

    test('commands that come while the engine refuses one are all answered, each once and in the journal', async () => {
      const place = createPlace();
      const store = await openRail(place, { decisions: withBugs() });
      await store.submit(debitOf('once', 'a', 1));
      const answered: Promise<Outcome>[] = [];
      const bugs: Promise<Outcome>[] = [];
      // Turn after turn of the event loop, so that commands meet the engine in every state of a commit that fails.
      for (let turn = 0; turn < 120; turn++) {
        const commands = small((turn * 7) % 40, `turn ${turn}`);
        if (turn % 9 === 0) bugs.push(store.submit(bug('refused')));
        answered.push(...commands.map((command) => store.submit(command)));
        if (turn % 13 === 0) bugs.push(store.submit(bug('refused')));
        await new Promise(setImmediate);
      }
      for (const outcome of await Promise.all(bugs)) assert.deepEqual(outcome, INTERNAL);
      for (const { code, replayed } of await Promise.all(answered)) assert.deepEqual([code, replayed], [null, false]);
      assert.equal((await wholeLog(store)).length, 1 + 2 * answered.length);
      await store.submit({ type: 'rollback', txId: 'once', accounts: balances });
      await assertSound(store);
      await store.close();
      assertJournalSound(await place.journal());
    });

    test('P-30 a velocity slot counts only if its batch was committed', async () => {
      const narrow = createDecisions({ ...policy, movementsMax: 3 });
      const store = await openRail(createPlace(), { decisions: withBugs(narrow) });
      await store.submit(debitOf('once', 'd', 1));
      const outcomes = await submitAll(store, [
        transferOf('k1', 'a', 'b', 1),
        bug('refused'),
        transferOf('k2', 'a', 'b', 1),
        transferOf('k3', 'a', 'b', 1),
        transferOf('k4', 'a', 'b', 1),
      ]);
      assert.deepEqual(
        outcomes.map(({ code }) => code),
        [null, 'internal', null, null, 'daily_transfer_limit_exceeded'],
      );
      await store.close();
    });
  });
}
