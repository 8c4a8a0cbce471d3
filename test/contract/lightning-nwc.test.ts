/** The adapter to Nostr wallets under the contract of Lightning nodes: two wallets over a real relay, in front of a real LDK node. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import {
  LightningRefused,
  LightningUnavailable,
  type LightningNode,
  type Settlement,
} from '../../src/lightning/node.ts';
import { openNwc } from '../../src/lightning/nwc/nwc.ts';
import { standStill } from '../rig/lightning-skin.ts';
import { NwcSkin } from '../rig/nwc-skin.ts';
import { until } from '../rig/until.ts';
import { lightningContract, type Backend, type BackendPlace } from './lightning.ts';
import { followed, nextOf, orderOf } from './lightning-trouble.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const everything = [
  'make_invoice',
  'lookup_invoice',
  'list_transactions',
  'make_hold_invoice',
  'settle_hold_invoice',
  'cancel_hold_invoice',
];

const connect = (uri: string, more: { callMs?: number; pollMs?: number } = {}): LightningNode =>
  openNwc({ uri, network: 'regtest', clock: systemClock, pollMs: 20, ...more });

function placeOf(serve: (skin: NwcSkin) => Promise<void>): BackendPlace {
  return {
    network: 'bcrt',
    paidTwice: 'counted',
    closesOpen: false,
    async open(): Promise<Backend> {
      const skin = await NwcSkin.open();
      await serve(skin);
      const node = connect(skin.uri);
      // Until the wallet has been reached nobody knows what it can do.
      await node.lookUp('00'.repeat(32));
      return {
        node,
        payeeKey: skin.money.nodeId,
        pay: (bolt11) => skin.money.pay(bolt11),
        payerMsat: () => skin.money.payerMsat(),
        async close() {
          await node.close();
          await skin.close();
        },
      };
    },
    async silent() {
      const { port, end } = await standStill();
      const uri = `nostr+walletconnect://${'ab'.repeat(32)}?relay=ws://127.0.0.1:${port}&secret=${'cd'.repeat(32)}`;
      return { node: connect(uri, { callMs: 150 }), end };
    },
  };
}

lightningContract(
  'NWC with the wallet of another project',
  placeOf((skin) => skin.serveAlby()),
);
lightningContract(
  'NWC with a wallet that holds',
  placeOf((skin) => skin.serveHolding('nip44_v2', everything)),
);

suite('NWC: trouble', () => {
  let skin: NwcSkin;
  let node: LightningNode;
  before(async () => {
    skin = await NwcSkin.open();
    await skin.serveHolding('nip44_v2', everything);
    node = connect(skin.uri);
  });
  after(async () => {
    await node.close();
    await skin.close();
  });

  const pay = async (by: LightningNode, sats: bigint): Promise<string> => {
    const { bolt11, paymentHash } = await by.issue(orderOf(sats));
    assert.ok((await skin.money.pay(bolt11)).ok);
    return paymentHash;
  };
  const toldOf = async (following: AsyncIterator<Settlement>, paymentHash: string): Promise<Settlement> => {
    let told = await nextOf(following);
    while (told !== undefined && told.paymentHash !== paymentHash) told = await nextOf(following);
    assert.ok(told !== undefined);
    return told;
  };

  test('what the wallet can do is known once it has been reached', async () => {
    const fresh = connect(skin.uri);
    assert.equal(fresh.canHold, false);
    const preimage = randomBytes(32);
    const holdFor = sha256(preimage);
    assert.equal((await fresh.issue({ ...orderOf(1n), holdFor })).paymentHash, holdFor);
    assert.equal(fresh.canHold, true);
    await fresh.close();
  });

  test('what is held goes back also when the wallet has not been reached before; an ordinary invoice is left to expire', async () => {
    const preimage = randomBytes(32);
    const { bolt11, paymentHash } = await node.issue({ ...orderOf(2n), holdFor: sha256(preimage) });
    const paying = skin.money.pay(bolt11);
    await until('held', async () => (await node.lookUp(paymentHash))?.state === 'held');
    skin.instead = (method) =>
      method === 'cancel_hold_invoice' ? { error: { code: 'OTHER', message: 'not now' } } : undefined;
    await assert.rejects(node.cancel(paymentHash), LightningRefused);
    await node.cancel((await node.issue(orderOf(2n))).paymentHash);
    skin.instead = undefined;
    const fresh = connect(skin.uri);
    await fresh.cancel(paymentHash);
    assert.equal((await paying).ok, false);
    await fresh.close();
  });

  test('a notification wakes the follower long before it would ask by itself', async () => {
    const slow = connect(skin.uri, { pollMs: 600_000 });
    const following = followed(slow, null);
    await toldOf(following, await pay(slow, 2n));
    const waiting = nextOf(following);
    const paymentHash = await pay(slow, 3n);
    assert.equal((await waiting)?.paymentHash, paymentHash);
    await slow.close();
  });

  test('a wallet that always gives the first page of its list is not asked for ever', async () => {
    skin.knowsNoPages = true;
    await toldOf(followed(node, null), await pay(node, 4n));
    skin.knowsNoPages = false;
  });

  test('a notification that is lost delays, and nothing more', async () => {
    skin.relay.lostKinds.add(23_197);
    const following = followed(node, null);
    await toldOf(following, await pay(node, 4n));
    skin.relay.lostKinds.clear();
  });

  test('N-04: a follower hears that the relay is gone, and goes on from its cursor without a loss', async () => {
    const following = followed(node, null);
    const { cursor } = await toldOf(following, await pay(node, 5n));
    const { bolt11, paymentHash } = await node.issue(orderOf(6n));
    const broken = assert.rejects(async () => {
      for (;;) await following.next();
    }, LightningUnavailable);
    await skin.relay.close();
    await broken;
    assert.ok((await skin.money.pay(bolt11)).ok);
    await assert.rejects(node.lookUp(paymentHash), LightningUnavailable);
    await skin.relay.listen();
    // The wallet was cut off as well and comes back.
    await skin.serveHolding('nip44_v2', everything);
    assert.equal((await nextOf(followed(node, cursor)))?.paymentHash, paymentHash);
  });

  test('a wallet that encrypts as before (NIP-04) is understood, in its notifications, too', async () => {
    const old = await NwcSkin.open();
    await old.serveHolding('nip04', everything);
    const slow = connect(old.uri, { pollMs: 600_000 });
    const waiting = nextOf(followed(slow, null));
    const { bolt11, paymentHash } = await slow.issue(orderOf(8n));
    assert.ok((await old.money.pay(bolt11)).ok);
    assert.equal((await waiting)?.paymentHash, paymentHash);
    await slow.close();
    await old.close();
  });

  test('a connection on which nobody answers any more is given up for a new one', async () => {
    const own = await NwcSkin.open();
    await own.serveHolding('nip44_v2', everything);
    const impatient = connect(own.uri, { callMs: 500 });
    const { paymentHash } = await impatient.issue(orderOf(6n));
    own.relay.deafen();
    await own.serveHolding('nip44_v2', everything);
    await assert.rejects(impatient.lookUp(paymentHash), LightningUnavailable);
    assert.equal((await impatient.lookUp(paymentHash))?.state, 'open');
    await impatient.close();
    await own.close();
  });

  test('a wallet that lists nothing is asked for each open invoice', async () => {
    const poor = await NwcSkin.open();
    await poor.serveHolding('nip44_v2', ['make_invoice', 'lookup_invoice']);
    const own = connect(poor.uri);
    const following = followed(own, null);
    const waiting = nextOf(following);
    await own.issue(orderOf(1n));
    const { bolt11, paymentHash } = await own.issue(orderOf(8n));
    assert.ok((await poor.money.pay(bolt11)).ok);
    const told = await waiting;
    assert.deepEqual([told?.paymentHash, told?.receivedMsat], [paymentHash, 8_000n]);
    await assert.rejects(own.settle('00'.repeat(32)), LightningRefused);
    await own.close();
    await poor.close();
  });

  test('what a wallet refuses is refused; what it cannot do now is unavailable; what makes no sense is no answer', async () => {
    const right = await skin.money.issue({ label: '', msat: 1_000n, description: 'x', expirySeconds: 600 });
    const dearer = await skin.money.issue({ label: '', msat: 2_000n, description: 'x', expirySeconds: 600 });
    const made = (invoice: string, hash: string) => ({ result: { invoice, payment_hash: hash, amount: 1_000 } });
    // prettier-ignore
    const rows: [object, string, RegExp][] = [
      [{ error: { code: 'RESTRICTED', message: 'no' } },      'LightningRefused',     /RESTRICTED no/],
      [{ error: { code: 'UNAUTHORIZED' } },                   'LightningRefused',     /UNAUTHORIZED/],
      [{ error: { code: 'RATE_LIMITED', message: 'slow' } },  'LightningUnavailable', /RATE_LIMITED slow/],
      [{ error: 'no' },                                       'LightningUnavailable', /NIP-47 does not know/],
      [{ result: { invoice: 5 } },                            'LightningUnavailable', /NIP-47 does not know/],
      [{ result_type: 'pay_invoice', result: {} },            'LightningUnavailable', /NIP-47 does not know/],
      [made('', right.paymentHash),                           'LightningRefused',     /cannot be read/],
      [made(dearer.bolt11, dearer.paymentHash),               'LightningRefused',     /another amount/],
      [made(right.bolt11, dearer.paymentHash),                'LightningRefused',     /payment hash/],
    ];
    for (const [answer, name, message] of rows) {
      skin.instead = () => answer;
      await assert.rejects(node.issue(orderOf(1n)), (error: Error) => {
        assert.equal(
          error.constructor === Error ? '' : error instanceof LightningRefused ? 'LightningRefused' : error.name,
          name,
        );
        assert.match(error.message, message);
        return true;
      });
    }
    skin.instead = () => made(right.bolt11, right.paymentHash);
    assert.equal((await node.issue(orderOf(1n))).bolt11, right.bolt11);
    skin.instead = undefined;
  });

  test('an invoice of another network is refused: nobody could pay it', async () => {
    const elsewhere = openNwc({ uri: skin.uri, network: 'bitcoin', clock: systemClock });
    await assert.rejects(elsewhere.issue(orderOf(5n)), { name: 'LightningRefused', message: /lnbcrt.*bitcoin/ });
    await elsewhere.close();
  });

  test('a wallet that has not announced itself, or does not know us, is unavailable', async () => {
    const strangers = [
      skin.uri.replace(/\/\/[0-9a-f]{64}/, `//${'ab'.repeat(32)}`),
      skin.uri.replace(/secret=[0-9a-f]{64}/, `secret=${'cd'.repeat(32)}`),
    ];
    for (const uri of strangers) {
      const stranger = connect(uri, { callMs: 200 });
      await assert.rejects(stranger.issue(orderOf(1n)), LightningUnavailable);
      await stranger.close();
    }
  });

  test('a relay that is not there is unavailable; one of two is enough', async () => {
    const nowhere = skin.uri.replace(encodeURIComponent(skin.relay.url), encodeURIComponent('ws://127.0.0.1:1'));
    const alone = connect(nowhere);
    await assert.rejects(alone.issue(orderOf(1n)), LightningUnavailable);
    await alone.close();
    const both = connect(`${nowhere}&relay=${encodeURIComponent(skin.relay.url)}`);
    assert.equal((await both.issue(orderOf(1n))).payeeKey, skin.money.nodeId);
    await both.close();
  });

  test('a cursor of another backend is refused', async () => {
    await assert.rejects(async () => followed(node, 'lnd 5').next(), LightningRefused);
  });
});
