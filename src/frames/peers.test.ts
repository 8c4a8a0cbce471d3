/**
 * Calls to risk and ledger against a peer that does whatever a network or a broken program can do (P-02, P-40..P-43):
 * what counts as an answer, and that everything else is `unanswered` and never an exception.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { frameOf } from '../../test/rig/frame-client.ts';
import type { LedgerReply } from '../transfer/peers.ts';
import { call, type Peer } from './call.ts';
import { ledgerOverFrames, riskOverFrames } from './peers.ts';

/** What the peer does with a socket on which a request arrived. */
type Behaviour = (socket: Socket, request: string) => void;

const says =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    socket.end(frameOf(text));

let server: Server;
let behave: Behaviour;
const requests: string[] = [];
const sockets = new Set<Socket>();

before(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk: Buffer) => {
      const request = chunk.toString('utf8', 4);
      requests.push(request);
      behave(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

after(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

function peer(): Peer {
  const { address: host, port } = server.address() as AddressInfo;
  return { host, port };
}

const PATIENT_MS = 5_000;
const IMPATIENT_MS = 40;

const silent: Behaviour = () => {};
const header = (length: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};

suite('P-02 a call', () => {
  const broken: readonly [what: string, behaviour: Behaviour, timeoutMs: number][] = [
    ['ends without an answer', (socket) => socket.end(), PATIENT_MS],
    ['is reset', (socket) => socket.resetAndDestroy(), PATIENT_MS],
    ['never answers', silent, IMPATIENT_MS],
    ['sends half an answer and ends', (socket) => socket.end(frameOf('{"ok":true}').subarray(0, 8)), PATIENT_MS],
    ['sends half an answer and stops', (socket) => socket.write(frameOf('{"ok":true}').subarray(0, 8)), IMPATIENT_MS],
    ['announces too much', (socket) => socket.write(header(2 ** 20 + 1)), PATIENT_MS],
    ['sends no JSON', says('fine'), PATIENT_MS],
    ['sends a list', says('[]'), PATIENT_MS],
    ['sends broken UTF-8', says(Buffer.from([0x22, 0xff, 0x22])), PATIENT_MS],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), PATIENT_MS],
  ];
  for (const [what, behaviour, timeoutMs] of broken) {
    test(`to a peer that ${what} is unanswered`, async () => {
      behave = behaviour;
      assert.equal(await call(peer(), '{}', timeoutMs), 'unanswered');
    });
  }

  test('to an address where nobody listens is unanswered', async () => {
    const deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as AddressInfo;
    deaf.close();
    await once(deaf, 'close');
    assert.equal(await call({ host: '127.0.0.1', port }, '{}', PATIENT_MS), 'unanswered');
  });

  test('takes the first answer, however it is cut, and leaves the rest', async () => {
    behave = (socket) => {
      const bytes = Buffer.concat([frameOf('{"first":1}'), frameOf('{"second":2}')]);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    };
    assert.deepEqual(await call(peer(), '{}', PATIENT_MS), { first: 1 });
  });

  test('opens a fresh socket each time and closes it', async () => {
    behave = (socket) => socket.write(frameOf('{}'));
    const earlier = sockets.size;
    await call(peer(), '{}', PATIENT_MS);
    await call(peer(), '{}', PATIENT_MS);
    const fresh = [...sockets].slice(earlier);
    assert.equal(fresh.length, 2);
    for (const socket of fresh) if (!socket.closed) await once(socket, 'close');
  });
});

suite('the ledger as a peer', () => {
  const rows: readonly [answer: string, reply: LedgerReply][] = [
    ['{"ok":true,"balance":9500}', { ok: true, balance: 9_500n }],
    ['{"ok":true,"balance":0}', { ok: true, balance: 0n }],
    ['{"ok":true}', { ok: true, balance: null }],
    ['{"ok":true,"balance":1.5}', { ok: true, balance: null }],
    ['{"ok":true,"balance":"9500"}', { ok: true, balance: null }],
    ['{"ok":false,"error":"insufficient_funds"}', { ok: false, error: 'insufficient_funds' }],
    ['{"ok":false,"error":"already_credited"}', { ok: false, error: 'already_credited' }],
    ['{"ok":false,"error":"overloaded"}', { ok: false, error: 'overloaded' }],
    ['{"ok":false,"error":"something else"}', 'unanswered'],
    ['{"ok":false}', 'unanswered'],
    ['{"ok":1,"balance":5}', 'unanswered'],
    ['{}', 'unanswered'],
  ];
  for (const [answer, reply] of rows) {
    test(answer, async () => {
      behave = says(answer);
      assert.deepEqual(await ledgerOverFrames(peer(), PATIENT_MS).rollback('t'), reply);
    });
  }

  test('hears the calls of P-21..P-23, with names escaped and amounts in full', async () => {
    behave = says('{"ok":true}');
    requests.length = 0;
    const ledger = ledgerOverFrames(peer(), PATIENT_MS);
    await ledger.debit({ account: 'a"b', amount: 2n ** 53n - 1n, txId: 't' });
    await ledger.credit({ account: 'é', amount: 1n, txId: 't\\' });
    await ledger.rollback('"');
    assert.deepEqual(requests, [
      '{"op":"DEBIT","account":"a\\"b","amount":9007199254740991,"tx_id":"t"}',
      '{"op":"CREDIT","account":"é","amount":1,"tx_id":"t\\\\"}',
      '{"op":"ROLLBACK","tx_id":"\\""}',
    ]);
  });
});

suite('risk as a peer', () => {
  const rows: readonly [answer: string, verdict: string][] = [
    ['{"approved":true}', 'approved'],
    ['{"approved":false,"reason":"daily_transfer_limit_exceeded"}', 'daily_transfer_limit_exceeded'],
    ['{"approved":false,"reason":"transfer_amount_exceeds_limit"}', 'transfer_amount_exceeds_limit'],
    ['{"approved":false,"reason":"bad op"}', 'unanswered'],
    ['{"approved":false}', 'unanswered'],
    ['{"approved":1}', 'unanswered'],
    ['{"ok":false,"error":"overloaded"}', 'unanswered'],
  ];
  for (const [answer, verdict] of rows) {
    test(answer, async () => {
      behave = says(answer);
      requests.length = 0;
      assert.equal(await riskOverFrames(peer(), PATIENT_MS).check({ src: 'a', dst: 'b', amount: 5n }), verdict);
      assert.deepEqual(requests, ['{"op":"CHECK","src":"a","dst":"b","amount":5}']);
    });
  }

  test('that does not answer in time is unanswered', async () => {
    behave = silent;
    assert.equal(await riskOverFrames(peer(), IMPATIENT_MS).check({ src: 'a', dst: 'b', amount: 5n }), 'unanswered');
  });
});
