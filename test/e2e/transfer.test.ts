/** TRANSFER, BALANCE and STATS over the wire (P-10..P-17), the same on both deployments and both engines. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, askJson, frameOf, openClient, type Json } from '../rig/frame-client.ts';
import { onBothEngines } from '../rig/on-both-deployments.ts';

let keys = 0;

/** A good request under a key of its own. */
const request = (changes: Json = {}): Json => ({
  op: 'TRANSFER',
  src: 'collection_pending',
  dst: 'payout_available',
  amount: 1,
  idempotency_key: `key ${++keys}`,
  ...changes,
});

const error = (code: string): string => `{"ok":false,"error":"${code}"}`;

onBothEngines('TRANSFER', {}, (rail) => {
  test('P-10 moves money, and answers both balances as whole numbers', async () => {
    const before = await rail().balances();
    const text = await rail().transferText(request({ amount: 500 }));
    const answer = JSON.parse(text) as Json;
    const srcBalance = before['collection_pending']! - 500;
    const dstBalance = before['payout_available']! + 500;
    assert.match(String(answer['tx_id']), /^tx-\d{4,}$/);
    assert.equal(
      text,
      `{"ok":true,"tx_id":"${String(answer['tx_id'])}","src_balance":${srcBalance},"dst_balance":${dstBalance}}`,
    );
    assert.deepEqual(await rail().balances(), {
      ...before,
      collection_pending: srcBalance,
      payout_available: dstBalance,
    });
  });

  test('P-10 leaves a debit and a credit, in this order, with the balances after each', async () => {
    const {
      tx_id: txId,
      src_balance: srcBalance,
      dst_balance: dstBalance,
    } = await rail().transfer(request({ amount: 7 }));
    const rows = (await rail().log()).filter((row) => row['tx_id'] === txId);
    assert.deepEqual(
      rows.map(({ op, account_id: account, amount, balance_after: after }) => [op, account, amount, after]),
      [
        ['debit', 'collection_pending', 7, srcBalance],
        ['credit', 'payout_available', 7, dstBalance],
      ],
    );
  });

  test('P-11 insufficient_funds: a tx_id, no movement, and the outcome is kept', async () => {
    const before = await rail().balances();
    const wanted = request({ amount: 1_000_000 });
    const text = await rail().transferText(wanted);
    assert.match(text, /^\{"ok":false,"error":"insufficient_funds","tx_id":"tx-\d{4,}"\}$/);
    assert.equal(await rail().transferText(wanted), text);
    assert.deepEqual(await rail().balances(), before);
  });

  suite('P-12 validation', () => {
    const rows: readonly [changes: Json, code: string][] = [
      [{ idempotency_key: '', src: 'nowhere', amount: 0 }, 'invalid_idempotency_key'],
      [{ idempotency_key: undefined }, 'invalid_idempotency_key'],
      [{ idempotency_key: 7 }, 'invalid_idempotency_key'],
      [{ idempotency_key: 'k'.repeat(1_025) }, 'invalid_idempotency_key'],
      [{ idempotency_key: 'é'.repeat(513) }, 'invalid_idempotency_key'],
      [{ idempotency_key: '\ud83d' }, 'invalid_idempotency_key'],
      [{ src: 'nowhere', dst: 'nowhere', amount: 0 }, 'unknown_balance'],
      [{ src: undefined }, 'unknown_balance'],
      [{ dst: 7 }, 'unknown_balance'],
      [{ src: 'payout_available', amount: 0 }, 'same_balance_transfer'],
      [{ amount: 0 }, 'invalid_amount'],
      [{ amount: -1 }, 'invalid_amount'],
      [{ amount: 0.5 }, 'invalid_amount'],
      [{ amount: '1' }, 'invalid_amount'],
      [{ amount: true }, 'invalid_amount'],
      [{ amount: null }, 'invalid_amount'],
      [{ amount: undefined }, 'invalid_amount'],
      [{ amount: 1e16 }, 'invalid_amount'],
      [{ amount: 2 ** 53 }, 'invalid_amount'],
    ];
    for (const [changes, code] of rows) {
      test(`${code} for ${JSON.stringify(changes).slice(0, 80)}`, async () => {
        assert.equal(await rail().transferText(request(changes)), error(code));
      });
    }

    const written: readonly [amount: string, ok: boolean][] = [
      ['1', true],
      ['1.0', true],
      ['1e0', true],
      ['10e-1', true],
      ['1e16', false],
      ['1e400', false],
      ['-0', false],
      ['0.1', false],
    ];
    for (const [amount, ok] of written) {
      test(`R12 an amount written as ${amount} is ${ok ? 'one' : 'none'}`, async () => {
        const client = await openClient(rail().gateway);
        client.socket.write(frameOf(JSON.stringify(request({ amount: 'AMOUNT' })).replace('"AMOUNT"', amount)));
        const answer = JSON.parse((await client.answer()) ?? '') as Json;
        assert.deepEqual([answer['ok'], answer['error']], ok ? [true, undefined] : [false, 'invalid_amount']);
        client.close();
      });
    }

    test('R12 of duplicate members the last wins', async () => {
      const client = await openClient(rail().gateway);
      client.socket.write(frameOf(JSON.stringify(request({ amount: 'AMOUNT' })).replace('"AMOUNT"', '0,"amount":1')));
      assert.equal((JSON.parse((await client.answer()) ?? '') as Json)['ok'], true);
      client.close();
    });

    test('nothing that fails validation is kept: the same key may come again and be good', async () => {
      const wanted = request({ amount: 0 });
      assert.equal(await rail().transferText(wanted), error('invalid_amount'));
      assert.equal((await rail().transfer({ ...wanted, amount: 1 }))['ok'], true);
    });

    test('and comes before the key is looked up', async () => {
      const wanted = request();
      await rail().transfer(wanted);
      assert.equal(await rail().transferText({ ...wanted, amount: 0 }), error('invalid_amount'));
    });

    test('keys of 1 and of 1,024 bytes are good, in any script', async () => {
      for (const key of ['\u0000', '😀'.repeat(256), `${'k'.repeat(1_020)}${++keys}`.slice(-1_024)]) {
        assert.equal((await rail().transfer(request({ idempotency_key: key })))['ok'], true);
      }
    });
  });

  suite('P-14 one outcome per key', () => {
    test('the same request again: the same bytes, no second movement', async () => {
      const wanted = request({ amount: 3 });
      const first = await rail().transferText(wanted);
      const before = await rail().balances();
      for (let i = 0; i < 3; i++) assert.equal(await rail().transferText(wanted), first);
      assert.deepEqual(await rail().balances(), before);
    });

    test('fifty at once on fresh sockets: the same bytes for all, one movement', async () => {
      const before = await rail().balances();
      const wanted = request({ amount: 11 });
      const answers = await Promise.all(Array.from({ length: 50 }, () => rail().transferText(wanted)));
      assert.equal(new Set(answers).size, 1);
      const after = await rail().balances();
      assert.equal(before['collection_pending']! - after['collection_pending']!, 11);
    });

    test('fifty at once in one pipeline', async () => {
      const before = await rail().balances();
      const client = await openClient(rail().gateway);
      client.send(...Array<Json>(50).fill(request({ amount: 13 })));
      const answers = await client.answers(50);
      assert.equal(new Set(answers).size, 1);
      client.close();
      const after = await rail().balances();
      assert.equal(before['collection_pending']! - after['collection_pending']!, 13);
    });

    test('with anything different: a conflict, without a tx_id, and the first outcome stands', async () => {
      const wanted = request({ amount: 2 });
      const first = await rail().transferText(wanted);
      const others = [
        { amount: 3 },
        { src: 'ops_float' },
        { dst: 'ops_float' },
        { src: 'payout_available', dst: 'collection_pending' },
      ];
      for (const changes of others) {
        assert.equal(await rail().transferText({ ...wanted, ...changes }), error('idempotency_conflict'));
      }
      assert.equal(await rail().transferText({ ...wanted, extra: 'member' }), first);
      assert.equal(await rail().transferText({ ...wanted, amount: 2.0 }), first);
    });

    test('R13 500 pipelined transfers are answered in the order in which they were sent', async () => {
      const requests = Array.from({ length: 500 }, () => request());
      const client = await openClient(rail().gateway);
      client.send(...requests);
      const answers = await client.answers(500);
      client.send(...requests.toReversed());
      assert.deepEqual(await client.answers(500), answers.toReversed());
      assert.equal(new Set(answers).size, 500);
      client.close();
    });
  });

  test('P-13 ids are unique and have at least four digits', async () => {
    const ids = (await Promise.all(Array.from({ length: 100 }, () => rail().transfer(request())))).map(
      ({ tx_id: txId }) => txId,
    );
    assert.equal(new Set(ids).size, 100);
    for (const id of ids) assert.match(String(id), /^tx-\d{4,}$/);
  });

  test('P-15 BALANCE at the payment gateway tells what the ledger tells', async () => {
    const text = await ask(rail().gateway, { op: 'BALANCE' });
    assert.equal(text, await ask(rail().ledger, { op: 'BALANCE' }));
    const { balances, total } = JSON.parse(text) as { balances: Record<string, number>; total: number };
    assert.deepEqual(Object.keys(balances), [
      'collection_pending',
      'payout_available',
      'settlement_bank',
      'dispute_reserve',
      'ops_float',
    ]);
    assert.equal(total, 50_000);
    assert.equal(
      Object.values(balances).reduce((sum, balance) => sum + balance, 0),
      total,
    );
  });

  test('P-16 STATS counts outcomes, and repeats count nothing', async () => {
    const before = await rail().stats();
    const good = request();
    const poor = request({ amount: 1_000_000 });
    const large = request({ amount: 1_000_000_001 });
    for (const wanted of [good, good, poor, poor, large, large]) await rail().transfer(wanted);
    await rail().transfer(request({ amount: 0 }));
    await rail().transfer({ ...good, amount: 2 });
    await ask(rail().gateway, { op: 'nothing' });
    const after = await rail().stats();
    const changes = Object.entries(after).flatMap(([name, count]) =>
      count === before[name] ? [] : [[name, count - before[name]!]],
    );
    assert.deepEqual(Object.fromEntries(changes), { ok: 1, fail: 4, invalid: 2, risk_denied: 1 });
    const names = [
      'ok',
      'fail',
      'invalid',
      'risk_denied',
      'risk_timeout',
      'debit_timeout',
      'compensation_ok',
      'compensation_failed',
      'compensation_retries',
    ];
    assert.deepEqual(
      names.filter((name) => typeof after[name] !== 'number'),
      [],
    );
  });
});

