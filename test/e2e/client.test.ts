/** The client against a real server, also through a network that loses, cuts and delays. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { PurserError, readJson, UnreachableError, writeJson, type Client } from '../../src/client/client.ts';
import { receiptFor, startApiServer, type ApiServer } from '../rig/api-server.ts';
import { collect } from '../rig/collect.ts';
import { HttpFront } from '../rig/http-front.ts';
import { until } from '../rig/until.ts';

const PAYER = 'account:org:acme';
const PAYEE = 'account:participant:weaver';

/** Short pauses: a test waits for what happens, not for time. */
const quick = { pauseMsMin: 1, pauseMsMax: 2, everyMs: 5 };

let server: ApiServer;
let purser: Client;
before(async () => {
  server = await startApiServer();
  purser = server.client();
});

let orders = 0;
const holdTerms = (amount = 100) => ({
  payer_account_id: PAYER,
  payee_account_id: PAYEE,
  amount,
  order_id: `order-${++orders}`,
});

/** A client behind a front of its own, and what the front has seen. */
async function behindFront(bounds: object = {}): Promise<{ client: Client; front: HttpFront }> {
  const front = await HttpFront.before(server.url);
  return { client: server.client({ url: front.url, bounds: { ...quick, ...bounds } }), front };
}

const transfer = { src: 'ops_float', dst: 'dispute_reserve', amount: 7 };

suite('operations', () => {
  test('settlement: top-up, account, holds and their moves, history', async () => {
    const receipt = receiptFor(PAYER, 50_000);
    const first = await purser.call('applyTopUp', receipt);
    assert.deepEqual([first.body.outcome, first.replayed], ['applied', false]);
    const again = await purser.call('applyTopUp', receipt);
    assert.deepEqual([again.body.outcome, again.replayed], ['already_applied', true]);

    const earlier = await purser.readAccount({ account_id: PAYER });
    const hold = await purser.createHold({ ...holdTerms(1_250), hold_id: 'hold:1' });
    assert.equal(hold.hold_id, 'hold:1');
    const held = await purser.readAccount({ account_id: PAYER });
    assert.deepEqual([held.available, held.held], [earlier.available - 1_250, earlier.held + 1_250]);
    const released = await purser.releaseHold({ hold_id: 'hold:1', reason: 'delivered' });
    assert.deepEqual(await purser.readHold({ hold_id: 'hold:1' }), released);
    assert.equal((await purser.call('releaseHold', { hold_id: 'hold:1', reason: 'again' })).replayed, true);
    const [newest] = (await purser.listEntries({ account_id: PAYEE, limit: 1 }).page()).items;
    assert.deepEqual([newest?.kind, newest?.reference], ['release_in', 'hold:1']);
    assert.equal((await purser.listTopUps({ account_id: PAYER }).page()).items.length, 1);
  });

  test('a list goes through all pages, or gives the one page that was asked for', async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.push((await purser.createHold(holdTerms())).hold_id);
    const list = purser.listHolds({ state: 'active', account_id: PAYER, limit: 2 });
    const found = (await collect(list)).map((hold) => hold.hold_id);
    assert.deepEqual(found, made.toReversed());
    const first = await list.page();
    assert.deepEqual(
      first.items.map((hold) => hold.hold_id),
      found.slice(0, 2),
    );
    const second = await purser.listHolds({ state: 'active', cursor: first.next_cursor!, limit: 2 }).page();
    assert.equal(second.items[0]?.hold_id, found[2]);
    const sizes = (await collect(list.pages())).map(({ items }) => items.length);
    assert.deepEqual(sizes, [2, 2, 1]);
  });

  test('payment rail: transfers with a key of their own, balances, counters', async () => {
    const earlier = await purser.getBalances();
    const reply = await purser.call('createTransfer', transfer);
    assert.match(reply.idempotencyKey!, /^[0-9a-f-]{36}$/);
    const recorded = await purser.getTransfer({ tx_id: reply.body.tx_id });
    assert.deepEqual([recorded.outcome, recorded.idempotency_key], ['ok', reply.idempotencyKey]);
    assert.deepEqual(await purser.createTransfer({ ...transfer, idempotency_key: reply.idempotencyKey }), reply.body);
    const key = 'a key of € and spaces';
    const { tx_id: id } = await purser.createTransfer({ ...transfer, idempotency_key: key });
    const [byKey] = await collect(purser.listTransfers({ idempotency_key: key }));
    assert.equal(byKey?.tx_id, id);
    const batch = await purser.createTransfers({
      transfers: [
        { ...transfer, idempotency_key: 'batch 1' },
        { ...transfer, amount: 10 ** 9, idempotency_key: 'batch 2' },
      ],
    });
    assert.deepEqual(
      batch.results.map(({ ok }) => ok),
      [true, false],
    );
    const after = await purser.getBalances();
    assert.equal(after.balances['ops_float'], earlier.balances['ops_float']! - 3 * transfer.amount);
    assert.ok((await purser.getStats()).ok >= 3);
    assert.match(await purser.readMetrics(), /^# HELP /m);
    assert.deepEqual(await collect(purser.listCompensations()), []);
  });

  test('keys: made, used, revoked', async () => {
    const { key, key_id: id } = await purser.createKey({ role: 'auditor' });
    const auditor = server.client({ key });
    assert.equal((await auditor.getBalances()).total, (await purser.getBalances()).total);
    const forbidden = await assertRefused(auditor.createTransfer(transfer), 'forbidden', 403);
    assert.ok(forbidden.idempotencyKey !== undefined && forbidden.requestId !== undefined);
    const revoked = await purser.revokeKey({ key_id: id });
    assert.ok(revoked.revoked_at !== null);
    await assertRefused(auditor.getBalances(), 'unauthorized', 401);
    const [newest] = await collect(purser.listKeys({ role: 'auditor' }));
    assert.deepEqual(newest, revoked);
  });

  test('a refusal has its code, its status and its details', async () => {
    const missing = await assertRefused(purser.readHold({ hold_id: 'nowhere' }), 'hold_not_found', 404);
    assert.deepEqual(missing.details, {});
    const poor = await assertRefused(purser.createHold(holdTerms(10 ** 12)), 'insufficient_funds', 409);
    assert.equal(typeof poor.details['available'], 'number');
    const strange = { ...transfer, colour: 'red' };
    const unknown = await assertRefused(purser.createTransfer(strange), 'unknown_field', 400);
    assert.deepEqual(unknown.details, { field: 'colour' });
  });

  test('an id is one segment of a path, whatever it holds; a key is what a header carries', async () => {
    await assertRefused(purser.readHold({ hold_id: 'a/../b?c' }), 'invalid_request', 400);
    for (const id of ['', '.', '..']) await assert.rejects(purser.readHold({ hold_id: id }), TypeError);
    for (const key of [' k', 'k\n', '\ud800'])
      await assert.rejects(purser.createTransfer({ ...transfer, idempotency_key: key }), TypeError);
  });
});

