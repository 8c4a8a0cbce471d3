/** Frames on real sockets (P-01, P-02), on every port of both deployments: what is answered, what is cut, what is lost (nothing). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, frameOf, framesOf, openClient, type Json } from '../rig/frame-client.ts';
import { onBothDeployments } from '../rig/on-both-deployments.ts';

const INVALID = '{"ok":false,"error":"invalid_request"}';
const MEBIBYTE = 2 ** 20;

const header = (length: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};

/** Every port with a request that it knows, and its answer to an op that it does not. */
const ports = [
  { port: 'gateway', known: { op: 'BALANCE' }, badOp: '{"ok":false,"error":"bad op"}' },
  {
    port: 'risk',
    known: { op: 'CHECK', src: 'ops_float', dst: 'dispute_reserve', amount: 1 },
    badOp: '{"approved":false,"reason":"bad op"}',
  },
  { port: 'ledger', known: { op: 'BALANCE' }, badOp: '{"ok":false,"error":"bad op"}' },
] as const;

/** What is sent, and whether the client then ends its side. */
const broken: readonly [what: string, bytes: Buffer, ends: boolean][] = [
  ['an empty frame', header(0), false],
  ['one byte more than 1 MiB, refused before the body', header(MEBIBYTE + 1), false],
  ['the longest length there is', header(2 ** 32 - 1), false],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), false],
  ['half a header, then the end', header(10).subarray(0, 2), true],
  ['a header, then the end', header(10), true],
  ['half a body, then the end', frameOf('{"op":"BALANCE"}').subarray(0, 9), true],
  ['broken UTF-8', frameOf(Buffer.from('7b226f70223a22ff227d', 'hex')), false],
  ['no JSON', frameOf('BALANCE'), false],
  ['JSON that ends too early', frameOf('{"op":"BALANCE"'), false],
  ['a list', frameOf('[{"op":"BALANCE"}]'), false],
  ['a number', frameOf('7'), false],
  ['null', frameOf('null'), false],
  ['1 MiB of opening brackets', frameOf('['.repeat(MEBIBYTE)), false],
  ['1 MiB of opening objects', frameOf('{"a":'.repeat(MEBIBYTE / 5)), false],
];

for (const { port, known, badOp } of ports) {
  onBothDeployments(`frames on the ${port} port`, {}, (rail) => {
    suite('P-02 what is no request is answered once, and the connection closed', () => {
      for (const [what, bytes, ends] of broken) {
        test(what, async () => {
          const client = await openClient(rail()[port]);
          client.socket.write(bytes);
          if (ends) client.socket.end();
          assert.deepEqual(await client.rest(), [INVALID]);
          client.close();
        });
      }
    });

    test('P-02 requests before the broken one are answered, those behind it are not', async () => {
      const client = await openClient(rail()[port]);
      client.socket.write(Buffer.concat([framesOf([{ op: 'X' }, known]), frameOf('broken'), framesOf([known, known])]));
      const [first, second, ...others] = await client.rest();
      assert.equal(first, badOp);
      assert.ok(second !== undefined && second !== INVALID);
      assert.deepEqual(others, [INVALID]);
      client.close();
    });

    test('P-02 who says nothing and ends hears nothing', async () => {
      const client = await openClient(rail()[port]);
      client.socket.end();
      assert.deepEqual(await client.rest(), []);
      client.close();
    });

    test('P-17 an unknown op is no reason to close', async () => {
      const client = await openClient(rail()[port]);
      for (const op of ['nothing', '', null, 7, undefined, 'constructor', '__proto__', { a: 1 }]) {
        client.send({ op });
        assert.equal(await client.answer(), badOp);
      }
      client.close();
    });

    test('P-01 a payload of exactly 1 MiB, in one piece and byte by byte at its ends', async () => {
      const start = '{"op":"nothing","pad":"';
      const bytes = frameOf(`${start}${'x'.repeat(MEBIBYTE - start.length - 2)}"}`);
      assert.equal(bytes.length, MEBIBYTE + 4);
      const client = await openClient(rail()[port]);
      client.socket.write(bytes);
      assert.equal(await client.answer(), badOp);
      for (let at = 0; at < 8; at++) client.socket.write(bytes.subarray(at, at + 1));
      client.socket.write(bytes.subarray(8, -1));
      client.socket.write(bytes.subarray(-1));
      assert.equal(await client.answer(), badOp);
      client.close();
    });

    test('P-02 a request that is sent byte by byte', async () => {
      const client = await openClient(rail()[port]);
      client.socket.setNoDelay(true);
      for (const byte of framesOf([{ op: 'nothing' }, { op: 'nothing' }])) client.socket.write(Buffer.of(byte));
      assert.deepEqual(await client.answers(2), [badOp, badOp]);
      client.close();
    });

    test('P-02 a kept connection answers 500 pipelined requests, each once', async () => {
      const client = await openClient(rail()[port]);
      const requests: Json[] = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? { op: 'nothing' } : known));
      client.send(...requests);
      const answers = await client.answers(500);
      for (const [i, answer] of answers.entries())
        assert.equal(answer === badOp, i % 3 === 0, `answer ${i}: ${answer}`);
      client.send({ op: 'nothing' });
      assert.equal(await client.answer(), badOp);
      client.close();
    });

    test('P-02 a client may end its side and still gets its answers', async () => {
      const client = await openClient(rail()[port]);
      client.send(known, { op: 'nothing' });
      client.socket.end();
      const [first, second, ...others] = await client.rest();
      assert.ok(first !== undefined && first !== INVALID);
      assert.equal(second, badOp);
      assert.deepEqual(others, []);
      client.close();
    });

    test('with 1,000 connections open, silent ones and half-sent ones, the next is answered', async () => {
      const clients = await Promise.all(Array.from({ length: 1_000 }, () => openClient(rail()[port])));
      for (const client of clients.filter((_, i) => i % 2 === 0)) client.socket.write(frameOf('{}').subarray(0, 3));
      assert.equal(await ask(rail()[port], { op: 'nothing' }), badOp);
      const [some] = clients;
      some!.socket.write(Buffer.concat([frameOf('{}').subarray(3)]));
      assert.equal(await some!.answer(), badOp);
      for (const client of clients) client.close();
    });
  });
}
