/** LND's adapter under the contract of Lightning nodes, in front of a real LDK node; and what can go wrong with LND alone. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openLnd } from '../../src/lightning/lnd/lnd.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LightningUnavailable, type LightningNode } from '../../src/lightning/node.ts';
import { createAuthority } from '../rig/certificates.ts';
import { placeOf, sharedSkin } from '../rig/lightning-skin.ts';
import { LndSkin } from '../rig/lnd-skin.ts';
import { until } from '../rig/until.ts';
import { lightningContract } from './lightning.ts';
import { followed, nextOf, orderOf, restTrouble, type Connecting } from './lightning-trouble.ts';

const authority = createAuthority('lnd of the test');
const identity = authority.issue('localhost');
const MACAROON = '0201036c6e64';

function connect(
  { port, host = 'localhost', secret, certificate, network }: Connecting,
  callMs?: number,
): LightningNode {
  return openLnd({
    url: `https://${host}:${port}`,
    macaroon: secret ?? MACAROON,
    certificate: certificate ?? authority.cert,
    network: network ?? 'regtest',
    clock: systemClock,
    ...(callMs === undefined ? {} : { callMs }),
  });
}

const open = sharedSkin(() => LndSkin.open(MACAROON, identity));

lightningContract('LND', placeOf({ open, connect: (port, callMs) => connect({ port }, callMs), closesOpen: true }));

restTrouble('LND', {
  open,
  connect,
  issuing: '/v1/invoices',
  issued: (bolt11, hash) => ({
    status: 200,
    body: { payment_request: bolt11, r_hash: Buffer.from(hash, 'hex').toString('base64'), add_index: '1' },
  }),
});

suite('LND: its own habits', () => {
  let skin: LndSkin;
  let node: LightningNode;
  before(async () => {
    // One of its own: that nothing was ever settled cannot be had twice.
    skin = await LndSkin.open(MACAROON, identity);
    node = connect({ port: skin.server.port });
  });
  after(async () => {
    await node.close();
    await skin.server.close();
    await skin.money.close();
  });

  test('a certificate of somebody else is refused; so is one for another name, unless it is the very one that is expected', async () => {
    const hash = '00'.repeat(32);
    const rows: [Partial<Connecting>, RegExp | undefined][] = [
      [{ certificate: createAuthority('somebody').cert }, /certificate that is not the expected one/],
      [{ host: '127.0.0.1' }, /certificate that is not the expected one/],
      [{ host: '127.0.0.1', certificate: `${identity.cert}${authority.cert}` }, undefined],
      [{ host: '127.0.0.1', certificate: identity.cert }, undefined],
    ];
    for (const [how, refusal] of rows) {
      const other = connect({ port: skin.server.port, ...how });
      if (refusal === undefined) assert.equal(await other.lookUp(hash), undefined);
      else {
        const expected = { name: 'LightningRefused', message: refusal };
        await assert.rejects(other.lookUp(hash), expected);
        await assert.rejects(followed(other, null).next(), expected);
      }
      await other.close();
    }
  });

  test('a node that is still starting, or locked, is unavailable', async () => {
    for (const message of [
      'the RPC server is in the process of starting up, but not yet ready to accept calls',
      'wallet locked, unlock it to enable full RPC access',
    ]) {
      skin.server.instead = () => ({ status: 500, body: { code: 2, message, details: [] } });
      await assert.rejects(node.issue(orderOf(1n)), LightningUnavailable);
      await assert.rejects(followed(node, 'lnd 1').next(), LightningUnavailable);
      skin.server.instead = undefined;
    }
  });

  test('L-07: the first settlement of all is told live and to who comes later, though LND counts from one', async () => {
    const early = followed(node, null);
    const waiting = nextOf(early);
    const { bolt11, paymentHash } = await node.issue(orderOf(9n));
    assert.ok((await skin.money.pay(bolt11)).ok);
    const told = await waiting;
    assert.equal(told?.paymentHash, paymentHash);
    assert.equal(told.cursor, 'lnd 1');
    await early.return?.();
    assert.deepEqual(await nextOf(followed(node, null)), told);
  });

  test('L-07: a second settlement that is seen live before the first one does not hide it', async () => {
    const { bolt11 } = await node.issue(orderOf(9n));
    assert.ok((await skin.money.pay(bolt11)).ok);
    const second = { r_hash: Buffer.alloc(32).toString('base64'), state: 'SETTLED', settle_index: '2' };
    const once = new Map([
      // Nothing was settled yet when the list was read; then two are, and only the second comes by the subscription.
      ['/v1/invoices', { status: 200, body: { invoices: [], last_index_offset: '0' } }],
      ['/v1/invoices/subscribe', { status: 200, body: `${JSON.stringify({ result: second })}\n` }],
    ]);
    skin.server.instead = ({ url }) => {
      const answer = once.get(url.pathname);
      once.delete(url.pathname);
      return answer;
    };
    const following = followed(node, null);
    const cursors = [(await nextOf(following))?.cursor, (await nextOf(following))?.cursor];
    assert.deepEqual(cursors, ['lnd 1', 'lnd 2']);
    assert.equal(once.size, 0);
    skin.server.instead = undefined;
  });

  test('a line that is cut off in the middle tells nothing', async () => {
    skin.server.instead = ({ url, response }) => {
      if (url.pathname !== '/v1/invoices/subscribe') return undefined;
      response.write('{"result":{"r_hash":"', () => response.destroy());
      return 'answered';
    };
    const { bolt11, paymentHash } = await node.issue(orderOf(9n));
    assert.ok((await skin.money.pay(bolt11)).ok);
    await assert.rejects(followed(node, 'lnd 2').next(), LightningUnavailable);
    skin.server.instead = undefined;
    assert.equal((await nextOf(followed(node, 'lnd 2')))?.paymentHash, paymentHash);
  });

  test('an invoice of a node whose clock is an hour off is refused: nobody could tell when it expires', async () => {
    const { port } = skin.server;
    const options = { url: `https://localhost:${port}`, macaroon: MACAROON, certificate: authority.cert };
    const late = { ...systemClock, nowMs: () => systemClock.nowMs() + 3_600_000 };
    const fast = openLnd({ ...options, network: 'regtest', clock: late });
    await assert.rejects(fast.issue(orderOf(1n)), { name: 'LightningRefused', message: /clocks/ });
    await fast.close();
  });

  test('L-07: a subscription is renewed now and then, and nothing is lost between two of them', async () => {
    const { port } = skin.server;
    const options = { url: `https://localhost:${port}`, macaroon: MACAROON, certificate: authority.cert };
    const restless = openLnd({ ...options, network: 'regtest', clock: systemClock, renewalMs: 30 });
    const count = (): number => skin.server.requests.filter((request) => request.endsWith('/subscribe')).length;
    const following = followed(restless, 'lnd 3');
    const waiting = nextOf(following);
    const began = count();
    await until('renewed', () => count() > began + 2);
    const { bolt11, paymentHash } = await restless.issue(orderOf(9n));
    assert.ok((await skin.money.pay(bolt11)).ok);
    assert.equal((await waiting)?.paymentHash, paymentHash);
    await restless.close();
  });

  test('an error in the stream breaks it', async () => {
    skin.server.instead = ({ url }) =>
      url.pathname === '/v1/invoices/subscribe'
        ? { status: 200, body: `${JSON.stringify({ error: { code: 14, message: 'transport is closing' } })}\n` }
        : undefined;
    await assert.rejects(followed(node, 'lnd 1').next(), {
      name: 'LightningUnavailable',
      message: /transport is closing/,
    });
    skin.server.instead = undefined;
  });
});
