/**
 * What every engine of the store must keep, as one suite: answers only after the commit, order within a batch, one outcome
 * per key for ever, a journal without gaps. `storeContract` runs it on an engine, refusals included.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MinorUnits } from '../../src/base/money.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { TransactionRow } from '../../src/payments/tables.ts';
import type { Outcome } from '../../src/store/store.ts';
import {
  assertJournalSound,
  assertSound,
  balances,
  balancesOf,
  debitOf,
  OPENING,
  openRail,
  small,
  submitAll,
  transferOf,
  wholeLog,
  type Place,
} from '../rig/store-place.ts';
import { readsContract } from './store-reads.ts';
import { refusalContract } from './store-refusals.ts';

export function storeContract(name: string, createPlace: () => Place): void {
  suite(`${name}: commits`, () => {
    test('what was answered is there: for readers at once, and after opening again', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const { answer } = await store.submit(transferOf('k', 'a', 'b', 500));
      assert.equal(answer, '{"ok":true,"tx_id":"tx-0000000001","src_balance":9500,"dst_balance":10500}');
      const before = { log: await wholeLog(store), balances: await balancesOf(store) };
      assert.deepEqual(before.balances, { a: 9_500n, b: 10_500n, c: OPENING, d: OPENING });
      assert.deepEqual(
        before.log.map(({ op, account_id: account }) => `${op} ${account}`),
        ['debit a', 'credit b'],
      );
      await store.close();
      const again = await openRail(place);
      assert.deepEqual({ log: await wholeLog(again), balances: await balancesOf(again) }, before);
      await again.close();
    });

    test('a refusal that tells of an earlier command is answered after that one is committed', async () => {
      const store = await openRail(createPlace());
      const emptied = store.submit(debitOf('t1', 'a', 10_000));
      const others = submitAll(store, small(50, 'other').slice(1, 3));
      const { code } = await store.submit(debitOf('t2', 'a', 1));
      assert.equal(code, 'insufficient_funds');
      assert.ok((await wholeLog(store)).some(({ tx_id: txId }) => txId === 't1'));
      await Promise.all([emptied, others]);
      await store.close();
    });

    test('a repeated answer is given after the first is committed, however many commands stand between', async () => {
      const store = await openRail(createPlace());
      const first = store.submit(transferOf('k', 'a', 'b', 1));
      const between = submitAll(store, small(200, 'between'));
      const again = store
        .submit(transferOf('k', 'a', 'b', 1))
        .then(async (outcome) => ({ outcome, log: await wholeLog(store) }));
      const { outcome, log } = await again;
      assert.equal(outcome.replayed, true);
      assert.ok(log.some(({ tx_id: txId }) => txId === 'tx-0000000001'));
      assert.equal(outcome.answer, (await first).answer);
      await between;
      await store.close();
    });

    test('commands take effect in the order in which they came, each on what those before it left', async () => {
      const store = await openRail(createPlace());
      const outcomes = await submitAll(store, [
        transferOf('k1', 'a', 'b', 10_000),
        transferOf('k2', 'a', 'b', 1),
        transferOf('k3', 'b', 'c', 20_000),
        transferOf('k4', 'c', 'a', 30_000),
        transferOf('k2', 'a', 'b', 1),
        transferOf('k5', 'a', 'd', 30_000),
      ]);
      assert.deepEqual(
        outcomes.map(({ code }) => code),
        [null, 'insufficient_funds', null, null, null, null],
      );
      assert.equal(outcomes[4]?.answer, outcomes[1]?.answer);
      assert.equal(outcomes[4]?.replayed, true);
      assert.deepEqual(await balancesOf(store), { a: 0n, b: 0n, c: 0n, d: 40_000n });
      await assertSound(store);
      await store.close();
    });

    test('close answers everything that was submitted before, and nothing after', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const submitted = submitAll(store, small(3_000, 'k'));
      const closed = store.close();
      const late = await store.submit(transferOf('late', 'a', 'b', 1));
      assert.deepEqual(late, { answer: '{"ok":false,"error":"unavailable"}', code: 'unavailable', replayed: false });
      assert.ok((await submitted).every(({ code }) => code === null));
      await closed;
      const again = await openRail(place);
      assert.equal((await again.submit(transferOf('late', 'a', 'b', 1))).replayed, false);
      assert.equal((await wholeLog(again)).length, 6_002);
      await again.close();
    });
  });

  suite(`${name}: keys`, () => {
    test('a key is known from the moment it is being recorded, and after opening again; an unused one never', async () => {
      const place = createPlace();
      const store = await openRail(place);
      assert.equal(await store.knowsKey('transfer:k'), false);
      await store.submit(transferOf('k', 'a', 'b', 1));
      assert.deepEqual([await store.knowsKey('transfer:k'), await store.knowsKey('transfer:l')], [true, false]);
      await store.close();
      const again = await openRail(place);
      assert.deepEqual([await again.knowsKey('transfer:k'), await again.knowsKey('transfer:l')], [true, false]);
      await again.close();
    });

    test('P-14 fifty duplicates at once: one movement, the same bytes for all', async () => {
      const store = await openRail(createPlace());
      const outcomes = await submitAll(store, Array<PaymentCommand>(50).fill(transferOf('k', 'a', 'b', 7)));
      assert.equal(new Set(outcomes.map(({ answer }) => answer)).size, 1);
      assert.deepEqual(
        outcomes.map(({ replayed }) => replayed),
        [false, ...Array<boolean>(49).fill(true)],
      );
      assert.equal((await wholeLog(store)).length, 2);
      await store.close();
    });

    test('P-14 the same key with anything else is a conflict, in the same batch and later', async () => {
      const store = await openRail(createPlace());
      const others = [transferOf('k', 'a', 'b', 8), transferOf('k', 'a', 'c', 7), transferOf('k', 'c', 'b', 7)];
      const [first, ...conflicts] = await submitAll(store, [transferOf('k', 'a', 'b', 7), ...others]);
      assert.equal(first?.code, null);
      const conflict = {
        answer: '{"ok":false,"error":"idempotency_conflict"}',
        code: 'idempotency_conflict',
        replayed: false,
      };
      const later = await submitAll(store, others);
      for (const refused of [...conflicts, ...later]) assert.deepEqual(refused, conflict);
      assert.equal(conflicts.length + later.length, 6);
      await store.close();
    });

    test('R2 successes and refusals are replayed byte for byte after opening again', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const commands = [
        transferOf('k1', 'a', 'b', 7),
        transferOf('k2', 'a', 'b', 1_000_000),
        transferOf('k3', 'a', 'b', 1_000_001),
      ];
      const first = await submitAll(store, commands);
      assert.deepEqual(
        first.map(({ code }) => code),
        [null, 'insufficient_funds', 'transfer_amount_exceeds_limit'],
      );
      await store.close();
      for (let round = 0; round < 2; round++) {
        const again = await openRail(place);
        assert.deepEqual(
          await submitAll(again, commands),
          first.map(({ answer }) => ({ answer, code: null, replayed: true })),
        );
        assert.equal((await wholeLog(again)).length, 2);
        await again.close();
      }
    });

    test('keys that look alike are different keys, also after opening again', async () => {
      const place = createPlace();
      const keys = [
        'k',
        'K',
        'k ',
        ' k',
        'k\u0000',
        'k\u0000a',
        'k\u0000b',
        'ｋ',
        'é',
        'e\u0301',
        "k'",
        'k"',
        'k\\',
        '',
        '%',
        '_',
      ];
      for (let round = 0; round < 2; round++) {
        const store = await openRail(place);
        const outcomes = await submitAll(
          store,
          keys.map((key) => transferOf(key, 'a', 'b', 1)),
        );
        assert.deepEqual(
          outcomes.map(({ replayed }) => replayed),
          keys.map(() => round > 0),
        );
        assert.equal(new Set(outcomes.map(({ answer }) => answer)).size, keys.length);
        await store.close();
      }
    });

    test('P-13 transfer ids go on where they were, and jump over those that ledger callers took', async () => {
      const place = createPlace();
      const ids: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        const store = await openRail(place);
        if (round === 1) await store.submit(debitOf('tx-0000000003', 'd', 1));
        for (const { answer } of await submitAll(store, [
          transferOf(`k${round}`, 'a', 'b', 1),
          transferOf(`l${round}`, 'a', 'b', 99_999),
        ])) {
          ids.push((JSON.parse(answer) as { tx_id: string }).tx_id);
        }
        await store.close();
      }
      const expected = [1, 2, 4, 5, 6, 7].map((number) => `tx-000000000${number}`);
      assert.deepEqual(ids, expected);
    });
  });

  suite(`${name}: journal and log`, () => {
    test('after concurrent load of every kind the journal has no gap, the chain holds, the ledger adds up', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const waves: Promise<Outcome[]>[] = [];
      for (let wave = 0; wave < 20; wave++) {
        const txId = `t${wave}`;
        const commands: PaymentCommand[] = [
          ...small(100, `wave ${wave}`),
          debitOf(txId, 'a', 3),
          transferOf(`poor ${wave}`, 'a', 'b', 999_999),
          ...(wave % 2 === 0
            ? [{ type: 'credit', account: 'b', amount: 3n, txId } as const]
            : [{ type: 'rollback', txId, accounts: balances } as const]),
          { type: 'rollback', txId: `tombstone ${wave}`, accounts: balances },
          { type: 'check', src: 'a', amount: 1n },
          ...small(100, `wave ${wave - 1}`),
        ];
        waves.push(submitAll(store, commands));
        // Some waves join others in one commit, some come while one is under way.
        if (wave % 3 === 0) await waves.at(-1);
      }
      await Promise.all(waves);
      await assertSound(store);
      await store.close();
      assertJournalSound(await place.journal());
    });

    test('P-26 created_at strictly increases, also when the clock was set back between two starts', async () => {
      const place = createPlace();
      const DAY_MS = 86_400_000;
      let log: readonly TransactionRow[] = [];
      for (const [round, offsetMs] of [0, DAY_MS, -DAY_MS].entries()) {
        const nowMs = 1_800_000_000_000 + offsetMs;
        const store = await openRail(place, { clock: { nowMs: () => nowMs, uptimeMs: () => 0 } });
        await submitAll(store, small(30, `round ${round}`));
        await store.submit(transferOf(`last ${round}`, 'a', 'b', 1));
        log = await wholeLog(store);
        await store.close();
      }
      assert.equal(log.length, 186);
      for (const [i, { created_at: createdAt }] of log.entries()) {
        assert.ok(createdAt > (log[i - 1]?.created_at ?? 0n), `row ${i}`);
        assert.equal(BigInt(Number(createdAt)), createdAt, 'a JSON reader gets all its digits');
      }
      assertJournalSound(await place.journal());
    });

    test('P-25 the log by page: after is exclusive, limit holds, the end is empty', async () => {
      const store = await openRail(createPlace());
      assert.deepEqual(await wholeLog(store), []);
      await submitAll(store, small(50, 'k'));
      const whole = await wholeLog(store);
      assert.equal(whole.length, 100);
      const read: TransactionRow[] = [];
      for (let after = 0n; read.length <= whole.length;) {
        const page = await store.log({ after, limit: 7 });
        assert.ok(page.length <= 7);
        const last = page.at(-1);
        if (last === undefined) break;
        read.push(...page);
        after = last.created_at;
      }
      assert.deepEqual(read, whole);
      for (const i of [0, 1, 42, 98, 99]) {
        const at = whole[i]!.created_at;
        assert.deepEqual(await store.log({ after: at, limit: 1 }), whole.slice(i + 1, i + 2));
        assert.deepEqual(await store.log({ after: at - 1n, limit: 1 }), whole.slice(i, i + 1));
      }
      assert.deepEqual(await store.log({ after: whole.at(-1)!.created_at + 10n ** 15n, limit: 10 }), []);
      await store.close();
    });

    test('balances are told in the order in which they were opened', async () => {
      const place = createPlace();
      const store = await openRail(place);
      await store.submit({ type: 'open-balances', names: ['b', 'aa', 'a'], amount: OPENING });
      await store.submit(transferOf('k', 'd', 'a', 1));
      assert.deepEqual(
        (await store.balances()).map(({ id }) => id),
        [...balances, 'aa'],
      );
      await store.close();
    });

    test('P-45 transfers without a completed response are found again, in the order of their ids', async () => {
      const place = createPlace();
      const store = await openRail(place);
      const begin = (key: string): PaymentCommand => ({
        type: 'begin-transfer',
        key,
        src: 'a',
        dst: 'b',
        amount: 5n as MinorUnits,
        risk: 'approved',
        carrier: 's',
      });
      await submitAll(store, ['z', 'y', 'x', 'w'].map(begin));
      await store.submit({ type: 'record-debit', key: 'y', carrier: 's', balance: 9_995n });
      await store.submit({ type: 'end-transfer', key: 'x', carrier: 's', answer: '{}', code: null });
      await store.submit({ type: 'record-pending', key: 'w', carrier: 's', cause: 'debit_timeout' });
      await store.close();
      const again = await openRail(place);
      assert.deepEqual(
        (await again.openTransfers()).map(({ key, tx_id: txId, state, src_balance: balance, cause }) => [
          key,
          txId,
          state,
          balance,
          cause,
        ]),
        [
          ['z', 'tx-0000000001', 'debiting', null, null],
          ['y', 'tx-0000000002', 'crediting', 9_995n, null],
          ['w', 'tx-0000000004', 'compensation_pending', null, 'debit_timeout'],
        ],
      );
      await again.close();
    });
  });

  readsContract(name, createPlace);
  refusalContract(name, createPlace);
}
