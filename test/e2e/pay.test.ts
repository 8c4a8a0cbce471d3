/** `purser pay` as a process, and the sandbox's payer as phoenixd's clients see it (N-03). */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { InvoiceOrder, IssuedInvoice, LightningNode } from '../../src/lightning/node.ts';
import { openPhoenixd } from '../../src/lightning/phoenixd/phoenixd.ts';
import { openSandbox } from '../../src/lightning/sandbox/open.ts';
import { runCommand, type Ended } from '../rig/command.ts';
import { readInvoice } from '../rig/read-invoice.ts';
import { SandboxUnderTest } from '../rig/sandbox.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

let under: SandboxUnderTest;
let env: Readonly<Record<string, string>>;
before(async () => {
  under = await new SandboxUnderTest().start();
  env = { PURSER_PAYER_ADDR: new URL(under.url).host, PURSER_DATA: under.dataDir };
});
after(() => under.close());

const issue = (sats: bigint, more: Partial<InvoiceOrder> = {}): Promise<IssuedInvoice> =>
  under.sandbox.node.issue({ label: randomUUID(), sats, description: 'a page', expirySeconds: 600, ...more });

const pay = (bolt11: string, ...more: readonly string[]): Promise<Ended> => runCommand(['pay', bolt11, ...more], env);

const sha256 = (hex: unknown): string =>
  createHash('sha256')
    .update(Buffer.from(String(hex), 'hex'))
    .digest('hex');

const json = ({ out }: Ended): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

const expired = async (): Promise<IssuedInvoice> => {
  const invoice = await issue(1n, { expirySeconds: 1 });
  await until('expired', async () => (await under.sandbox.node.lookUp(invoice.paymentHash))?.state === 'closed');
  return invoice;
};

