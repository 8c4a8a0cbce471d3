/** Orders on the command line, as processes with a key for each party: what is printed, and how each command exits. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, suite, test } from 'node:test';
import { receiptFor, startApiServer, type ApiServer } from '../rig/api-server.ts';
import { LongCommand, runCommand, type Ended } from '../rig/command.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/purser');

type Env = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;

let server: ApiServer;
let operator: Env;
let buyer: Env;
let provider: Env;

const run = (env: Env, ...args: readonly string[]): Promise<Ended> => runCommand(args, env);
const json = ({ out }: Ended): Json => JSON.parse(out) as Json;
const itemsOf = (ended: Ended): readonly Json[] => json(ended)['items'] as readonly Json[];

async function keyFor(...flags: readonly string[]): Promise<Env> {
  const { key } = json(await run(operator, 'key', 'create', ...flags)) as { readonly key: string };
  return { ...operator, PURSER_KEY: key };
}

const offerFlags = (offer: string): readonly string[] =>
  `--offer-id ${offer} --seq 1 --provider weaver --node node-1 --service weaving --price 200 --unit per-item --depth 9`.split(
    ' ',
  );

const orderFlags = (order: string, offer: string): readonly string[] =>
  `--order-id ${order} --org acme --custodian alice --offer ${offer} --units 3 --max-price 600`.split(' ');

/** An order that opens; its execution's id. */
async function submitted(order: string, offer = 'cloth'): Promise<string> {
  const ended = await run(buyer, 'order', 'submit', ...orderFlags(order, offer));
  assert.equal(ended.code, 0, ended.err);
  return String(json(ended)['execution_id']);
}

const report = (execution: string, ...rest: readonly string[]): Promise<Ended> =>
  run(provider, 'execution', 'result', execution, '--status', 'completed', ...rest);

before(async () => {
  server = await startApiServer();
  operator = { PURSER_URL: server.url, PURSER_DATA: server.data };
  await server.client().applyTopUp(receiptFor('account:org:acme', 45_000));
  [buyer, provider] = await Promise.all([
    keyFor('--role', 'buyer', '--merchant', 'acme'),
    keyFor('--role', 'provider', '--account', 'account:participant:weaver'),
  ]);
  assert.equal((await run(operator, 'org', 'set', 'acme', '--custodian', 'alice')).code, 0);
  assert.equal((await run(provider, 'offer', 'publish', ...offerFlags('cloth'))).code, 0);
  const asked = await run(provider, 'offer', 'publish', ...offerFlags('asked'), '--accept', 'on-request');
  assert.equal(json(asked)['auto_accept'], false);
});

suite('organisations and offers', () => {
  test('org show and list', async () => {
    assert.equal(json(await run(buyer, 'org', 'show', 'acme'))['custodian_participant_id'], 'alice');
    assert.match((await run(operator, 'org', 'list', '--table')).out, /^ORG +CUSTODIAN .*\nacme +alice /);
    const none = await run(buyer, 'org', 'show', 'other');
    assert.deepEqual([none.code, /org_not_found[^]*purser org list/.test(none.err)], [5, true]);
  });

  test('offer publish, show, list and withdraw', async () => {
    const publish = ['offer', 'publish', ...offerFlags('lace'), '--expires-at', '2100-01-01T00:00:00Z'];
    assert.equal((await run(provider, ...publish)).code, 0);
    const again = await run(provider, ...publish, '--table');
    assert.match(again.out, /^OFFER +lace\nSEQ +1\nSTATUS +active\n[^]*PRICE +2\.00\n/);
    assert.match(again.err, /published before/);
    const other = await run(provider, ...publish, '--description', 'finer');
    assert.deepEqual([other.code, /idempotency_conflict.*description/.test(other.err)], [1, true]);
    const foreign = await run(buyer, ...publish);
    assert.equal(foreign.code, 4);
    assert.equal(json(await run(buyer, 'offer', 'show', 'lace'))['expires_at'], '2100-01-01T00:00:00.000Z');
    const list = ['offer', 'list', '--provider', 'weaver', '--service', 'weaving', '--status', 'active'];
    assert.ok(itemsOf(await run(buyer, ...list)).some((offer) => offer['offer_id'] === 'lace'));
    assert.equal(json(await run(provider, 'offer', 'withdraw', 'lace', '--reason', 'sold out'))['status'], 'withdrawn');
    assert.ok(!itemsOf(await run(buyer, ...list)).some((offer) => offer['offer_id'] === 'lace'));
  });
});