onBothEngines('risk limits', { BANK_VELOCITY_LIMIT: '3', BANK_SINGLE_TX_LIMIT: '5000' }, (rail) => {
  test('P-41 the amount cap: equal passes, above is refused with a tx_id, nothing moves', async () => {
    assert.equal((await rail().transfer(request({ src: 'ops_float', amount: 5_000 })))['ok'], true);
    const wanted = request({ src: 'ops_float', amount: 5_001 });
    const text = await rail().transferText(wanted);
    assert.match(text, /^\{"ok":false,"error":"transfer_amount_exceeds_limit","tx_id":"tx-\d{4,}"\}$/);
    assert.equal(await rail().transferText(wanted), text);
    assert.equal((await rail().balances())['ops_float'], 5_000);
  });

  test('P-41 velocity: three movements per source, a replay uses no slot, other sources go on', async () => {
    const wanted = request();
    await rail().transfer(wanted);
    for (let i = 0; i < 5; i++) assert.equal((await rail().transfer(wanted))['ok'], true);
    assert.equal((await rail().transfer(request()))['ok'], true);
    assert.equal((await rail().transfer(request()))['ok'], true);
    const denied = request();
    const text = await rail().transferText(denied);
    assert.match(text, /^\{"ok":false,"error":"daily_transfer_limit_exceeded","tx_id":"tx-\d{4,}"\}$/);
    assert.equal(await rail().transferText(denied), text);
    assert.equal((await rail().transfer(request({ src: 'dispute_reserve' })))['ok'], true);
  });

  test('P-30 CHECK and TRANSFER share the slots of a source', async () => {
    const check: Json = { op: 'CHECK', src: 'settlement_bank', dst: 'ops_float', amount: 1 };
    assert.equal((await rail().transfer(request({ src: 'settlement_bank' })))['ok'], true);
    assert.deepEqual(await askJson(rail().risk, check), { approved: true });
    assert.deepEqual(await askJson(rail().risk, check), { approved: true });
    assert.deepEqual(await askJson(rail().risk, check), { approved: false, reason: 'daily_transfer_limit_exceeded' });
    assert.equal(
      (await rail().transfer(request({ src: 'settlement_bank' })))['error'],
      'daily_transfer_limit_exceeded',
    );
  });
});
