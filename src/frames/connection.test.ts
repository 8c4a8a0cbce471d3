/**
 * One connection over a real socket: the order of answers, the time limits (given the time instead of waiting for it), and
 * what it holds of a peer that sends too much or reads too little.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { frameOf, openClient, type FrameClient, type Json } from '../../test/rig/frame-client.ts';
import { limits } from '../base/limits.ts';
import { Connection, OVERLOADED, type Answer, type Budget } from './connection.ts';

const INVALID = '{"ok":false,"error":"invalid_request"}';

let server: Server;
const clients: FrameClient[] = [];
before(async () => {
  server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  for (const client of clients) client.close();
  server.close();
});

interface Pair {
  readonly client: FrameClient;
  readonly connection: Connection;
  readonly socket: Socket;
}

async function connect(answer: Answer, budget: Budget = { bytes: 0, unreadBytes: 0 }): Promise<Pair> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { address: host, port } = server.address() as AddressInfo;
  const client = await openClient({ host, port });
  clients.push(client);
  const [socket] = await accepted;
  return { client, socket, connection: new Connection(socket, answer, budget) };
}

/** The close of a socket, whether it ended well or was reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

const echo: Answer = (request) => JSON.stringify(request);

/** Answers that wait until they are told. */
function held(): {
  readonly answer: Answer;
  readonly tell: ((answer: string) => void)[];
  readonly asked: (count: number) => Promise<void>;
} {
  const tell: ((answer: string) => void)[] = [];
  let notify = (): void => {};
  return {
    tell,
    answer: () =>
      new Promise((resolve) => {
        tell.push(resolve);
        notify();
      }),
    async asked(count) {
      while (tell.length < count) await new Promise<void>((resolve) => (notify = resolve));
    },
  };
}

suite('answers', () => {
  test('P-02 come in the order of the requests, whatever is ready first', async () => {
    const { answer, tell, asked } = held();
    const { client } = await connect(answer);
    client.send({ n: 0 }, { n: 1 }, { n: 2 });
    await asked(3);
    tell[2]!('third');
    tell[1]!('second');
    tell[0]!('first');
    assert.deepEqual(await client.answers(3), ['first', 'second', 'third']);
  });

  test('of an operation that fails are `internal`, and the connection goes on', async () => {
    const { client } = await connect(({ how }) => {
      if (how === 'throw') throw new Error('a bug');
      return how === 'reject' ? Promise.reject(new Error('a bug')) : 'fine';
    });
    client.send({ how: 'throw' }, { how: 'reject' }, {});
    const internal = '{"ok":false,"error":"internal"}';
    assert.deepEqual(await client.answers(3), [internal, internal, 'fine']);
  });

  test('to requests before a broken one still come, then `invalid_request` once, then the end', async () => {
    const { answer, tell, asked } = held();
    const { client } = await connect(answer);
    client.send({ n: 0 }, { n: 1 });
    client.socket.write(Buffer.concat([frameOf('no JSON'), frameOf('{}'), frameOf('no JSON')]));
    await asked(2);
    tell[1]!('second');
    tell[0]!('first');
    assert.deepEqual(await client.rest(), ['first', 'second', INVALID]);
    assert.equal(tell.length, 2, 'nothing behind the broken one was taken');
  });

  test('still come when the peer has ended its side', async () => {
    const { answer, tell, asked } = held();
    const { client, socket } = await connect(answer);
    client.send({});
    client.socket.end();
    await asked(1);
    if (!socket.readableEnded) await once(socket, 'end');
    tell[0]!('late');
    assert.deepEqual(await client.rest(), ['late']);
  });

  test('under way are given before a drained connection ends', async () => {
    const { answer, tell, asked } = held();
    const { client, connection } = await connect(answer);
    client.send({});
    await asked(1);
    connection.drain();
    client.send({});
    tell[0]!('last');
    assert.deepEqual(await client.rest(), ['last']);
    assert.equal(tell.length, 1, 'no further request was taken');
  });
});