suite('orders', () => {
  test('S-41 order submit, show and list; the offer says what the flags leave out', async () => {
    const flags = [...orderFlags('o-1', 'cloth'), '--run', 'r-1', '--input', '{"pieces":3}'];
    const first = json(await run(buyer, 'order', 'submit', ...flags));
    assert.deepEqual([first['result'], first['price_amount']], ['opened-execution', 600]);
    const again = await run(buyer, 'order', 'submit', ...flags, '--table');
    assert.equal(again.code, 0);
    assert.match(again.out, /^RESULT +opened-execution\nORDER +o-1\n[^]*PRICE +6\.00\n/);
    assert.match(again.err, /nothing was held again/);
    const shown = await run(buyer, 'order', 'show', 'o-1', '--table');
    assert.match(
      shown.out,
      /^ORDER +o-1\nSTATE +opened\n[^]*EXECUTION STATE +opened\n[^]*HOLD STATE +active\nRECEIPT +pending\nRUN +r-1\n/,
    );
    assert.deepEqual(json(await run(provider, 'order', 'show', 'o-1'))['input'], { pieces: 3 });
    const listed = itemsOf(await run(buyer, 'order', 'list', '--org', 'acme', '--run', 'r-1', '--state', 'opened'));
    assert.deepEqual(
      listed.map((order) => order['order_id']),
      ['o-1'],
    );
  });

  const orderFile = {
    order_id: 'o-file',
    buyer_node_id: 'node-0',
    subject_kind: 'org',
    subject_id: 'acme',
    operator_participant_id: 'alice',
    provider_node_id: 'node-1',
    provider_participant_id: 'weaver',
    offer_id: 'cloth',
    offer_seq: 1,
    service_type: 'weaving',
    units: 2,
    max_price_amount: 400,
    max_price_currency: 'ORC',
  };

  test('an order of a file, and of standard input; flags come before it', async () => {
    const file = join(temporaryDirectory(), 'order.json');
    writeFileSync(file, JSON.stringify(orderFile));
    assert.equal(json(await run(buyer, 'order', 'submit', '--file', file))['price_amount'], 400);
    const { PATH = '', HOME = '' } = process.env;
    const args = ['order', 'submit', '--file', '-', '--order-id', 'o-stdin', '--units', '1'];
    const child = spawn(LAUNCHER, args, { env: { PATH, HOME, ...buyer }, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(orderFile));
    const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const { order_id: id, price_amount: price } = JSON.parse(out) as Json;
    assert.deepEqual([id, price], ['o-stdin', 200]);
  });

  test('1: a rejected order says why, and shows the answer all the same', async () => {
    const rejected = await run(buyer, 'order', 'submit', ...orderFlags('o-dear', 'cloth'), '--max-price', '599');
    assert.deepEqual([rejected.code, json(rejected)['classifier']], [1, 'price-exceeded']);
    assert.match(rejected.err, /^purser: the order is rejected: .*\(price-exceeded\)\n$/);
    const broke = await run(
      buyer,
      'order',
      'submit',
      ...orderFlags('o-broke', 'cloth'),
      '--units',
      '9999',
      '--max-price',
      '9999999',
    );
    assert.deepEqual([broke.code, json(broke)['retryable']], [1, true]);
    assert.match(broke.err, /settlement-blocked[^]*again later, under the same id/);
    const conflict = await run(buyer, 'order', 'submit', ...orderFlags('o-1', 'cloth'), '--units', '1');
    assert.deepEqual([conflict.code, /idempotency_conflict.*units/.test(conflict.err)], [1, true]);
  });

  const senseless: readonly [args: readonly string[], says: RegExp][] = [
    [['order', 'submit'], /--offer OFFER is missing/],
    [['order', 'submit', '--offer', 'cloth', '--org', 'acme'], /max_price_amount/],
    [['order', 'submit', '--offer', 'cloth', '--org', 'a', '--participant', 'b'], /two different buyers/],
    [['order', 'submit', '--offer', 'cloth', '--input', 'three'], /--input must be JSON/],
    [['order', 'submit', '--file', '/nowhere.json'], /--file cannot be read/],
    [['order', 'submit', '--offer', 'cloth', '--max-price', '6.00'], /write 600/],
    [['execution', 'result', 'x', '--status', 'done'], /--status must be one of/],
    [['execution', 'result', 'x', '--status', 'failed', '--error', 'broke'], /--error must be JSON/],
    [['execution', 'reject', 'x'], /--reason TEXT is missing/],
    [['dispute', 'resolve', 'x', '--for', 'me', '--reason', 'y'], /--for must be one of payer, payee/],
  ];
  for (const [args, says] of senseless)
    test(`2: purser ${args.join(' ')}`, async () => {
      const ended = await run(buyer, ...args);
      assert.equal(ended.code, 2, ended.err);
      assert.match(ended.err, says);
    });

  test('4 and 5: what is another’s, and what is not there', async () => {
    const other = await keyFor('--role', 'buyer', '--merchant', 'other');
    assert.equal((await run(other, 'order', 'submit', ...orderFlags('o-other', 'cloth'))).code, 4);
    const hidden = await run(other, 'order', 'show', 'o-1');
    assert.deepEqual([hidden.code, /order_not_found[^]*purser order list/.test(hidden.err)], [5, true]);
    assert.equal((await run(other, 'execution', 'show', 'nowhere')).code, 5);
    assert.equal((await run(other, 'dispute', 'show', 'nowhere')).code, 5);
    assert.equal((await run(buyer, 'order', 'submit', ...orderFlags('o-x', 'nowhere'))).code, 5);
  });
});

suite('executions', () => {
  test('result and accept: the provider is paid', async () => {
    const execution = await submitted('o-paid');
    const reported = await report(execution, '--output', '{"cloth":3}', '--table');
    assert.match(
      reported.out,
      /^EXECUTION +\S+\nSTATE +awaiting-acceptance\n[^]*RESULT +completed\nOUTPUT +\{"cloth":3\}\n/,
    );
    assert.match((await report(execution, '--output', '{"cloth":3}', '--table')).err, /was so before/);
    const other = await report(execution, '--output', '4');
    assert.deepEqual([other.code, /result_conflict/.test(other.err)], [1, true]);
    const accepted = json(await run(buyer, 'execution', 'accept', execution));
    assert.deepEqual([accepted['state'], (accepted['hold'] as Json)['state']], ['released', 'released']);
    const late = await run(buyer, 'execution', 'reject', execution, '--reason', 'late');
    assert.deepEqual([late.code, /from=released to=rejected/.test(late.err)], [1, true]);
    const listed = itemsOf(await run(buyer, 'execution', 'list', '--order', 'o-paid', '--state', 'released'));
    assert.deepEqual(
      listed.map((item) => item['execution_id']),
      [execution],
    );
  });

  test('provider-accept, decline, reject, release and refund', async () => {
    const rows: readonly [verb: string, who: Env, state: string, hold: string, offer: string, done: boolean][] = [
      ['provider-accept', provider, 'opened', 'active', 'asked', false],
      ['decline', provider, 'rejected', 'voided', 'asked', false],
      ['reject', buyer, 'rejected', 'refunded', 'cloth', true],
      ['release', operator, 'released', 'released', 'cloth', true],
      ['refund', operator, 'rejected', 'refunded', 'cloth', false],
    ];
    for (const [verb, who, state, hold, offer, done] of rows) {
      const execution = await submitted(`o-${verb}`, offer);
      if (done) assert.equal((await report(execution)).code, 0);
      const why = verb === 'provider-accept' ? [] : ['--reason', 'as agreed'];
      const answer = json(await run(who, 'execution', verb, execution, ...why));
      assert.deepEqual([answer['state'], (answer['hold'] as Json)['state']], [state, hold], verb);
    }
  });

  test('execution show --watch: again whenever it changes', async () => {
    const execution = await submitted('o-watched');
    const watch = new LongCommand(['execution', 'show', execution, '--watch'], buyer);
    const state = async (): Promise<unknown> => (JSON.parse(await watch.line()) as Json)['state'];
    assert.equal(await state(), 'opened');
    await report(execution);
    assert.equal(await state(), 'awaiting-acceptance');
    assert.equal(await watch.interrupt(), 0);
  });
});

suite('disputes', () => {
  test('S-41 dispute open, list, show and resolve, for one side and the other', async () => {
    for (const [side, hold] of [
      ['payer', 'refunded'],
      ['payee', 'released'],
    ] as const) {
      const execution = await submitted(`o-dispute-${side}`);
      const opened = json(await run(buyer, 'dispute', 'open', execution, '--reason', 'torn'));
      assert.deepEqual([opened['state'], (opened['hold'] as Json)['state']], ['open', 'frozen']);
      assert.match(
        (await run(buyer, 'dispute', 'open', execution, '--reason', 'torn', '--table')).err,
        /has its dispute already/,
      );
      const id = String(opened['dispute_id']);
      const open = itemsOf(await run(buyer, 'dispute', 'list', '--state', 'open'));
      assert.deepEqual(
        open.map((dispute) => dispute['dispute_id']),
        [id],
      );
      const resolve = ['dispute', 'resolve', id, '--for', side, '--reason', 'seen it'];
      assert.equal((await run(buyer, ...resolve)).code, 4);
      assert.equal((json(await run(operator, ...resolve))['hold'] as Json)['state'], hold);
      const shown = await run(provider, 'dispute', 'show', id, '--table');
      assert.match(shown.out, new RegExp(`FOR +${side}\n[^]*HOLD STATE +${hold}\nAMOUNT +6\\.00\nRULING +seen it\n`));
    }
  });
});
