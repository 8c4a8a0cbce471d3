/** Ports that are not loopback (P-03): only with TLS, only for clients with a certificate of the right authority. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { createAuthority } from '../rig/certificates.ts';
import { openClient, type Address, type Json } from '../rig/frame-client.ts';
import { ServerProcess } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const authority = createAuthority('purser test authority');
const stranger = createAuthority('another authority');
const serverIdentity = authority.issue('server');

const directory = temporaryDirectory();
const fileOf = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

const tls = [
  `--tls-cert=${fileOf('cert.pem', serverIdentity.cert)}`,
  `--tls-key=${fileOf('key.pem', serverIdentity.key)}`,
  `--tls-client-ca=${fileOf('ca.pem', authority.cert)}`,
];

const trusting = { ca: authority.cert, checkServerIdentity: () => undefined };
const good: ConnectionOptions = { ...trusting, ...authority.issue('client') };

/** Everybody's address while listening; one asks at loopback. */
const atLoopback = ({ port }: Address): Address => ({ host: '127.0.0.1', port });

async function askOver(address: Address, request: Json, options: ConnectionOptions): Promise<Json> {
  const client = await openClient(atLoopback(address), options);
  client.send(request);
  const answer = await client.answer();
  client.close();
  if (answer === undefined) throw new Error('cut off without an answer');
  return JSON.parse(answer) as Json;
}

const transfer = { op: 'TRANSFER', src: 'ops_float', dst: 'settlement_bank', amount: 5, idempotency_key: 'k' };

const everybody = { PURSER_GATEWAY_ADDR: '0.0.0.0:0', PURSER_RISK_ADDR: '0.0.0.0:0', PURSER_LEDGER_ADDR: '0.0.0.0:0' };

suite('P-03 TLS with client certificates, in one process', () => {
  let server: ServerProcess;
  before(async () => {
    server = new ServerProcess(['--data', temporaryDirectory(), '--http', '127.0.0.1:0', ...tls], everybody);
    await server.ready;
  });
  after(() => server.stop());

  test('who has one is served on every port', async () => {
    assert.equal((await askOver(await server.address('gateway'), transfer, good))['ok'], true);
    assert.equal((await askOver(await server.address('ledger'), { op: 'BALANCE' }, good))['total'], 50_000);
    const check = { op: 'CHECK', src: 'ops_float', dst: 'settlement_bank', amount: 5 };
    assert.equal((await askOver(await server.address('risk'), check, good))['approved'], true);
  });

  const strangers: readonly [who: string, options: ConnectionOptions | undefined][] = [
    ['a client without a certificate', trusting],
    ['a client with a certificate of another authority', { ...trusting, ...stranger.issue('client') }],
    ['a client with an old version of the protocol', { ...good, maxVersion: 'TLSv1.2' }],
  ];
  for (const [who, options] of strangers) {
    for (const port of ['gateway', 'risk', 'ledger'] as const) {
      test(`${who} is not served on the ${port} port`, async () => {
        await assert.rejects(askOver(await server.address(port), transfer, options!));
      });
    }
  }

  test('a client that speaks no TLS hears nothing of the rail', async () => {
    const client = await openClient(atLoopback(await server.address('gateway')));
    client.send(transfer);
    assert.equal(await client.answer(), undefined);
    client.close();
  });

  test('and nobody who was turned away has moved anything', async () => {
    const { balances } = await askOver(await server.address('ledger'), { op: 'BALANCE' }, good);
    assert.equal((balances as Record<string, number>)['ops_float'], 9_995);
  });
});

test('P-03 the split deployment speaks TLS between its parts', async () => {
  const part = (role: string, env: Readonly<Record<string, string>>): ServerProcess =>
    new ServerProcess(['--role', role, '--data', temporaryDirectory(), ...tls], { ...everybody, ...env });
  const risk = part('risk', {});
  const ledger = part('ledger', {});
  const at = async (server: ServerProcess, name: 'risk' | 'ledger'): Promise<string> =>
    `127.0.0.1:${(await server.address(name)).port}`;
  const gateway = part('gateway', {
    PURSER_RISK_ADDR: await at(risk, 'risk'),
    PURSER_LEDGER_ADDR: await at(ledger, 'ledger'),
  });
  const address = await gateway.address('gateway');
  assert.equal((await askOver(address, transfer, good))['ok'], true);
  const stats = await askOver(address, { op: 'STATS' }, good);
  assert.deepEqual([stats['ok'], stats['risk_timeout']], [1, 0]);
  assert.deepEqual(await Promise.all([gateway.stop(), risk.stop(), ledger.stop()]), [0, 0, 0]);
});
