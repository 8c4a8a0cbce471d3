/** phoenixd's adapter under the contract of Lightning nodes, in front of a real LDK node; and what can go wrong with it alone. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openPhoenixd } from '../../src/lightning/phoenixd/phoenixd.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { LightningNode } from '../../src/lightning/node.ts';
import { placeOf, sharedSkin } from '../rig/lightning-skin.ts';
import { PhoenixdSkin } from '../rig/phoenixd-skin.ts';
import { lightningContract } from './lightning.ts';
import { followed, nextOf, orderOf, restTrouble, type Connecting } from './lightning-trouble.ts';

const PASSWORD = 'limited-access-of-the-test';

function connect({ port, host = '127.0.0.1', secret, network }: Connecting, callMs?: number): LightningNode {
  return openPhoenixd({
    url: `http://${host}:${port}`,
    password: secret ?? PASSWORD,
    certificate: undefined,
    network: network ?? 'regtest',
    clock: systemClock,
    pollMs: 20,
    ...(callMs === undefined ? {} : { callMs }),
  });
}

const open = sharedSkin(() => PhoenixdSkin.open(PASSWORD));

lightningContract(
  'phoenixd',
  placeOf({ open, connect: (port, callMs) => connect({ port }, callMs), closesOpen: false }),
);

restTrouble('phoenixd', {
  open,
  connect,
  issuing: '/createinvoice',
  issued: (serialized, paymentHash) => ({ status: 200, body: { amountSat: 5, paymentHash, serialized } }),
});

suite('phoenixd: its own habits', () => {
  let skin: PhoenixdSkin;
  let node: LightningNode;
  before(async () => {
    skin = await open();
    node = connect({ port: skin.server.port });
  });
  after(() => node.close());

  test('what was paid counts, not what the fees for liquidity left of it', async () => {
    skin.feesMsat = 1_234_567n;
    const { bolt11, paymentHash } = await node.issue(orderOf(2_000n));
    assert.ok((await skin.money.pay(bolt11)).ok);
    const status = await node.lookUp(paymentHash);
    assert.deepEqual([status?.state, status?.receivedMsat], ['settled', 2_000_000n]);
    const following = followed(node, null);
    let told = await nextOf(following);
    while (told?.paymentHash !== paymentHash) told = await nextOf(following);
    assert.equal(told.receivedMsat, 2_000_000n);
    skin.feesMsat = 0n;
  });

  test('L-07: more payments than one page holds are all told, in their order, and the cursor goes on behind them', async () => {
    const COUNT = 250;
    const beganMs = Date.now() - 1_000;
    const all = Array.from({ length: COUNT }, (_, at) => ({
      paymentHash: at.toString(16).padStart(64, '0'),
      isPaid: true,
      receivedSat: at + 1,
      fees: 0,
      completedAt: beganMs + at,
      createdAt: beganMs,
    }));
    skin.server.instead = ({ url }) => {
      if (url.pathname !== '/payments/incoming') return undefined;
      const numberOf = (name: string): number => Number(url.searchParams.get(name));
      const found = all.filter(({ completedAt }) => completedAt >= numberOf('from')).toReversed();
      return { status: 200, body: found.slice(numberOf('offset'), numberOf('offset') + numberOf('limit')) };
    };
    const following = followed(node, null);
    const told = [];
    while (told.length < COUNT) told.push(await nextOf(following));
    assert.deepEqual(
      told.map((settlement) => settlement?.receivedMsat),
      all.map(({ receivedSat }) => BigInt(receivedSat) * 1_000n),
    );
    const next = followed(node, told.at(-1)!.cursor);
    const waiting = nextOf(next);
    all.push({ ...all[0]!, paymentHash: 'ff'.repeat(32), receivedSat: 7, completedAt: beganMs + 3 });
    assert.equal((await waiting)?.receivedMsat, 7_000n, 'one that shows up later than those after it');
    skin.server.instead = undefined;
  });

  test('what it says of an order that it does not take is told, in short', async () => {
    const description = 'x'.repeat(129);
    await assert.rejects(node.issue({ ...orderOf(1n), description }), {
      name: 'LightningRefused',
      message: /description is too long/,
    });
  });
});