suite('purser pay', { concurrency: 2 }, () => {
  test('0: what programs read', async () => {
    const { bolt11, paymentHash } = await issue(21n);
    const ended = await pay(bolt11, '--json');
    assert.deepEqual([ended.code, ended.err], [0, '']);
    const { preimage, ...rest } = json(ended);
    assert.deepEqual(rest, { payment_hash: paymentHash, amount_sats: 21 });
    assert.equal(sha256(preimage), paymentHash);
    assert.equal((await under.sandbox.node.lookUp(paymentHash))?.receivedMsat, 21_000n);
  });

  test('0: what people read says that it is a sandbox', async () => {
    const { bolt11, paymentHash } = await issue(3n);
    const { code, out } = await pay(bolt11, '--table');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^PAYMENT HASH +${paymentHash}\nPREIMAGE +[0-9a-f]{64}\nSATS +3\nNETWORK .*sandbox`));
  });

  test('0: in a pipe it is JSON, and --payer and --data come first', async () => {
    const { bolt11 } = await issue(4n);
    const flags = ['--payer', env['PURSER_PAYER_ADDR']!, '--data', under.dataDir];
    const { code, out } = await runCommand(['pay', bolt11, ...flags], { PURSER_PAYER_ADDR: '127.0.0.1:2' });
    assert.deepEqual([code, (JSON.parse(out) as { amount_sats: number }).amount_sats], [0, 4]);
  });

  const refused: readonly { readonly what: string; readonly make: () => Promise<string>; readonly says: RegExp }[] = [
    { what: 'no invoice at all', make: async () => 'lnbcrt1nothing', says: /not paid: .*no BOLT11 invoice/ },
    { what: 'an expired invoice', make: async () => (await expired()).bolt11, says: /not paid: .*expired/ },
    { what: 'an empty wallet', make: async () => (await issue(100_000_000n)).bolt11, says: /not paid: .*funds/ },
    {
      what: 'an invoice that is paid already',
      async make() {
        const { bolt11 } = await issue(6n);
        assert.equal((await pay(bolt11)).code, 0);
        return bolt11;
      },
      says: /not paid: .*paid already/,
    },
    {
      what: 'real money',
      // From the examples of BOLT 11.
      make: async () =>
        'lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql',
      says: /not paid: /,
    },
  ];
  for (const { what, make, says } of refused) {
    test(`1: ${what}`, async () => {
      const ended = await pay(await make(), '--json');
      assert.equal(ended.code, 1, ended.err);
      assert.match(ended.err, says);
      assert.equal((json(ended)['error'] as { code: string }).code, 'payment_refused');
    });
  }

  test('2: no invoice, an address that is none', async () => {
    assert.deepEqual([(await runCommand(['pay'], env)).code, (await pay('x', '--payer', 'here')).code], [2, 2]);
  });

  test('3: nobody listens; the payer is starting for too long', async () => {
    const { code, err } = await pay('lnbcrt1', '--payer', '127.0.0.1:2');
    assert.equal(code, 3);
    assert.match(err, /no answer from the payer .*purser serve/);
    assert.doesNotMatch(err, new RegExp(under.password));
  });

  test('4: no password, a wrong one, one that would leave the machine, one that may not be read', async () => {
    const { bolt11 } = await issue(1n);
    assert.match((await pay(bolt11, '--data', '/nowhere')).err, /there is no \/nowhere\/payer\.password/);
    const other = temporaryDirectory();
    writeFileSync(join(other, 'payer.password'), 'another-password-of-another-server\n');
    const wrong = await pay(bolt11, '--data', other);
    assert.deepEqual([wrong.code, /refuses the password/.test(wrong.err)], [4, true]);
    const away = await pay(bolt11, '--payer', '192.0.2.1:9740');
    assert.deepEqual([away.code, /is not sent to 192\.0\.2\.1/.test(away.err)], [4, true]);
    mkdirSync(join(other, 'odd', 'payer.password'), { recursive: true });
    assert.equal((await pay(bolt11, '--data', join(other, 'odd'))).code, 4);
  });

  test('a held payment is waited for', async () => {
    const preimage = randomBytes(32).toString('hex');
    const { bolt11, paymentHash } = await issue(8n, { holdFor: sha256(preimage) });
    const paying = pay(bolt11, '--json');
    const { node } = under.sandbox;
    await until('held', async () => (await node.lookUp(paymentHash))?.state === 'held');
    await node.settle(preimage);
    assert.equal(json(await paying)['preimage'], preimage);
  });
});

suite("N-03: the payer in phoenixd's form", () => {
  test('payinvoice: a success, and what stands in the place of it', async () => {
    const { bolt11, paymentHash } = await issue(11n);
    const paid = await under.ask('/payinvoice', { invoice: bolt11 });
    assert.equal(paid.status, 200);
    const { paymentId, paymentPreimage, ...rest } = paid.json;
    assert.deepEqual(rest, { recipientAmountSat: 11, routingFeeSat: 0, paymentHash });
    assert.equal(sha256(paymentPreimage), paymentHash);
    const again = await under.ask('/payinvoice', { invoice: bolt11 });
    assert.deepEqual([again.status, Object.keys(again.json)], [200, ['paymentHash', 'reason']]);
    const record = await under.ask(`/payments/outgoing/${String(paymentId)}`);
    const { isPaid, sent, preimage } = record.json;
    assert.deepEqual({ isPaid, sent, preimage }, { isPaid: true, sent: 11, preimage: paymentPreimage });
    assert.equal((await under.ask(`/payments/outgoingbyhash/${paymentHash}`)).json['paymentId'], paymentId);
  });

  test('getbalance and getinfo tell of a funded channel on regtest', async () => {
    const hadSats = await under.balanceSats();
    await under.ask('/payinvoice', { invoice: (await issue(1_000n)).bolt11 });
    assert.equal(await under.balanceSats(), hadSats - 1_000n);
    const { json: info } = await under.ask('/getinfo');
    assert.deepEqual([info['chain'], info['version']], ['regtest', 'purser-sandbox']);
    const [channel] = info['channels'] as { state: string; balanceSat: number; capacitySat: number }[];
    assert.deepEqual([channel?.state, BigInt(channel!.balanceSat)], ['Normal', hadSats - 1_000n]);
  });

  test('createinvoice and the look-up of what comes in', async () => {
    const form = { amountSat: '12', description: 'to the payer', externalId: 'mine', expirySeconds: '77' };
    const { json: made } = await under.ask('/createinvoice', form);
    const read = readInvoice(String(made['serialized']));
    assert.equal(read.amountMsat, 12_000n);
    assert.equal(read.expiresAtMs - read.createdAtMs, 77_000);
    assert.deepEqual([made['amountSat'], made['paymentHash']], [12, read.paymentHash]);
    const { json: found } = await under.ask(`/payments/incoming/${read.paymentHash}`);
    const { isPaid, receivedSat, externalId, preimage } = found;
    assert.deepEqual({ isPaid, receivedSat, externalId }, { isPaid: false, receivedSat: 0, externalId: 'mine' });
    assert.equal(sha256(preimage), read.paymentHash);
  });

  test('N-03: lists of what went out and came in, by page, and an invoice taken apart', async () => {
    const { bolt11, paymentHash } = await issue(13n);
    await under.ask('/payinvoice', { invoice: bolt11 });
    const list = async (path: string): Promise<Record<string, unknown>[]> =>
      JSON.parse((await under.ask(`/payments/${path}`)).text) as Record<string, unknown>[];
    const [newest] = await list('outgoing?limit=1');
    assert.deepEqual([newest?.['paymentHash'], newest?.['isPaid'], newest?.['sent']], [paymentHash, true, 13]);
    const [next] = await list('outgoing?limit=1&offset=1');
    assert.notEqual(next?.['paymentId'], newest?.['paymentId']);
    assert.deepEqual(await list(`outgoing?to=1`), []);
    const { json: made } = await under.ask('/createinvoice', { amountSat: '5', description: 'unpaid' });
    assert.deepEqual(await list('incoming'), [], 'what nobody has paid is in the list with `all` only');
    const [unpaid] = await list('incoming?all=true&limit=1');
    assert.deepEqual([unpaid?.['paymentHash'], unpaid?.['isPaid']], [made['paymentHash'], false]);
    const { json: read } = await under.ask('/decodeinvoice', { invoice: bolt11 });
    const { chain, amount, expirySeconds, paymentSecret } = read;
    assert.deepEqual([chain, amount, read['paymentHash'], expirySeconds], ['regtest', 13_000, paymentHash, 600]);
    assert.match(String(paymentSecret), /^[0-9a-f]{64}$/);
  });

  test("N-03: our own phoenixd adapter issues on the payer's node, looks up and follows", async () => {
    const statuses: number[] = [];
    const front = createHttpServer((request, response) => {
      const headers = { Authorization: request.headers.authorization ?? '' };
      const forward = async (): Promise<void> => {
        const answer = await fetch(under.url + (request.url ?? ''), { headers });
        response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
        statuses.push(answer.status);
      };
      void forward();
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const adapter = (url: string): LightningNode =>
      openPhoenixd({
        url,
        password: under.password,
        certificate: undefined,
        network: 'regtest',
        clock: systemClock,
        pollMs: 5,
      });
    const node = adapter(under.url);
    const order = { label: randomUUID(), sats: 9n, description: 'to the payer', expirySeconds: 600 };
    const { paymentHash } = await node.issue(order);
    const status = await node.lookUp(paymentHash);
    assert.deepEqual([status?.state, status?.receivedMsat], ['open', 0n]);
    // Nobody in the sandbox can pay the payer: so the follower is given time to look, and must not have failed.
    const stop = new AbortController();
    const { port } = front.address() as AddressInfo;
    const follower = adapter(`http://127.0.0.1:${port}`);
    const told = follower.settlements(null, stop.signal)[Symbol.asyncIterator]().next();
    await until('a second look', () => statuses.length > 1);
    assert.ok(statuses.every((each) => each === 200));
    stop.abort();
    assert.equal((await told).done, true);
    await Promise.all([node.close(), follower.close()]);
    front.closeAllConnections();
    front.close();
  });

  test('whoever does not know the password learns nothing', async () => {
    for (const password of ['', 'x', `${under.password}x`, under.password.toUpperCase().slice(0, -1)]) {
      const { status, text } = await under.ask('/getbalance', undefined, password);
      assert.equal(status, 401);
      assert.doesNotMatch(text, /balance/i);
    }
    assert.equal((await fetch(`${under.url}/getinfo`)).status, 401);
    const bearer = await fetch(`${under.url}/getinfo`, { headers: { Authorization: `Bearer ${under.password}` } });
    assert.equal(bearer.status, 401);
    assert.match(bearer.headers.get('www-authenticate') ?? '', /^Basic /);
  });

  const mistakes: readonly (readonly [number, string, Readonly<Record<string, string>>?])[] = [
    [404, '/payinvoice'],
    [404, '/getbalance', {}],
    [404, '/somewhere'],
    [404, `/payments/incoming/${'0'.repeat(64)}`],
    [400, '/payments/incoming/short'],
    [404, `/payments/outgoing/${randomUUID()}`],
    [400, '/payinvoice', {}],
    [400, '/payinvoice', { invoice: 'lnbcrt1' }],
    [400, '/payinvoice', { invoice: 'x'.repeat(8_000) }],
    [413, '/payinvoice', { invoice: 'x'.repeat(20_000) }],
    [400, '/payments/incoming?limit=1001'],
    [400, '/payments/outgoing?from=yesterday'],
    [400, '/decodeinvoice', { invoice: 'lnbcrt1' }],
    [400, '/createinvoice', { amountSat: '1' }],
    [400, '/createinvoice', { description: 'x', amountSat: '0' }],
    [400, '/createinvoice', { description: 'x', amountSat: '1.5' }],
    [400, '/createinvoice', { description: 'x'.repeat(129) }],
    [400, '/createinvoice', { description: 'x', expirySeconds: '99999999999' }],
  ];
  for (const [status, path, form] of mistakes) {
    test(`${status}: ${form === undefined ? 'GET' : 'POST'} ${path} ${JSON.stringify(form ?? {}).slice(0, 60)}`, async () => {
      const answer = await under.ask(path, form);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, /^\w.*\.$|BOLT11 invoice$/);
    });
  }

  test('an invoice without an amount is paid with the one that is given', async () => {
    const { json: made } = await under.ask('/createinvoice', { description: 'as you like' });
    const unnamed = await under.ask('/payinvoice', { invoice: String(made['serialized']) });
    assert.equal(unnamed.status, 400);
    // The payer's own: there is no way to itself.
    const own = await under.ask('/payinvoice', { invoice: String(made['serialized']), amountSat: '5' });
    assert.deepEqual([own.status, typeof own.json['reason']], [200, 'string']);
  });

  test('while the node stands still, the payer says that it is not available', async () => {
    const silent = await new SandboxUnderTest().start(new URL('../rig/silent-thread.ts', import.meta.url));
    assert.equal((await silent.ask('/getbalance')).status, 503);
    await silent.close();
  });
});

