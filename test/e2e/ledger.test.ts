/** The ledger port over the wire (P-20..P-26), the same on both deployments and both engines. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { ask, askJson, openClient, type Json } from '../rig/frame-client.ts';
import { onBothDeployments, onBothEngines } from '../rig/on-both-deployments.ts';

const ACCOUNT = 'payout_available';
const OTHER = 'settlement_bank';

const no = (error: string): string => `{"ok":false,"error":"${error}"}`;
const yes = (balance: number): string => `{"ok":true,"balance":${balance}}`;
const DONE = '{"ok":true}';

const debit = (txId: unknown, amount: unknown = 40, account: unknown = ACCOUNT): Json => ({
  op: 'DEBIT',
  account,
  amount,
  tx_id: txId,
});
const credit = (txId: unknown, amount: unknown = 40, account: unknown = OTHER): Json => ({
  op: 'CREDIT',
  account,
  amount,
  tx_id: txId,
});
const rollback = (txId: unknown): Json => ({ op: 'ROLLBACK', tx_id: txId });

onBothEngines('ledger calls', {}, (rail) => {
  /** Sends requests one after the other; each must have its answer, in which `BALANCE±n` stands for a balance since the start. */
  async function play(
    ...moves: readonly (readonly [request: Json, answer: string | ((start: Record<string, number>) => string)])[]
  ): Promise<void> {
    const start = await rail().balances();
    for (const [request, answer] of moves) {
      assert.equal(
        await ask(rail().ledger, request),
        typeof answer === 'string' ? answer : answer(start),
        JSON.stringify(request),
      );
    }
  }

  const at = (account: string, change: number) => (start: Record<string, number>) => yes(start[account]! + change);

  test('P-21 DEBIT takes, and answers the balance; again it is a duplicate, before anything else', async () => {
    await play(
      [debit('d1'), at(ACCOUNT, -40)],
      [debit('d1'), no('duplicate_tx')],
      [debit('d1', 999_999), no('duplicate_tx')],
      [debit('d1', 1, OTHER), no('duplicate_tx')],
      [rollback('d1'), at(ACCOUNT, 0)],
    );
  });

  test('P-21 DEBIT of more than there is', async () => {
    await play(
      [debit('d2', 999_999), no('insufficient_funds')],
      [debit('d2', 1), at(ACCOUNT, -1)],
      [rollback('d2'), at(ACCOUNT, 0)],
    );
  });

  test('P-22 CREDIT adds; again it answers the recorded balance, also when the balance has changed', async () => {
    await play(
      [debit('c1'), at(ACCOUNT, -40)],
      [credit('c1'), at(OTHER, 40)],
      [debit('c2', 7, OTHER), at(OTHER, 33)],
      [credit('c1'), at(OTHER, 40)],
      [rollback('c2'), at(OTHER, 40)],
    );
  });

  test('P-22 CREDIT without a debit is accepted', async () => {
    await play(
      [credit('in-1', 5), at(OTHER, 5)],
      [credit('in-1', 5), at(OTHER, 5)],
      [debit('in-2', 5, OTHER), at(OTHER, 0)],
      [rollback('in-2'), at(OTHER, 5)],
    );
  });

  test('P-23 ROLLBACK gives the debit back; again it answers the recorded balance; debit and credit come too late', async () => {
    await play(
      [debit('r1'), at(ACCOUNT, -40)],
      [rollback('r1'), at(ACCOUNT, 0)],
      [debit('r2', 3), at(ACCOUNT, -3)],
      [rollback('r1'), at(ACCOUNT, 0)],
      [debit('r1'), no('rolled_back')],
      [credit('r1'), no('rolled_back')],
      [rollback('r2'), at(ACCOUNT, 0)],
    );
  });

  test('P-23 a tombstone: an empty account and zeros, and a racing debit fails on it', async () => {
    await play(
      [rollback('r3'), DONE],
      [rollback('r3'), DONE],
      [debit('r3'), no('rolled_back')],
      [credit('r3'), no('rolled_back')],
    );
    const rows = (await rail().log()).filter((row) => row['tx_id'] === 'r3');
    assert.deepEqual(
      rows.map(({ created_at: createdAt, ...row }) => [typeof createdAt, row]),
      [['number', { tx_id: 'r3', op: 'rollback', account_id: '', amount: 0, balance_after: 0 }]],
    );
  });

  test('P-23 ROLLBACK after the credit changes nothing', async () => {
    await play(
      [debit('r4'), at(ACCOUNT, -40)],
      [credit('r4'), at(OTHER, 40)],
      [rollback('r4'), no('already_credited')],
      [credit('r4'), at(OTHER, 40)],
    );
  });

  suite('P-21 the shape comes first', () => {
    const rows: readonly Json[] = [
      debit('s1', 0),
      debit('s1', -1),
      debit('s1', 1.5),
      debit('s1', '1'),
      debit('s1', true),
      debit('s1', 2 ** 53),
      debit('s1', null),
      debit('s1', 1, 'nowhere'),
      debit('s1', 1, 7),
      debit('s1', 1, null),
      debit(''),
      debit(7),
      debit(undefined),
      debit('t'.repeat(129)),
      debit('\ud83d'),
      debit('d1', 0),
      credit('s1', 0),
      credit('s1', 1, 'nowhere'),
      credit(''),
      rollback(''),
      rollback(undefined),
      rollback(['s1']),
    ];
    for (const request of rows) {
      test(JSON.stringify(request).slice(0, 80), async () =>
        assert.equal(await ask(rail().ledger, request), no('invalid_request')),
      );
    }
  });

  test('P-23 fifty racing pairs of DEBIT and ROLLBACK: whoever is first, no money is lost or made', async () => {
    const before = await rail().balances();
    const ids = Array.from({ length: 50 }, (_, i) => `race ${i}`);
    await Promise.all(ids.flatMap((id) => [ask(rail().ledger, debit(id)), ask(rail().ledger, rollback(id))]));
    await Promise.all(ids.map((id) => ask(rail().ledger, rollback(id))));
    assert.deepEqual(await rail().balances(), before);
  });

  test('P-24 BALANCE to the byte', async () => {
    const balances = await rail().balances();
    const total = Object.values(balances).reduce((sum, balance) => sum + balance, 0);
    assert.equal(await ask(rail().ledger, { op: 'BALANCE' }), JSON.stringify({ balances, total }));
  });
});