async function assertRefused(call: Promise<unknown>, code: string, status: number): Promise<PurserError> {
  const error = await call.then(
    () => assert.fail(`not refused with ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PurserError, String(error));
  assert.deepEqual([error.code, error.status], [code, status]);
  return error;
}

suite('when the network fails', () => {
  test('a lost answer: the transfer is asked for again under the same key, and happens once', async () => {
    const { client, front } = await behindFront();
    front.fates = ['lose-answer', 'lose-answer'];
    const earlier = await purser.getBalances();
    const { body, replayed } = await client.call('createTransfer', transfer);
    assert.equal(replayed, true);
    assert.equal(front.seen.length, 3);
    assert.equal(new Set(front.seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
    const after = await purser.getBalances();
    assert.equal(body.src_balance, after.balances['ops_float']);
    assert.equal(after.balances['ops_float'], earlier.balances['ops_float']! - transfer.amount);
  });

  test('what has its own id is asked for again, too: a hold is reserved once', async () => {
    const { client, front } = await behindFront();
    front.fates = ['lose-answer'];
    const { held } = await purser.readAccount({ account_id: PAYER });
    const { replayed } = await client.call('createHold', holdTerms(300));
    assert.deepEqual([replayed, front.seen.length], [true, 2]);
    assert.equal((await purser.readAccount({ account_id: PAYER })).held, held + 300);
  });

  test('a key without an id of its own is asked for once only: a second one would belong to nobody', async () => {
    const { client, front } = await behindFront();
    front.fates = ['lose-answer'];
    await assert.rejects(client.createKey({ role: 'buyer' }), UnreachableError);
    assert.equal(front.seen.length, 1);
    front.fates = ['lose-answer'];
    const named = await client.call('createKey', { role: 'buyer', key_id: '0123456789abcdef' });
    assert.deepEqual([named.replayed, named.body.key, front.seen.length], [true, undefined, 3]);
  });

  test('attempts have a bound, and the error has the key to ask again with', async () => {
    const { client, front } = await behindFront({ attemptsMax: 3 });
    front.fates = Array.from({ length: 9 }, () => ({ status: 503 }));
    const error = await assertRefused(client.createTransfer(transfer), 'unexpected_answer', 503);
    assert.equal(front.seen.length, 3);
    assert.equal(error.idempotencyKey, front.seen[0]?.headers['idempotency-key']);
    front.fates = ['lose-answer', 'lose-answer', 'lose-answer'];
    const lost = await client.createTransfer(transfer).catch((reason: unknown) => reason);
    assert.ok(lost instanceof UnreachableError && lost.idempotencyKey !== undefined);
    const [found] = await collect(purser.listTransfers({ idempotency_key: lost.idempotencyKey }));
    assert.equal(found?.outcome, 'ok');
  });

  const statuses: readonly [status: number, retryAfter: string, requests: number][] = [
    [429, '0', 2],
    [503, '0', 2],
    [504, '0', 2],
    [503, '3600', 1], // longer than is worth waiting for
    [500, '0', 1],
    [409, '0', 1],
  ];
  for (const [status, retryAfter, requests] of statuses) {
    test(`status ${status}, Retry-After ${retryAfter}: ${requests === 1 ? 'told at once' : 'asked again'}`, async () => {
      const { client, front } = await behindFront();
      front.fates = [{ status, headers: { 'Retry-After': retryAfter } }];
      const answered = client.createTransfer(transfer);
      if (requests === 1) await assert.rejects(answered, PurserError);
      else await answered;
      assert.equal(front.seen.length, requests);
    });
  }

  test('Retry-After is waited for', async () => {
    const { client, front } = await behindFront();
    front.fates = [{ status: 503, headers: { 'Retry-After': '1' } }];
    const startedMs = performance.now();
    await client.getBalances();
    assert.ok(performance.now() - startedMs >= 990);
  });

  test('an answer that never comes is given up in time', async () => {
    const { client, front } = await behindFront({ timeoutMs: 50, attemptsMax: 2 });
    front.fates = ['swallow', 'swallow'];
    await assert.rejects(client.getBalances(), (error: unknown) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(error.message, /nothing for 0\.05 s/);
      return true;
    });
    assert.equal(front.seen.length, 2);
  });

  test('a signal ends a call with its reason, also while it pauses', async () => {
    const { client, front } = await behindFront({ pauseMsMin: 60_000, pauseMsMax: 60_000 });
    const stopping = new AbortController();
    front.fates = [{ status: 503, headers: { 'Retry-After': '29' } }];
    const call = client.getBalances({}, { signal: stopping.signal });
    const reason = new Error('enough');
    stopping.abort(reason);
    await assert.rejects(call, reason);
    // What is asked for once only has no pause in which the signal would be seen.
    front.fates = ['swallow'];
    const later = new AbortController();
    const made = client.createKey({ role: 'buyer' }, { signal: later.signal });
    await until('the request to arrive', () => front.seen.at(-1)?.target === '/v1/keys');
    later.abort(reason);
    await assert.rejects(made, reason);
  });

  test('a redirect is not followed: the key goes nowhere else', async () => {
    const elsewhere = await HttpFront.before(server.url);
    const { client, front } = await behindFront({ attemptsMax: 1 });
    front.fates = [{ status: 307, headers: { Location: `${elsewhere.url}/v1/balances` } }];
    await assert.rejects(client.getBalances(), UnreachableError);
    assert.equal(elsewhere.seen.length, 0);
  });

  test('a page of something in between is no answer', async () => {
    const { client, front } = await behindFront();
    front.fates = [{ status: 200, body: '<html>Please log in</html>' }];
    await assertRefused(client.getBalances(), 'unexpected_answer', 200);
  });

  test('nobody listens', async () => {
    const nowhere = server.client({ url: 'http://127.0.0.1:2', bounds: quick });
    await assert.rejects(nowhere.getBalances(), UnreachableError);
  });
});

suite('streams and changes', () => {
  test('facts come in order, none twice and none left out, although the connection breaks again and again', async () => {
    const { client, front } = await behindFront();
    const stopping = new AbortController();
    front.fates = ['cut-answer', 'cut-answer', { status: 503 }, 'cut-answer'];
    const recorded = await collect(purser.listFacts({ limit: 1_000 }));
    const seen: number[] = [];
    // The last connection has nothing new at first: what is recorded now has to come through it.
    let moved = false;
    await assert.rejects(async () => {
      for await (const { seq } of client.streamFacts({}, { signal: stopping.signal })) {
        seen.push(seq);
        if (seq >= recorded.length + 4) stopping.abort(new Error('seen enough'));
        if (moved || seq < recorded.length) continue;
        moved = true;
        for (let i = 0; i < 4; i++) await purser.createTransfer(transfer);
      }
    }, /seen enough/);
    assert.deepEqual(
      seen,
      Array.from(seen, (_, i) => i + 1),
    );
    assert.ok(seen.length >= recorded.length + 4);
    const resumed = front.seen.map(({ headers }) => headers['last-event-id']);
    assert.equal(resumed[0], undefined);
    assert.ok(resumed.length >= 4 && resumed.slice(1).some((id) => id !== undefined));
  });

  test('whoever stops reading lets go of the connection', async () => {
    const { client, front } = await behindFront();
    for await (const fact of client.streamFacts({ after: 0 })) {
      assert.equal(fact.seq, 1);
      break;
    }
    await until('the front to see it', () => front.left === 1);
  });

  test('only facts of one type', async () => {
    const type = 'ledger/opened.v1';
    for await (const fact of purser.streamFacts({ type })) {
      assert.equal(fact.type, type);
      if (fact.seq === 5) break;
    }
  });

  test('a stream that may not be read, and one that does not come back', async () => {
    const { key } = await purser.createKey({ role: 'buyer' });
    const read = (client: Client): Promise<unknown> => collect(client.streamFacts());
    await assertRefused(read(server.client({ key })), 'forbidden', 403);
    const { client, front } = await behindFront({ streamAttemptsMax: 3, attemptsMax: 2 });
    front.fates = ['cut-answer', ...Array.from({ length: 9 }, () => ({ status: 502 }))];
    await assertRefused(read(client), 'unexpected_answer', 502);
    assert.equal(front.seen.length, 4);
  });

  test('a stream that falls silent is opened anew', async () => {
    const { client, front } = await behindFront({ silenceMs: 100 });
    front.fates = ['swallow'];
    for await (const { seq } of client.streamFacts({})) {
      assert.equal(seq, 1);
      break;
    }
    assert.equal(front.seen.length, 2);
  });

  test('changes: the answer now and whenever it is another; in between nothing is sent', async () => {
    const { client, front } = await behindFront();
    const account = 'account:org:watched';
    const seen: number[] = [];
    for await (const { available } of client.changes('readAccount', { account_id: account })) {
      seen.push(available);
      if (seen.length === 3) break;
      const unchanged = front.seen.length;
      void until('it to look again', () => front.seen.slice(unchanged).some(({ status }) => status === 304)).then(() =>
        purser.applyTopUp(receiptFor(account, 10)),
      );
    }
    assert.deepEqual(seen, [0, 10, 20]);
  });
});

test('integers keep their digits', () => {
  const text = '{"at":1795270770123456789,"amount":9007199254740991,"ratio":0.5}';
  assert.deepEqual(readJson(text), { at: 1_795_270_770_123_456_789n, amount: 2 ** 53 - 1, ratio: 0.5 });
  assert.equal(writeJson(readJson(text)), text);
});

test('examples/client.mjs does what it says', async () => {
  const { PATH = '' } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/client.mjs'], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH, PURSER_URL: server.url, PURSER_DATA: server.data },
  });
  assert.match(
    stdout,
    /^reserved 1200 in hold [^]*refused: insufficient_funds[^]* top_up [^]*the provider has 1200\n$/,
  );
});
