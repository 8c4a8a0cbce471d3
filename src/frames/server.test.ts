/** A frame port as a whole: listening, refusing an address that is taken, draining. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openClient } from '../../test/rig/frame-client.ts';
import { formatAddress, serveFrames } from './server.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

suite('a frame server', () => {
  test('listens where it was told, and says which free port it took', async () => {
    const server = await serveFrames(LOOPBACK, () => '{}');
    assert.equal(server.address.host, '127.0.0.1');
    assert.ok(server.address.port > 0);
    await assert.rejects(
      serveFrames(server.address, () => '{}'),
      { code: 'EADDRINUSE' },
    );
    await server.drain();
    const again = await serveFrames(server.address, () => '{}');
    await again.drain();
  });

  test('drains: answers what is under way, ends idle connections, takes nothing new', async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<string>();
    const server = await serveFrames(LOOPBACK, () => {
      arrived.resolve();
      return answer.promise;
    });
    const [busy, idle] = await Promise.all([openClient(server.address), openClient(server.address)]);
    busy.send({});
    await arrived.promise;
    const drained = server.drain();
    assert.deepEqual(await idle.rest(), []);
    await assert.rejects(openClient(server.address), { code: 'ECONNREFUSED' });
    answer.resolve('{"late":true}');
    assert.deepEqual(await busy.rest(), ['{"late":true}']);
    busy.close();
    idle.close();
    await drained;
  });

  test('counts its connections', async () => {
    const server = await serveFrames(LOOPBACK, () => '{}');
    const clients = await Promise.all(Array.from({ length: 5 }, () => openClient(server.address)));
    for (const client of clients) {
      client.send({});
      await client.answer();
    }
    assert.equal(server.connections, 5);
    for (const client of clients) client.close();
    await server.drain();
  });
});

test('P-03 addresses are written as host:port, IPv6 in brackets', () => {
  assert.equal(formatAddress({ host: '127.0.0.1', port: 9_100 }), '127.0.0.1:9100');
  assert.equal(formatAddress({ host: '::1', port: 9_100 }), '[::1]:9100');
});
