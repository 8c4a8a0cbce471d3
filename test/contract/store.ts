/**
 * What every engine of the store must keep, as one suite: answers only after the commit, order within a batch, one outcome
 * per key for ever, a journal without gaps, refusals that leave no trace. `storeContract` runs it on an engine.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Command, Decision, Decisions } from '../../src/base/decision.ts';
import { limits } from '../../src/base/limits.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { MinorUnits } from '../../src/base/money.ts';
import { createDecisions, type PaymentCommand, type PaymentPolicy } from '../../src/flows/commands.ts';
import { chainHash, factHash, factMark, GENESIS, merkleRoot, type HashedFact } from '../../src/journal/chain.ts';
import { LedgerAudit } from '../../src/payments/invariants.ts';
import { transactions, type TransactionRow } from '../../src/payments/tables.ts';
import type { Outcome, Store } from '../../src/store/store.ts';

export interface OpenOptions {
  readonly decisions: Decisions;
  readonly clock?: Clock;
}

/** The journal as an outsider reads it, in order. */
export interface Journal {
  readonly facts: readonly (HashedFact & { readonly mark: number })[];
  readonly batches: readonly {
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly root: string;
    readonly chain: string;
  }[];
}

/** An empty database of an engine, which can be opened again and again. */
export interface Place {
  open(options: OpenOptions): Promise<Store>;
  journal(): Promise<Journal>;
}

const balances = ['a', 'b', 'c', 'd'];
const OPENING = 10_000n;

export const policy: PaymentPolicy = {
  balances,
  movementsMax: 1_000_000,
  windowMs: 60_000,
  singleMax: 1_000_000n,
};

export function transferOf(key: string, src: string, dst: string, amount: number | bigint): PaymentCommand {
  return { type: 'transfer', key, src, dst, amount: BigInt(amount) as MinorUnits };
}

const debitOf = (txId: string, account: string, amount: number): PaymentCommand => ({
  type: 'debit',
  account,
  amount: BigInt(amount),
  txId,
});

/** Opens a store and records the opening balances. */
export async function openRail(place: Place, options: Partial<OpenOptions> = {}): Promise<Store> {
  const store = await place.open({ decisions: createDecisions(policy), ...options });
  const opened = await store.submit({ type: 'open-balances', names: balances, amount: OPENING });
  assert.equal(opened.code, null);
  return store;
}

const wholeLog = (store: Store): Promise<readonly TransactionRow[]> => store.log({ after: 0n, limit: 1_000_000 });

async function balancesOf(store: Store): Promise<Record<string, bigint>> {
  return Object.fromEntries((await store.balances()).map(({ id, balance }) => [id, balance]));
}

/** Every invariant of P-50 that rows can show. */
async function assertSound(store: Store): Promise<void> {
  const audit = new LedgerAudit(new Map(balances.map((id) => [id, OPENING])));
  for (const row of await wholeLog(store)) audit.add(row);
  assert.deepEqual(audit.end(new Map((await store.balances()).map(({ id, balance }) => [id, balance]))), []);
}

/** Numbers without gaps, instants that ascend, every hash as it must be. */
function assertJournalSound({ facts, batches }: Journal): void {
  assert.deepEqual(
    facts.map(({ seq }) => seq),
    facts.map((_, i) => i + 1),
  );
  let at = 0n;
  for (const fact of facts) {
    assert.ok(fact.at > at, `fact ${fact.seq} has the instant ${fact.at} after ${at}`);
    at = fact.at;
    assert.equal(fact.mark, factMark(factHash(fact)));
  }
  let chain = GENESIS;
  let next = 1;
  for (const { firstSeq, lastSeq, root, chain: recorded } of batches) {
    assert.equal(firstSeq, next);
    assert.ok(lastSeq >= firstSeq);
    assert.equal(root, merkleRoot(facts.slice(firstSeq - 1, lastSeq).map(factHash)));
    chain = chainHash(chain, { root, firstSeq, lastSeq });
    assert.equal(recorded, chain);
    next = lastSeq + 1;
  }
  assert.equal(next, facts.length + 1);
}

/** Decisions of the rail and two that a bug could make of one: it throws, or the engine refuses what it writes. */
function withBugs(): Decisions {
  const decisions = createDecisions(policy);
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

const bug = (type: 'throws' | 'refused'): PaymentCommand => ({ type }) satisfies Command as unknown as PaymentCommand;

const INTERNAL = { answer: '{"ok":false,"error":"internal"}', code: 'internal', replayed: false };

const submitAll = (store: Store, commands: readonly PaymentCommand[]): Promise<Outcome[]> =>
  Promise.all(commands.map((command) => store.submit(command)));

/** Small transfers that nothing stands in the way of. */
const small = (count: number, prefix: string): PaymentCommand[] =>
  Array.from({ length: count }, (_, i) => transferOf(`${prefix}-${i}`, balances[i % 4]!, balances[(i + 1) % 4]!, 1));

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
      const [refused] = await Promise.all([
        store.submit(debitOf('t2', 'a', 1)).then(async (outcome) => ({ outcome, log: await wholeLog(store) })),
      ]);
      assert.equal(refused.outcome.code, 'insufficient_funds');
      assert.ok(refused.log.some(({ tx_id: txId }) => txId === 't1'));
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
      assert.deepEqual([...conflicts, ...(await submitAll(store, others))], Array(6).fill(conflict));
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
      for (let after = 0n; ;) {
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
      });
      await submitAll(store, ['z', 'y', 'x', 'w'].map(begin));
      await store.submit({ type: 'record-debit', key: 'y', balance: 9_995n });
      await store.submit({ type: 'end-transfer', key: 'x', answer: '{}', code: null });
      await store.submit({ type: 'record-pending', key: 'w', cause: 'debit_timeout' });
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
      assert.deepEqual(await Promise.all(bugs), Array(bugs.length).fill(INTERNAL));
      for (const { code, replayed } of await Promise.all(answered)) assert.deepEqual([code, replayed], [null, false]);
      assert.equal((await wholeLog(store)).length, 1 + 2 * answered.length);
      await store.submit({ type: 'rollback', txId: 'once', accounts: balances });
      await assertSound(store);
      await store.close();
      assertJournalSound(await place.journal());
    });

    test('P-30 a velocity slot counts only if its batch was committed', async () => {
      const narrow = { ...policy, movementsMax: 3 };
      const { byType, transients } = createDecisions(narrow);
      const store = await openRail(createPlace(), {
        decisions: { byType: { ...byType, refused: withBugs().byType['refused']! }, transients },
      });
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
