/** Core Lightning's adapter under the contract of Lightning nodes, in front of a real LDK node; and what can go wrong with it alone. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openCln } from '../../src/lightning/cln/cln.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LightningUnavailable, type LightningNode } from '../../src/lightning/node.ts';
import { createAuthority } from '../rig/certificates.ts';
import { ClnSkin } from '../rig/cln-skin.ts';
import { placeOf, sharedSkin } from '../rig/lightning-skin.ts';
import { lightningContract } from './lightning.ts';
import { followed, nextOf, orderOf, restTrouble, type Connecting } from './lightning-trouble.ts';

const authority = createAuthority('cln of the test');
const identity = authority.issue('localhost');
const RUNE = 'b25seS1mb3ItdGhpcy10ZXN0';

function connect(
  { port, host = 'localhost', secret, certificate, network }: Connecting,
  callMs?: number,
): LightningNode {
  return openCln({
    url: `https://${host}:${port}`,
    rune: secret ?? RUNE,
    certificate: certificate ?? authority.cert,
    network: network ?? 'regtest',
    clock: systemClock,
    ...(callMs === undefined ? {} : { callMs }),
  });
}

const open = sharedSkin(() => ClnSkin.open(RUNE, identity));

lightningContract(
  'Core Lightning',
  placeOf({ open, connect: (port, callMs) => connect({ port }, callMs), closesOpen: false }),
);

restTrouble('Core Lightning', {
  open,
  connect,
  issuing: '/v1/invoice',
  issued: (bolt11, paymentHash) => ({ status: 201, body: { bolt11, payment_hash: paymentHash, expires_at: 0 } }),
});

suite('Core Lightning: its own habits', () => {
  let skin: ClnSkin;
  let node: LightningNode;
  before(async () => {
    skin = await open();
    node = connect({ port: skin.server.port });
  });
  after(() => node.close());

  test('a certificate of somebody else is refused', async () => {
    const other = connect({ port: skin.server.port, certificate: createAuthority('somebody').cert });
    const expected = { name: 'LightningRefused', message: /certificate that is not the expected one/ };
    await assert.rejects(other.lookUp('00'.repeat(32)), expected);
    await other.close();
  });

  test('an order whose answer was lost gets the same invoice again, by its label', async () => {
    const order = orderOf(12n);
    skin.server.instead = ({ url, response }) => {
      if (url.pathname !== '/v1/invoice') return undefined;
      // It is done, but the answer does not arrive.
      response.end = () => response.destroy();
      return undefined;
    };
    await assert.rejects(node.issue(order), LightningUnavailable);
    skin.server.instead = undefined;
    const again = await node.issue(order);
    assert.equal((await node.issue(order)).bolt11, again.bolt11);
    assert.ok((await skin.money.pay(again.bolt11)).ok);
    // Paid, it is no invoice to hand out any more.
    await assert.rejects(node.issue(order), { name: 'LightningRefused', message: /label/ });
  });

  test('a label that is taken by another invoice is refused', async () => {
    const order = orderOf(12n);
    await node.issue(order);
    await assert.rejects(node.issue({ ...order, sats: 13n }), { name: 'LightningRefused', message: /another amount/ });
  });

  test('a long poll that ends without a payment goes on', async () => {
    const { bolt11, paymentHash } = await node.issue(orderOf(9n));
    let polls = 0;
    skin.server.instead = ({ url }) => {
      if (url.pathname !== '/v1/waitanyinvoice') return undefined;
      polls += 1;
      if (polls > 3) return undefined;
      return { status: 500, body: { code: 904, message: 'Timed out while waiting for invoice to be paid' } };
    };
    const following = followed(node, null);
    assert.ok((await skin.money.pay(bolt11)).ok);
    let told = await nextOf(following);
    while (told?.paymentHash !== paymentHash) told = await nextOf(following);
    assert.ok(polls > 3);
    skin.server.instead = undefined;
  });

  test('when the plugin speaks, but lightningd does not answer it, the node is unavailable', async () => {
    skin.server.instead = () => ({ status: 500, body: { code: null, data: null, message: 'Connection refused' } });
    await assert.rejects(node.issue(orderOf(1n)), LightningUnavailable);
    skin.server.instead = undefined;
  });

  test('amounts are read in the form of before 23.08, too', async () => {
    const { paymentHash } = await node.issue(orderOf(9n));
    const paid = {
      label: 'l',
      payment_hash: paymentHash,
      status: 'paid',
      amount_received_msat: '9000msat',
      paid_at: 1_700_000_000,
    };
    skin.server.instead = () => ({ status: 201, body: { invoices: [paid] } });
    assert.deepEqual(await node.lookUp(paymentHash), {
      paymentHash,
      state: 'settled',
      receivedMsat: 9_000n,
      heldMsat: 0n,
      settledAtMs: 1_700_000_000_000,
    });
    skin.server.instead = undefined;
  });
});
