/** HTTP as bytes on a socket (bounds, broken requests, draining): what no well-behaved client would send. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { Rail } from '../rig/deployment.ts';
import { HttpClient } from '../rig/http-client.ts';

suite('HTTP on the wire', () => {
  let rail: Rail;
  let client: HttpClient;
  let key = '';
  before(async () => {
    rail = await Rail.start('all-in-one');
    const http = await rail.httpOf('gateway');
    ({ key } = http);
    client = new HttpClient(http);
  });
  after(() => rail.stop());

  async function open(allowHalfOpen = false): Promise<Socket> {
    const { hostname, port } = new URL(client.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
    await once(socket, 'connect');
    return socket;
  }

  /** Everything that the server sends until it closes. */
  async function answerTo(...pieces: readonly (string | Buffer)[]): Promise<string> {
    const socket = await open();
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    // The server may close while it is still being written to.
    socket.on('error', () => {});
    for (const piece of pieces) socket.write(piece);
    await once(socket, 'close');
    return Buffer.concat(received).toString();
  }

  const head = (path: string, ...lines: readonly string[]): string =>
    [`POST ${path} HTTP/1.1`, 'Host: x', `X-API-Key: ${key}`, 'Connection: close', ...lines, '', ''].join('\r\n');

  const json = 'Content-Type: application/json';

  interface Row {
    readonly what: string;
    readonly pieces: () => readonly string[];
    readonly status: number;
    readonly code: string;
  }
  const rows: readonly Row[] = [
    { what: 'no HTTP at all', pieces: () => ['\u0000\u0001\u0002\r\n\r\n'], status: 400, code: 'invalid_request' },
    { what: 'a method that is none', pieces: () => ['P(ST / HTTP/1.1\r\n\r\n'], status: 400, code: 'invalid_request' },
    {
      what: 'a target that is none',
      pieces: () => [head('/\\..', json, 'Content-Length: 2'), '{}'],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'two lengths',
      pieces: () => [head('/v1/transfers', json, 'Content-Length: 2', 'Content-Length: 3'), '{}'],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'a length and pieces',
      pieces: () => [head('/v1/transfers', json, 'Content-Length: 2', 'Transfer-Encoding: chunked'), '0\r\n\r\n'],
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'header lines without end',
      pieces: () => [head('/v1/transfers', `X-Long: ${'x'.repeat(limits.httpHeaderBytesMax)}`)],
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'a body announced too large, of which nothing comes',
      pieces: () => [head('/v1/transfers/batch', json, `Content-Length: ${limits.httpBodyBytesMax + 1}`)],
      status: 413,
      code: 'body_too_large',
    },
    {
      what: 'pieces that become too many',
      pieces: () => {
        const piece = ' '.repeat(64 * 1024);
        const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
        const chunks = Array.from({ length: limits.httpBodyBytesMax / piece.length + 1 }, () => chunk);
        return [head('/v1/transfers/batch', json, 'Transfer-Encoding: chunked'), ...chunks, '0\r\n\r\n'];
      },
      status: 413,
      code: 'body_too_large',
    },
  ];
  for (const { what, pieces, status, code } of rows) {
    test(`${what}: ${status} ${code}, in the envelope`, async () => {
      const answer = await answerTo(...pieces());
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      const body = JSON.parse(answer.slice(answer.indexOf('{'))) as { error: { code: string }; request_id: string };
      assert.equal(body.error.code, code);
      assert.match(body.request_id, /^[0-9a-f-]{36}$/);
      assert.equal((await client.ask('/health')).status, 200);
    });
  }

  const LARGE = Buffer.alloc(10 * 1024 * 1024, ' ');

  const early: readonly [what: string, path: string, headers: Readonly<Record<string, string>>, status: number][] = [
    ['a body that is too large', '/v1/transfers', { 'Content-Type': 'application/json' }, 413],
    ['a large body of nobody', '/v1/transfers', { 'Content-Type': 'application/json', 'X-API-Key': '' }, 401],
    ['a large body of another type', '/v1/transfers', { 'Content-Type': 'text/plain' }, 415],
    ['a large body to nowhere', '/v1/nowhere', { 'Content-Type': 'application/json' }, 404],
    ['a large body to a path without POST', '/v1/facts', { 'Content-Type': 'application/json' }, 405],
  ];
  for (const [what, path, headers, status] of early) {
    test(`who still sends when the answer comes hears it: ${what}, ${status}`, async () => {
      const sent = { 'X-API-Key': key, ...headers };
      for (let i = 0; i < 5; i++) {
        const answer = await fetch(client.url + path, { method: 'POST', headers: sent, body: LARGE });
        assert.equal(answer.status, status);
        assert.match(await answer.text(), /"request_id"/);
      }
      const inPieces = new ReadableStream<Uint8Array>({
        start(pieces) {
          for (let at = 0; at < LARGE.length; at += 65_536) pieces.enqueue(LARGE.subarray(at, at + 65_536));
          pieces.close();
        },
      });
      const streamed = { method: 'POST', headers: sent, body: inPieces, duplex: 'half' } as const;
      assert.equal((await fetch(client.url + path, streamed)).status, status);
    });
  }

  test('what is left of an answered request is dropped, and the connection serves the next one', async () => {
    const socket = await open();
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write(`POST /v1/transfers HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
    await once(socket, 'data');
    socket.write(LARGE);
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    const answers = Buffer.concat(received)
      .toString()
      .match(/HTTP\/1\.1 \d+/g);
    assert.deepEqual(answers, ['HTTP/1.1 401', 'HTTP/1.1 200']);
  });

  /** Sends without end, also when the server has said its last word; resolves when it is cut. */
  async function pour(lines: readonly string[], piece: Buffer): Promise<{ readonly answer: string; sent: number }> {
    const socket = await open(true);
    const poured = { answer: '', sent: 0 };
    socket.on('data', (chunk: Buffer) => (poured.answer += chunk.toString()));
    socket.on('error', () => {});
    const cut = new Promise((resolve) => socket.on('close', resolve));
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece)) poured.sent += piece.length;
      poured.sent += piece.length;
    };
    socket.on('drain', more);
    socket.write(['POST /v1/transfers HTTP/1.1', 'Host: x', json, ...lines, '', ''].join('\r\n'));
    more();
    await cut;
    return poured;
  }

  for (const connection of ['close', 'keep-alive'])
    test(`who goes on sending beyond all bounds is cut: ${connection}`, async () => {
      const lines = [`Connection: ${connection}`, `Content-Length: ${2 ** 40}`];
      const { answer, sent } = await pour(lines, Buffer.alloc(65_536, ' '));
      assert.match(answer, /^HTTP\/1\.1 401 /);
      assert.ok(sent > limits.httpLingerBytesMax, `${sent} bytes`);
      assert.ok(sent < 2 * limits.httpLingerBytesMax, `${sent} bytes`);
    });

  test('who announces a body and never sends it is cut when the time is over', async () => {
    const answer = await answerTo(`POST /v1/transfers HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 9\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 401 /);
  });

  test('a body in pieces is taken as a whole', async () => {
    const body = JSON.stringify({ src: 'ops_float', dst: 'settlement_bank', amount: 1 });
    const chunks = body.split('').map((sign) => `1\r\n${sign}\r\n`);
    const answer = await answerTo(
      head('/v1/transfers', json, 'Idempotency-Key: pieces', 'Transfer-Encoding: chunked'),
      ...chunks,
      '0\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 201 /);
  });

  test('a request that is cut in the middle does nothing', async () => {
    const socket = await open();
    socket.write(head('/v1/transfers', json, 'Idempotency-Key: cut', 'Content-Length: 100'));
    socket.write('{"src":"ops_float"');
    socket.destroy();
    await once(socket, 'close');
    const { json: found } = await client.ask('/v1/transfers?idempotency_key=cut');
    assert.deepEqual(found['items'], []);
    assert.equal(rail.process('gateway').errors, '', 'who hangs up has found no bug');
  });

  test('a kept connection is closed when the server drains, and what was asked before is answered', async () => {
    const other = await Rail.start('all-in-one');
    const http = await other.httpOf('gateway');
    const asked = new HttpClient(http);
    assert.equal((await asked.ask('/health')).status, 200);
    const body = { src: 'ops_float', dst: 'settlement_bank', amount: 1 };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => asked.transfer(`drain ${i}`, body)));
    assert.ok(answers.every(({ status }) => status === 201));
    assert.deepEqual(await other.stop(), [0]);
  });
});