onBothEngines('ids of ledger callers in the form of transfers', {}, (rail) => {
  test('P-13 a transfer never takes effect under an id that a ledger caller used, and later ones go on', async () => {
    let key = 0;
    const next = (): Promise<Json> =>
      rail().transfer({ src: ACCOUNT, dst: OTHER, amount: 1, idempotency_key: `key ${++key}` });
    const { tx_id: first } = await next();
    const taken = String(first).replace(/\d+$/, (digits) => String(Number(digits) + 1).padStart(digits.length, '0'));
    assert.deepEqual(await askJson(rail().ledger, debit(taken, 5)), { ok: true, balance: 9_994 });
    const second = await next();
    if (rail().deployment === 'all-in-one') assert.ok(second['ok'] === true && second['tx_id'] !== taken);
    else assert.deepEqual(second, { ok: false, error: 'duplicate_tx', tx_id: taken });
    const third = await next();
    assert.equal(third['ok'], true);
    const rows = (await rail().log()).filter((row) => row['tx_id'] === taken);
    assert.deepEqual(
      rows.map(({ op, amount }) => [op, amount]),
      [['debit', 5]],
    );
  });
});

onBothEngines('the log', {}, (rail) => {
  test('P-25 in order of creation, with every digit, and by page', async () => {
    assert.equal(await ask(rail().ledger, { op: 'TX_LOG' }), '{"entries":[]}');
    for (let i = 0; i < 12; i++) await ask(rail().ledger, i % 3 === 2 ? rollback(`t${i}`) : debit(`t${i}`, i + 1));
    const text = await ask(rail().ledger, { op: 'TX_LOG' });
    const { entries } = JSON.parse(text) as { entries: (Json & { tx_id: string; created_at: number })[] };
    assert.deepEqual(
      entries.map(({ tx_id: txId }) => txId),
      Array.from({ length: 12 }, (_, i) => `t${i}`),
    );
    assert.deepEqual(Object.keys(entries[0]!), ['tx_id', 'op', 'account_id', 'amount', 'balance_after', 'created_at']);

    // The digits that stand in the JSON are those of the database, and a double does not change them.
    const stored = await rail().readLedger('select created_at from transactions order by created_at');
    const digits = [...text.matchAll(/"created_at":(\d+)/g)].map(([, number]) => number!);
    assert.deepEqual(
      digits,
      stored.map(({ created_at: createdAt }) => createdAt),
    );
    assert.deepEqual(
      digits,
      entries.map(({ created_at: createdAt }) => BigInt(createdAt).toString()),
    );
    for (const [i, number] of digits.entries()) assert.ok(i === 0 || BigInt(number) > BigInt(digits[i - 1]!));

    const paged: unknown[] = [];
    for (let after = 0; paged.length <= entries.length;) {
      const page = (await askJson(rail().ledger, { op: 'TX_LOG', after, limit: 5 })) as { entries: typeof entries };
      if (page.entries.length === 0) break;
      assert.ok(page.entries.length <= 5);
      paged.push(...page.entries);
      after = page.entries.at(-1)!.created_at;
    }
    assert.deepEqual(paged, entries);
    for (const bad of [{ limit: 0 }, { limit: 'all' }, { after: -1 }, { after: 'x' }]) {
      assert.equal(await ask(rail().ledger, { op: 'TX_LOG', ...bad }), no('invalid_request'));
    }
  });

  test('P-25 a log that does not fit a frame is refused by name, never cut off, and can be read by page', async () => {
    const count = 17_000;
    const client = await openClient(rail().ledger);
    client.send(...Array.from({ length: count }, (_, i) => credit(`in-${i}`, 1)));
    assert.equal(new Set(await client.answers(count)).size, count);
    const { ok, error, message } = await askJson(rail().ledger, { op: 'TX_LOG' });
    assert.deepEqual([ok, error], [false, 'log_too_large']);
    assert.match(String(message), /after.*limit/);
    let rows = 0;
    for (let after = 0; rows <= 12 + count;) {
      client.send({ op: 'TX_LOG', after, limit: 2_000 });
      const { entries } = JSON.parse((await client.answer()) ?? '') as { entries: { created_at: number }[] };
      rows += entries.length;
      const last = entries.at(-1);
      if (last === undefined) break;
      after = last.created_at;
    }
    assert.equal(rows, 12 + count);
    client.send({ op: 'TX_LOG', limit: 20_000 });
    assert.equal((JSON.parse((await client.answer()) ?? '') as Json)['error'], 'log_too_large');
    client.close();
  });
});