suite('what keeps a sandbox from starting', () => {
  test('N-02: servers that share a database, and a node with real money beside it', async () => {
    const store = 'postgres://nobody@127.0.0.1:1/none';
    const shared = await runCommand(['serve', '--lightning', 'sandbox', '--store', store]);
    assert.deepEqual([shared.code, shared.out], [2, '']);
    assert.match(shared.err, /sandbox with --store/);
    for (const mixed of ['sandbox?macaroon-file=/m', 'sandbox+https://node:8080?macaroon-file=/m']) {
      const refused = await runCommand(['serve', '--lightning', mixed]);
      assert.equal(refused.code, 2, mixed);
      assert.match(refused.err, /must be sandbox, lnd\+https/);
    }
  });

  const opening = (dataDir: string, port = 0) =>
    openSandbox({ dataDir, payerAddress: { host: '127.0.0.1', port }, log() {} });

  test('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    await assert.rejects(opening(temporaryDirectory(), (taken.address() as { port: number }).port), /EADDRINUSE/);
    taken.close();
  });

  test('a password that others can read, or that is none', async () => {
    const data = temporaryDirectory();
    const file = join(data, 'payer.password');
    writeFileSync(file, `${'x'.repeat(64)}\n`, { mode: 0o600 });
    chmodSync(file, 0o644);
    await assert.rejects(opening(data), /chmod 600/);
    chmodSync(file, 0o600);
    writeFileSync(file, 'short\n');
    await assert.rejects(opening(data), /holds no password: delete it/);
  });

  test('no line of the log tells a secret', async () => {
    const said = JSON.stringify(under.lines);
    assert.match(said, /"sandbox":"true"/);
    assert.doesNotMatch(said, new RegExp(under.password));
  });
});
