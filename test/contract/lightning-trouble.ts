/** What can go wrong with any backend that speaks HTTP (N-04): one suite for LND, Core Lightning and phoenixd. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import {
  LightningRefused,
  LightningUnavailable,
  type LightningNode,
  type Settlement,
} from '../../src/lightning/node.ts';
import type { Network } from '../../src/lightning/setting.ts';
import type { Instead, Skin } from '../rig/lightning-skin.ts';

export interface Connecting {
  readonly port: number;
  readonly host?: string;
  readonly secret?: string;
  /** PEM; without it the one that the skin's certificate was signed by. */
  readonly certificate?: string;
  readonly network?: Network;
}

export interface TroublePlace {
  readonly open: () => Promise<Skin>;
  readonly connect: (how: Connecting) => LightningNode;
  /** The path to which invoices are ordered. */
  readonly issuing: string;
  /** The backend's answer when it issues this invoice. */
  readonly issued: (bolt11: string, paymentHash: string) => { readonly status: number; readonly body: object };
}

export const orderOf = (sats: bigint) => ({
  label: randomUUID(),
  sats,
  description: 'One answer, as ordered.',
  expirySeconds: 600,
});

/** The next settlement; undefined when there will be none. */
export async function nextOf(items: AsyncIterator<Settlement>): Promise<Settlement | undefined> {
  const next = await items.next();
  return next.done === true ? undefined : next.value;
}

/** Follows until it is left. */
export function followed(node: LightningNode, cursor: string | null): AsyncIterator<Settlement> {
  return node.settlements(cursor, new AbortController().signal)[Symbol.asyncIterator]();
}

export function restTrouble(name: string, place: TroublePlace): void {
  suite(`${name}: trouble`, () => {
    let skin: Skin;
    let node: LightningNode;
    before(async () => {
      skin = await place.open();
      node = place.connect({ port: skin.server.port });
    });
    after(() => node.close());

    /** While it runs, the backend answers with this. */
    async function whileAnswering(instead: Instead, run: () => Promise<void>) {
      skin.server.instead = instead;
      try {
        await run();
      } finally {
        skin.server.instead = undefined;
      }
    }

    test('N-01: a credential that is not accepted is refused, in words that do not repeat it', async () => {
      const wrong = 'ab'.repeat(24);
      const stranger = place.connect({ port: skin.server.port, secret: wrong });
      const calls = [
        () => stranger.issue(orderOf(1n)),
        () => stranger.lookUp(randomBytes(32).toString('hex')),
        () => followed(stranger, null).next(),
      ];
      for (const call of calls) {
        await assert.rejects(call, (error: Error) => {
          assert.ok(error instanceof LightningRefused, String(error));
          assert.ok(!error.message.includes(wrong));
          return true;
        });
      }
      await stranger.close();
    });

    test('an invoice that is not what was ordered is refused, whatever differs', async () => {
      const issue = (msat: bigint, expirySeconds: number) =>
        skin.money.issue({ label: randomUUID(), msat, description: 'x', expirySeconds });
      const right = await issue(5_000n, 600);
      const other = await issue(5_000n, 600);
      const dearer = await issue(6_000n, 600);
      const longer = await issue(5_000n, 601);
      const typing = right.bolt11.replace(/.$/, (letter) => (letter === 'q' ? 'p' : 'q'));
      // prettier-ignore
      const rows: [string, string, RegExp][] = [
        [dearer.bolt11, dearer.paymentHash, /another amount/],
        [longer.bolt11, longer.paymentHash, /expires after 601 s/],
        [right.bolt11, other.paymentHash,   /payment hash/],
        [typing, right.paymentHash,         /cannot be read/],
        ['', right.paymentHash,             /cannot be read/],
      ];
      for (const [bolt11, paymentHash, message] of rows) {
        await whileAnswering(
          ({ url }) => (url.pathname === place.issuing ? place.issued(bolt11, paymentHash) : undefined),
          () => assert.rejects(node.issue(orderOf(5n)), { name: 'LightningRefused', message }),
        );
      }
      await whileAnswering(
        () => place.issued(right.bolt11, right.paymentHash),
        async () => assert.equal((await node.issue(orderOf(5n))).bolt11, right.bolt11),
      );
    });

    test('an invoice of another network is refused: nobody could pay it', async () => {
      const elsewhere = place.connect({ port: skin.server.port, network: 'bitcoin' });
      await assert.rejects(elsewhere.issue(orderOf(5n)), { name: 'LightningRefused', message: /lnbcrt.*bitcoin/ });
      await elsewhere.close();
    });

    test('answers that make no sense are no answers', async () => {
      const page = '<html>Welcome to the proxy</html>';
      const answers = [
        { status: 200, body: page },
        { status: 502, body: page },
        { status: 200, body: {} },
        { status: 200, body: [] },
        { status: 200, body: 'null' },
        { status: 200, body: `{"invoices": "${'x'.repeat(5 * 1024 * 1024)}"}` },
      ];
      for (const answer of answers) {
        await whileAnswering(
          () => answer,
          async () => {
            await assert.rejects(node.issue(orderOf(5n)), LightningUnavailable);
            await assert.rejects(node.lookUp(randomBytes(32).toString('hex')), LightningUnavailable);
          },
        );
      }
    });

    test('N-04: a follower hears that the connection broke, and goes on from its cursor without a loss', async () => {
      const pay = async (sats: bigint): Promise<string> => {
        const { bolt11, paymentHash } = await node.issue(orderOf(sats));
        assert.ok((await skin.money.pay(bolt11)).ok);
        return paymentHash;
      };
      const first = await pay(3n);
      const following = followed(node, null);
      let told = await nextOf(following);
      while (told?.paymentHash !== first) told = await nextOf(following);
      const waiting = assert.rejects(following.next(), LightningUnavailable);
      await skin.server.close();
      await waiting;
      // Paid while nobody listens.
      const bolt11 = (await skin.money.issue({ label: 'x', msat: 4_000n, description: 'x', expirySeconds: 60 })).bolt11;
      assert.ok((await skin.money.pay(bolt11)).ok);
      await assert.rejects(followed(node, told.cursor).next(), LightningUnavailable);
      await skin.server.listen();
      const later = await pay(5n);
      const again = followed(node, told.cursor);
      const amounts = [(await nextOf(again))?.receivedMsat, (await nextOf(again))?.receivedMsat];
      assert.deepEqual(amounts, [4_000n, 5_000n]);
      const last = followed(node, told.cursor);
      assert.notEqual((await nextOf(last))?.paymentHash, later);
      await again.return?.();
      await last.return?.();
    });

    test('a cursor of another backend is refused', async () => {
      for (const cursor of ['sandbox 5', '5', `${node.backend} x`, node.backend, '']) {
        await assert.rejects(async () => followed(node, cursor).next(), LightningRefused);
      }
    });

    test('nobody listens at all: unavailable', async () => {
      const nowhere = place.connect({ port: 1 });
      await assert.rejects(nowhere.issue(orderOf(1n)), LightningUnavailable);
      await assert.rejects(followed(nowhere, null).next(), LightningUnavailable);
      await nowhere.close();
    });
  });
}