suite('P-02 time limits', () => {
  const { firstFrameMs, frameMs, idleConnectionMs } = limits;
  const whole = frameOf('{"op":"BALANCE"}');
  const half = whole.subarray(0, 9);
  const none = Buffer.alloc(0);
  const later = Buffer.concat([frameOf('{}'), half]);
  // prettier-ignore
  const rows: readonly [what: string, sent: Buffer, answered: number, afterMs: number, expected: readonly string[] | 'open'][] = [
    ['silent from the start, in time',       none,                  0, firstFrameMs - 500,     'open'],
    ['silent from the start',                none,                  0, firstFrameMs + 1,       [INVALID]],
    ['half a header',                        half.subarray(0, 2),   0, firstFrameMs + 1,       [INVALID]],
    ['half a first frame, in time',          half,                  0, firstFrameMs - 500,     'open'],
    ['half a first frame',                   half,                  0, firstFrameMs + 1,       [INVALID]],
    ['half a later frame, in time',          later,                 1, frameMs - 500,          'open'],
    ['half a later frame',                   later,                 1, frameMs + 1,            [INVALID]],
    ['idle after an answer, in time',        frameOf('{}'),         1, idleConnectionMs - 500, 'open'],
    ['idle after an answer, ended politely', frameOf('{}'),         1, idleConnectionMs + 1,   []],
  ];
  for (const [what, sent, answered, afterMs, expected] of rows) {
    test(`${what}: ${expected === 'open' ? 'stays open' : 'is cut off'}`, async () => {
      const { client, socket, connection } = await connect(echo);
      if (sent.length > 0) {
        client.socket.write(sent);
        while (socket.bytesRead < sent.length) await once(socket, 'data');
      }
      await client.answers(answered);
      connection.sweep(performance.now() + afterMs);
      if (expected !== 'open') return assert.deepEqual(await client.rest(), expected);
      client.socket.write(sent === half || sent === later ? whole.subarray(half.length) : whole);
      return assert.equal(await client.answer(), '{"op":"BALANCE"}');
    });
  }

  test('a first frame that trickles in has no longer than a silent one', async (t) => {
    const now = t.mock.method(performance, 'now', () => 0);
    const { client, socket, connection } = await connect(echo);
    now.mock.mockImplementation(() => firstFrameMs - 1);
    client.socket.write(half);
    await once(socket, 'data');
    connection.sweep(firstFrameMs + 1);
    assert.deepEqual(await client.rest(), [INVALID]);
  });

  test('a request under way is waited for, however long it takes', async () => {
    const { answer, tell, asked } = held();
    const { client, connection } = await connect(answer);
    client.send({});
    await asked(1);
    connection.sweep(performance.now() + 10 * idleConnectionMs);
    tell[0]!('at last');
    assert.equal(await client.answer(), 'at last');
  });

  test('who goes on sending after a refusal is cut', async () => {
    const { client, socket, connection } = await connect(echo);
    client.socket.write(frameOf('no JSON'));
    assert.deepEqual(await client.rest(), [INVALID]);
    connection.sweep(performance.now() + 1_000);
    assert.equal(socket.destroyed, false);
    connection.sweep(performance.now() + 5_000);
    assert.equal(socket.destroyed, true);
  });

  test('who does not read its answers is cut after a while', async () => {
    const big = 'x'.repeat(4 * 2 ** 20);
    const { client, socket, connection } = await connect(() => big);
    client.socket.pause();
    client.send({});
    while (socket.writableLength === 0) await once(socket, 'data');
    const nowMs = performance.now();
    connection.sweep(nowMs);
    connection.sweep(nowMs + limits.unreadAnswerMs - 1);
    assert.equal(socket.destroyed, false);
    connection.sweep(nowMs + limits.unreadAnswerMs + 1);
    assert.equal(socket.destroyed, true);
  });
});

suite('bounds', () => {
  test('a peer that pipelines without end is read no further than the depth, and loses nothing', async () => {
    const waiting: (() => void)[] = [];
    let pendingMax = 0;
    const total = 40_000;
    const { client, connection } = await connect((request) => {
      pendingMax = Math.max(pendingMax, connection.pending);
      return new Promise((resolve) => {
        waiting.push(() => resolve(JSON.stringify(request)));
        // Answers a lot at once whenever enough wait, and what is left when the last has come.
        const last = request['n'] === total - 1;
        if (waiting.length >= limits.pipelineDepthMax || last)
          setImmediate(() => waiting.splice(0).forEach((tell) => tell()));
      });
    });
    const requests: Json[] = Array.from({ length: total }, (_, n) => ({ n }));
    client.send(...requests);
    assert.deepEqual(
      await client.answers(total),
      requests.map((request) => JSON.stringify(request)),
    );
    assert.ok(pendingMax <= limits.pipelineDepthMax, `${pendingMax} waited`);
  });

  test('unfinished frames over all connections are bounded, and given back when a connection ends', async () => {
    const budget: Budget = { bytes: limits.unfinishedFrameBytesMax - 5, unreadBytes: 0 };
    const { client, socket } = await connect(echo, budget);
    client.socket.write(frameOf('{"op":"BALANCE"}').subarray(0, 9));
    assert.deepEqual(await client.rest(), [OVERLOADED]);
    client.close();
    await closed(socket);
    assert.equal(budget.bytes, limits.unfinishedFrameBytesMax - 5);
  });

  test('unread answers over all connections are bounded: then large answers are `overloaded`, small ones are not', async () => {
    const budget: Budget = { bytes: 0, unreadBytes: limits.unreadAnswerBytesTotalMax - limits.largeAnswerBytes };
    const { client } = await connect(({ bytes }) => 'x'.repeat(Number(bytes)), budget);
    client.send({ bytes: limits.largeAnswerBytes }, { bytes: limits.largeAnswerBytes + 1 }, { bytes: 1 });
    const [atTheLimit, large, small] = await client.answers(3);
    assert.deepEqual([atTheLimit?.length, large, small], [limits.largeAnswerBytes, OVERLOADED, 'x']);
  });

  test('unread answers are given back when they are read, and when their connection is cut', async () => {
    const big = 'x'.repeat(4 * 2 ** 20);
    for (const reads of [true, false]) {
      const budget: Budget = { bytes: 0, unreadBytes: 0 };
      const { client, socket } = await connect(() => big, budget);
      if (!reads) client.socket.pause();
      client.send({});
      while (budget.unreadBytes === 0) await once(socket, 'data');
      if (reads) assert.equal(await client.answer(), big);
      client.close();
      await closed(socket);
      assert.equal(budget.unreadBytes, 0);
    }
  });

  test('a connection that always has a request under way does not keep the answers it has given', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    let tellOne: (() => void) | undefined;
    // Each request is answered when the next has come, so that never all are answered.
    const { client } = await connect(
      () =>
        new Promise((resolve) => {
          tellOne?.();
          tellOne = () => resolve(`"${'x'.repeat(1_000)}"`);
        }),
    );
    const rounds = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) {
        client.send(...Array.from({ length: 500 }, () => ({})));
        await client.answers(500);
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    client.send({});
    const early = await rounds(5);
    const grownMiB = ((await rounds(40)) - early) / 2 ** 20;
    assert.ok(grownMiB < 5, `${grownMiB.toFixed(1)} MiB more after 20,000 answers of 1 KiB`);
  });
});