onBothDeployments(
  'the database while the server runs',
  { BANK_BALANCES: 'left,right', BANK_INITIAL_BALANCE: '123' },
  (rail) => {
    test('P-24 the set of balances and their opening amount can be chosen', async () => {
      assert.equal(await ask(rail().ledger, { op: 'BALANCE' }), '{"balances":{"left":123,"right":123},"total":246}');
      assert.equal(
        (await rail().transfer({ src: 'left', dst: 'right', amount: 23, idempotency_key: 'k' }))['ok'],
        true,
      );
      const unknown = await rail().transfer({ src: 'left', dst: 'ops_float', amount: 1, idempotency_key: 'l' });
      assert.equal(unknown['error'], 'unknown_balance');
    });

    test('P-26 any SQLite client reads the tables of the source', async () => {
      const db = new DatabaseSync(rail().ledgerFile, { readOnly: true });
      const rows = (sql: string): unknown[] =>
        db
          .prepare(sql)
          .all()
          .map((row) => ({ ...row }));
      assert.deepEqual(rows('pragma journal_mode'), [{ journal_mode: 'wal' }]);
      assert.deepEqual(rows('select id, balance from accounts order by id'), [
        { id: 'left', balance: 100 },
        { id: 'right', balance: 146 },
      ]);
      assert.deepEqual(rows('select op, account_id, amount, balance_after from transactions order by created_at'), [
        { op: 'debit', account_id: 'left', amount: 23, balance_after: 100 },
        { op: 'credit', account_id: 'right', amount: 23, balance_after: 146 },
      ]);
      const shape = (table: string): string[] =>
        db
          .prepare('select name, type, pk from pragma_table_info(?)')
          .all(table)
          .map(({ name, type, pk }) => `${String(name)} ${String(type).toUpperCase()} ${String(pk)}`);
      assert.deepEqual(shape('accounts'), ['id TEXT 1', 'balance INTEGER 0']);
      assert.deepEqual(shape('transactions'), [
        'tx_id TEXT 1',
        'op TEXT 2',
        'account_id TEXT 0',
        'amount INTEGER 0',
        'balance_after INTEGER 0',
        'created_at INTEGER 0',
      ]);
      assert.deepEqual(rows(`select "notnull" from pragma_table_info('transactions') where "notnull" = 0`), []);
      db.close();
    });

    test('P-26 a reader in a transaction does not hold up the server', async () => {
      const db = new DatabaseSync(rail().ledgerFile, { readOnly: true });
      db.exec('begin');
      const count = db.prepare('select count(*) as n from transactions');
      const before = count.get()?.['n'];
      assert.equal((await rail().transfer({ src: 'left', dst: 'right', amount: 1, idempotency_key: 'm' }))['ok'], true);
      assert.equal(count.get()?.['n'], before);
      db.exec('commit');
      assert.equal(count.get()?.['n'], Number(before) + 2);
      db.close();
    });
  },
);
