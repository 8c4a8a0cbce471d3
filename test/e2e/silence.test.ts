/** Slow and silent clients on real sockets (P-02): every port of both deployments cuts them off, all waited for at once. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { serveFrames } from '../../src/frames/server.ts';
import { createAuthority } from '../rig/certificates.ts';
import { deployments, Rail } from '../rig/deployment.ts';
import { frameOf, openClient } from '../rig/frame-client.ts';

const INVALID = '{"ok":false,"error":"invalid_request"}';

suite('P-02 who sends no whole frame in time is cut off', { concurrency: true }, () => {
  let rails: readonly Rail[];
  before(async () => {
    rails = await Promise.all(deployments.map((deployment) => Rail.start(deployment)));
  });
  after(() => Promise.all(rails.map((rail) => rail.stop())));

  const half = frameOf('{"op":"BALANCE"}').subarray(0, 9);
  const rows: readonly [what: string, sent: Buffer, answersBefore: number][] = [
    ['says nothing', Buffer.alloc(0), 0],
    ['sends half a header', half.subarray(0, 2), 0],
    ['sends half a frame', half, 0],
    ['sends a whole frame, then half of one', Buffer.concat([frameOf('{"op":"nothing"}'), half]), 1],
  ];
  for (const [i, deployment] of deployments.entries()) {
    for (const port of ['gateway', 'risk', 'ledger'] as const) {
      for (const [what, sent, answersBefore] of rows) {
        test(`${deployment}, ${port}: ${what}`, async () => {
          const client = await openClient(rails[i]![port]);
          const startedMs = performance.now();
          client.socket.write(sent);
          const answers = await client.rest();
          const afterMs = performance.now() - startedMs;
          client.close();
          assert.equal(answers.length, answersBefore + 1);
          assert.equal(answers.at(-1), INVALID);
          assert.ok(
            afterMs > limits.firstFrameMs - 100 && afterMs < limits.firstFrameMs + 5_000,
            `after ${afterMs} ms`,
          );
        });
      }
    }
  }

  test('with TLS, before the handshake: is cut off without a word', async () => {
    const authority = createAuthority('authority');
    const identity = authority.issue('server');
    const server = await serveFrames({ host: '127.0.0.1', port: 0 }, () => '{}', { ...identity, ca: authority.cert });
    const client = await openClient(server.address);
    const startedMs = performance.now();
    assert.deepEqual(await client.rest(), []);
    const afterMs = performance.now() - startedMs;
    assert.ok(afterMs > limits.firstFrameMs - 100 && afterMs < limits.firstFrameMs + 5_000, `after ${afterMs} ms`);
    client.close();
    await server.drain();
  });
});
