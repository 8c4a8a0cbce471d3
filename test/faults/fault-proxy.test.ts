/** The fault proxy by itself: what is late arrives although nobody waits, what is lost is lost on the side it should be. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serveFrames, type Address } from '../../src/frames/server.ts';
import { ask } from '../../src/scenario/asking.ts';
import { FaultProxy, type Shape } from '../../src/scenario/fault-proxy.ts';
import { Random } from '../../src/scenario/random.ts';
import { clear, latency, lowBandwidth, reordering } from '../../src/scenario/shapes.ts';

const AMPLE_MS = 10_000;

/** A server that answers with the request's number, and remembers what arrived in which order. */
async function withLink(
  shape: Shape,
  run: (link: { proxy: FaultProxy; address: Address; arrived: number[] }) => Promise<void>,
): Promise<void> {
  const arrived: number[] = [];
  const server = await serveFrames({ host: '127.0.0.1', port: 0 }, ({ number }) => {
    arrived.push(Number(number));
    return JSON.stringify({ number });
  });
  const proxy = await FaultProxy.start(server.address, shape, new Random('test'));
  try {
    await run({ proxy, address: proxy.address, arrived });
  } finally {
    await proxy.close();
    await server.drain();
  }
}

const request = (number: number): string => JSON.stringify({ number });
const losing = (lost: 'request' | 'answer'): Shape => ({
  fates: () => () => ({ requestDelayMs: 0, answerDelayMs: 0, lost }),
});

function draws(seed: string): number[] {
  const random = new Random(seed);
  return Array.from({ length: 5 }, () => random.integer(1, 1_000));
}

suite('fault proxy', () => {
  test('a clear link changes nothing', () =>
    withLink(clear, async ({ address, arrived }) => {
      assert.equal(await ask(address, request(1), AMPLE_MS), request(1));
      assert.deepEqual(arrived, [1]);
    }));

  test('latency is added to both ways', () =>
    withLink(latency(30), async ({ address }) => {
      const startedMs = performance.now();
      assert.equal(await ask(address, request(1), AMPLE_MS), request(1));
      assert.ok(performance.now() - startedMs >= 59);
    }));

  test('a request arrives although its caller has hung up', () =>
    withLink(latency(50), async ({ proxy, address, arrived }) => {
      assert.equal(await ask(address, request(1), 10), undefined);
      assert.deepEqual(arrived, []);
      await proxy.idle();
      assert.deepEqual(arrived, [1]);
    }));

  test('a lost request has not arrived, a lost answer has', async () => {
    await withLink(losing('request'), async ({ address, arrived }) => {
      assert.equal(await ask(address, request(1), AMPLE_MS), undefined);
      assert.deepEqual(arrived, []);
    });
    await withLink(losing('answer'), async ({ address, arrived }) => {
      assert.equal(await ask(address, request(1), AMPLE_MS), undefined);
      assert.deepEqual(arrived, [1]);
    });
  });

  test('a reordering link lets later requests overtake earlier ones', () =>
    withLink(reordering(0.5, 1, 100), async ({ address, arrived }) => {
      const numbers = Array.from({ length: 20 }, (_, i) => i);
      await Promise.all(numbers.map((number) => ask(address, request(number), AMPLE_MS)));
      assert.deepEqual(
        arrived.toSorted((a, b) => a - b),
        numbers,
      );
      assert.notDeepEqual(arrived, numbers);
    }));

  test('connections share a narrow link', () =>
    withLink(lowBandwidth(1_000), async ({ address }) => {
      const startedMs = performance.now();
      await Promise.all([1, 2, 3, 4, 5].map((number) => ask(address, request(number), AMPLE_MS)));
      // Five requests of 16 bytes one way, five answers the other; the last answer waits for all requests.
      assert.ok(performance.now() - startedMs >= 79);
    }));

  test('a partition holds requests back; when it heals some arrive late and the rest never', () =>
    withLink(clear, async ({ proxy, address, arrived }) => {
      proxy.stop('everything');
      const numbers = Array.from({ length: 16 }, (_, i) => i);
      const heard = await Promise.all(numbers.map((number) => ask(address, request(number), 50)));
      assert.ok(heard.every((answer) => answer === undefined));
      assert.deepEqual(arrived, []);
      proxy.heal();
      await proxy.idle();
      assert.ok(arrived.length > 0 && arrived.length < 16, `${arrived.length} of 16 arrived`);
      assert.equal(await ask(address, request(99), AMPLE_MS), request(99));
    }));

  test('a one-way partition lets requests through and holds answers back', () =>
    withLink(clear, async ({ proxy, address, arrived }) => {
      proxy.stop('answers');
      assert.equal(await ask(address, request(1), 100), undefined);
      assert.deepEqual(arrived, [1]);
      proxy.heal();
      await proxy.idle();
    }));

  test('a dead server is a reset for its callers', async () => {
    const server = await serveFrames({ host: '127.0.0.1', port: 0 }, () => '{}');
    const proxy = await FaultProxy.start(server.address, clear, new Random('test'));
    await server.drain();
    assert.equal(await ask(proxy.address, request(1), AMPLE_MS), undefined);
    await proxy.idle();
    await proxy.close();
  });

  test('chance is repeated by the seed, and parts do not shift each other', () => {
    assert.deepEqual(draws('1'), draws('1'));
    assert.notDeepEqual(draws('1'), draws('2'));
    const parent = new Random('1');
    const before = parent.branch('a').next();
    parent.next();
    assert.equal(parent.branch('a').next(), before);
  });
});
