/** The saga's contract with several servers on one store: who carries a transfer, who waits, and who must not go on. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { failed, lookUp, lost, ok, request, settled, stage, SUCCESS, told } from '../rig/saga-stage.ts';

/** A call that is answered when the test says so. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

export function carrierSuite({ store }: { readonly store: () => Store }): void {
  suite('several servers', () => {
    test('P-14 a duplicate on another server waits for the first and gets its bytes', async () => {
      const wanted = request();
      const debit = gate();
      const reached = gate();
      const first = stage(
        store(),
        { DEBIT: [ok(9_500)], CREDIT: [ok(10_500)] },
        {
          async during(call) {
            if (call !== 'DEBIT') return;
            reached.open();
            await debit.opened;
          },
        },
      );
      const answered = first.saga.transfer(wanted);
      await reached.opened;
      let polls = 0;
      const second = stage(
        store(),
        {},
        {
          isAlive: () => true,
          hold(ms) {
            // It has looked twice and waits: now the first may go on.
            if (ms === limits.followPollMs && ++polls === 2) debit.open();
            return false;
          },
        },
      );
      const duplicate = await second.saga.transfer(wanted);
      assert.equal(told(duplicate.answer), SUCCESS);
      assert.equal(duplicate.answer, (await answered).answer);
      assert.ok(polls >= 2);
      assert.deepEqual(second.calls, []);
    });

    test('P-45 a duplicate that waits for a server which dies carries the transfer on itself', async () => {
      const wanted = request();
      await store().submit({ type: 'begin-transfer', ...wanted, risk: 'approved', carrier: 'mortal' });
      let looks = 0;
      const second = stage(store(), { ROLLBACK: [ok(null)] }, { isAlive: () => ++looks < 3 });
      assert.equal(told((await second.saga.transfer(wanted)).answer), failed('debit_timeout'));
      assert.equal(second.calls.join(' '), 'ROLLBACK');
    });

    test('a sweep leaves transfers of living servers alone', async () => {
      const wanted = request();
      await store().submit({ type: 'begin-transfer', ...wanted, risk: 'approved', carrier: 'busy' });
      assert.equal(await stage(store(), {}, { isAlive: (carrier) => carrier === 'busy' }).saga.resume(), 0);
      assert.equal(await stage(store(), { ROLLBACK: [ok(null)] }).saga.resume(), 1);
      await settled(store());
    });

    test('a server that was taken for gone records nothing more, and tells the outcome of the one that took over', async () => {
      const wanted = request();
      const debit = gate();
      const reached = gate();
      const first = stage(
        store(),
        { DEBIT: [ok(9_500)] },
        {
          async during(call) {
            if (call !== 'DEBIT') return;
            reached.open();
            await debit.opened;
          },
        },
      );
      const answered = first.saga.transfer(wanted);
      await reached.opened;
      const second = stage(store(), { ROLLBACK: [ok(10_000)] });
      assert.equal(await second.saga.resume(), 1);
      await settled(store());
      debit.open();
      const { answer } = await answered;
      assert.equal(told(answer), failed('debit_timeout'));
      assert.equal(answer, (await lookUp(store(), wanted)).answer);
      assert.equal(first.calls.join(' '), 'CHECK DEBIT', 'no CREDIT after another server has undone the debit');
    });

    test('of two servers that claim at once one carries on, and the other waits for it', async () => {
      const wanted = request();
      await store().submit({ type: 'begin-transfer', ...wanted, risk: 'approved', carrier: 'gone' });
      const isAlive = (carrier: string): boolean => carrier !== 'gone';
      const both = [1, 2].map(() => stage(store(), { ROLLBACK: [ok(null)] }, { isAlive }));
      const answers = await Promise.all(both.map(({ saga }) => saga.transfer(wanted)));
      assert.equal(answers[0]?.answer, answers[1]?.answer);
      assert.equal(told(answers[0]?.answer ?? ''), failed('debit_timeout'));
      assert.deepEqual(
        both.flatMap(({ calls }) => calls),
        ['ROLLBACK'],
      );
    });

    test('P-45 a server that was fenced, then claims the transfer and comes too late, still tells the outcome', async () => {
      const wanted = request();
      let looks = 0;
      const first = stage(
        store(),
        { DEBIT: [ok(9_500)] },
        {
          own: 'first',
          async during(call) {
            if (call === 'DEBIT')
              await store().submit({ type: 'claim-transfer', key: wanted.key, from: 'first', to: 'second' });
          },
          isAlive(carrier) {
            // The second is gone, too. The third claims before the first can, and ends it while the first waits.
            if (carrier === 'second')
              void store().submit({ type: 'claim-transfer', key: wanted.key, from: 'second', to: 'third' });
            if (carrier === 'third' && ++looks === 2) {
              const end = { carrier: 'third', answer: failed('debit_timeout'), code: 'debit_timeout' } as const;
              void store().submit({ type: 'end-transfer', key: wanted.key, ...end });
            }
            return carrier === 'third';
          },
        },
      );
      assert.equal(told((await first.saga.transfer(wanted)).answer), failed('debit_timeout'));
      assert.equal(first.calls.join(' '), 'CHECK DEBIT');
    });

    test('P-44 a compensation that another server pursues is answered as pending', async () => {
      const wanted = request();
      const first = stage(store(), { DEBIT: [lost], ROLLBACK: [lost, lost, lost] }, { hold: (_, count) => count > 2 });
      const pending = await first.saga.transfer(wanted);
      const second = stage(store(), {}, { isAlive: () => true });
      assert.deepEqual(await second.saga.transfer(wanted), { ...pending, replayed: true });
      first.extend({ ROLLBACK: [ok(null)] });
      await first.release();
      await settled(store());
      assert.equal(told((await second.saga.transfer(wanted)).answer), failed('debit_timeout'));
    });
  });
}
