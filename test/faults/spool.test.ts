/** The spool of a funding gateway (S-13), with real files and a server that is killed between reading a file and moving it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { startApiServer } from '../rig/api-server.ts';
import { GATEWAY, PUBLIC_KEY, signed, wireOf } from '../rig/funding-commands.ts';
import type { HttpAnswer, HttpClient } from '../rig/http-client.ts';
import { ProcessGuard } from '../rig/process-guard.ts';
import type { ServerProcess } from '../rig/server-process.ts';
import { environment } from '../rig/servers.ts';
import { receiptOf } from '../rig/settlement-commands.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';
import { failures, verify } from './purser.ts';

const ACME = 'account:org:acme' as AccountId;

/** A gateway's folder and the keys that are believed. */
interface Place {
  readonly data: string;
  readonly spool: string;
  readonly env: Readonly<Record<string, string>>;
}

function place(): Place {
  const root = temporaryDirectory();
  const spool = join(root, 'spool');
  mkdirSync(spool);
  const keys = join(root, 'keys.json');
  writeFileSync(keys, JSON.stringify({ [GATEWAY]: PUBLIC_KEY }), { mode: 0o644 });
  const env = { ...environment, PURSER_FUNDING_SPOOL: spool, PURSER_FUNDING_KEYS: keys };
  return { data: join(root, 'data'), spool, env };
}

/** A server with its HTTP client; it does not outlive the test. */
async function serve(t: TestContext, at: Place): Promise<{ server: ServerProcess; client: HttpClient }> {
  const { process: server, operator: client } = await startApiServer(at);
  t.after(() => server.kill());
  return { server, client };
}

const receipt = (id: string, amount: bigint) => signed(receiptOf(id, ACME, amount).receipt);
const jsonOf = (id: string, amount: bigint): string => JSON.stringify(wireOf(receipt(id, amount)));

const put = ({ spool }: Place, name: string, text: string): void => writeFileSync(join(spool, name), text);
const files = ({ spool }: Place, folder = ''): string[] =>
  readdirSync(join(spool, folder), { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

const post = (client: HttpClient, path: string, body?: unknown): Promise<HttpAnswer> =>
  client.ask(path, { method: 'POST', ...(body === undefined ? {} : { body }) });

const available = async (client: HttpClient): Promise<unknown> =>
  (await client.ask(`/v1/ledger/account?account_id=${ACME}`)).json['available'];

const allow = (client: HttpClient, limit: number): Promise<HttpAnswer> =>
  client.ask(`/v1/ledger/standing-rules/${GATEWAY}`, { method: 'PUT', body: { max_amount: limit } });

async function assertVerified({ data }: Place): Promise<void> {
  const report = await verify(data);
  assert.deepEqual([report.code, failures(report)], [0, []]);
}

suite('S-13 the spool', () => {
  test('files become receipts of the inbox, and no money; the token credits them, once', async (t) => {
    const here = place();
    put(here, 'a.json', jsonOf('r1', 100n));
    const { server, client } = await serve(t, here);
    await until('the file is moved', () => files(here, '').length === 0);
    assert.deepEqual(files(here, 'done'), ['a.json']);
    const { items } = (await client.ask('/v1/ledger/inbox?state=waiting')).json as { items: Record<string, unknown>[] };
    assert.deepEqual(
      items.map(({ receipt_id: id, source, verified, gross }) => [id, source, verified, gross]),
      [['r1', 'spool', true, 100]],
    );
    assert.equal(await available(client), 0);
    const first = await post(client, '/v1/ledger/inbox/r1/credit');
    assert.deepEqual([first.status, first.json['outcome']], [201, 'applied']);
    const again = await post(client, '/v1/ledger/inbox/r1/credit');
    assert.deepEqual([again.status, again.json['outcome']], [200, 'already_applied']);
    const direct = await post(client, '/v1/ledger/top-up', wireOf(receipt('r1', 100n)));
    assert.deepEqual([direct.status, direct.json['outcome']], [200, 'already_applied']);
    const forged = await post(client, '/v1/ledger/top-up', { ...wireOf(receipt('r9', 5n)), amount: 6 });
    assert.deepEqual([forged.status, (forged.json['error'] as { code: string }).code], [422, 'invalid_signature']);
    assert.equal((await post(client, '/v1/ledger/inbox/none/credit')).status, 404);
    assert.equal(await available(client), 100);
    assert.equal(await server.stop(), 0);
    await assertVerified(here);
  });

  test('S-10 a receipt that was topped up over HTTP comes through the spool, too: credited once', async (t) => {
    const here = place();
    const { client } = await serve(t, here);
    await allow(client, 1_000);
    assert.equal((await post(client, '/v1/ledger/top-up', wireOf(receipt('r1', 100n)))).status, 201);
    put(here, 'one.json', jsonOf('r1', 100n));
    put(here, 'two.json', jsonOf('r1', 100n));
    put(here, 'three.json', jsonOf('r2', 11n));
    await until('all are credited', async () => (await available(client)) === 111);
    await until('all are moved', () => files(here).length === 0);
    assert.deepEqual(files(here, 'done'), ['one.json', 'three.json', 'two.json']);
    assert.equal(await available(client), 111);
  });

  test('a standing rule credits up to its limit; what is above waits; without the rule everything does', async (t) => {
    const here = place();
    const { server, client } = await serve(t, here);
    const rule = await allow(client, 100);
    assert.deepEqual([rule.status, rule.json['max_amount'], rule.json['requires_signature']], [200, 100, true]);
    put(here, 'a.json', jsonOf('at-limit', 100n));
    put(here, 'b.json', jsonOf('above', 101n));
    put(here, 'c.json', JSON.stringify(wireOf({ ...receipt('unsigned', 5n), signature: null })));
    await server.line(/name=funding event=credited receipts=1$/);
    await until('all are moved', () => files(here).length === 0);
    assert.equal(await available(client), 100);
    const waiting = (await client.ask('/v1/ledger/inbox?state=waiting')).json['items'] as Record<string, unknown>[];
    assert.deepEqual(waiting.map(({ receipt_id: id }) => String(id)).toSorted(), ['above', 'unsigned']);
    const removed = await client.ask(`/v1/ledger/standing-rules/${GATEWAY}`, { method: 'DELETE' });
    assert.deepEqual([removed.status, removed.json['state']], [200, 'removed']);
    put(here, 'd.json', jsonOf('later', 1n));
    await until('it is moved', () => files(here, 'done').includes('d.json'));
    assert.equal(await available(client), 100);
    await allow(client, 101);
    await until('what waited is allowed now', async () => (await available(client)) === 202);
    assert.equal((await client.ask(`/v1/ledger/standing-rules/${GATEWAY}`)).json['state'], 'standing');
    assert.equal((await client.ask('/v1/ledger/standing-rules/other')).status, 404);
    assert.equal(await server.stop(), 0);
    await assertVerified(here);
  });

  test('no key may credit or set a rule, whatever its role (S-11)', async (t) => {
    const { client } = await serve(t, place());
    for (const role of ['operator', 'finance']) {
      const other = await client.keyFor(role);
      assert.equal((await post(other, '/v1/ledger/inbox/r1/credit')).status, 403);
      assert.equal((await allow(other, 1)).status, 403);
      assert.equal((await other.ask('/v1/ledger/inbox')).status, 200);
    }
  });

  test('junk is refused with its reason, a file that is still written waits, and nothing else is touched', async (t) => {
    const here = place();
    const old = new Date(Date.now() - 3_600_000);
    const aged = (name: string, text: string): void => {
      put(here, name, text);
      utimesSync(join(here.spool, name), old, old);
    };
    aged('a-text.json', 'no json at all');
    aged('b-empty.json', '');
    aged('c-bytes.json', '');
    writeFileSync(join(here.spool, 'c-bytes.json'), Buffer.from([0x22, 0xff, 0x22]));
    utimesSync(join(here.spool, 'c-bytes.json'), old, old);
    put(here, 'd-shape.json', '{"receipt_id":"x","amount":1.5}');
    put(here, 'e-signature.json', JSON.stringify(wireOf({ ...receipt('forged', 5n), amount: 500n })));
    put(here, 'f-large.json', ' '.repeat(65_537));
    put(here, 'g-partial.json', jsonOf('r-partial', 7n).slice(0, 60));
    put(here, 'h-good.json', jsonOf('r-good', 1n));
    put(here, 'i-conflict.json', jsonOf('r-good', 2n));
    put(here, 'notes.txt', 'not ours');
    put(here, '.hidden.json', jsonOf('hidden', 1n));
    mkdirSync(join(here.spool, 'folder.json'));
    symlinkSync('/etc/hostname', join(here.spool, 'link.json'));
    const { server, client } = await serve(t, here);
    await until('the junk is gone', () => files(here, 'refused').filter((name) => name.endsWith('.json')).length === 7);
    assert.deepEqual(files(here), ['.hidden.json', 'g-partial.json', 'link.json', 'notes.txt']);
    const reasons = files(here, 'refused')
      .filter((name) => name.endsWith('.reason'))
      .map((name) => JSON.parse(readFileSync(join(here.spool, 'refused', name), 'utf8')) as Record<string, unknown>);
    assert.deepEqual(
      reasons.map(({ code }) => code),
      [
        'malformed_json',
        'malformed_json',
        'malformed_json',
        'invalid_receipt',
        'invalid_signature',
        'receipt_too_large',
        'receipt_conflict',
      ],
    );
    assert.ok(Array.isArray(reasons[3]?.['problems']) && reasons[3]['problems'].includes('amount: invalid_amount'));
    assert.deepEqual(reasons[6]?.['fields'], ['amount', 'signature']);
    await server.line(/event=receipt_refused source=spool receipt=e-signature\.json code=invalid_signature$/);
    // The gateway goes on writing: now it is whole.
    put(here, 'g-partial.json', jsonOf('r-partial', 7n));
    await until('the file that was written is taken', () => files(here, 'done').includes('g-partial.json'));
    const { items } = (await client.ask('/v1/ledger/inbox')).json as { items: Record<string, unknown>[] };
    assert.deepEqual(items.map(({ receipt_id: id }) => String(id)).toSorted(), ['r-good', 'r-partial']);
    // The same name again does not overwrite what was done.
    put(here, 'g-partial.json', jsonOf('r-next', 7n));
    await until('it has a number', () => existsSync(join(here.spool, 'done', 'g-partial.2.json')));
  });
});

/** Runs a server until it kills itself at a command. */
async function killedAt({ data, env }: Place, type: string, nth: number): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const program = join(import.meta.dirname, 'deadly-server.ts');
  const args = [program, type, String(nth), '--data', data, '--http', '127.0.0.1:0'];
  const child = spawn(process.execPath, args, { env: { PATH, HOME, ...env }, stdio: 'ignore' });
  new ProcessGuard(data).watch([child.pid!]);
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
}

test('S-13 killed between reading a file and moving it: read again, received and credited once', async (t) => {
  const here = place();
  const before = await serve(t, here);
  assert.equal((await allow(before.client, 50)).status, 200);
  await before.server.stop();
  for (const name of ['a', 'b', 'c']) put(here, `${name}.json`, jsonOf(`r-${name}`, 100n));
  await killedAt(here, 'receive-receipt', 1);
  assert.deepEqual(files(here), ['a.json', 'b.json', 'c.json']);
  await killedAt(here, 'receive-receipt', 3);
  assert.deepEqual(files(here), ['c.json']);
  put(here, 'd.json', jsonOf('r-d', 50n));
  await killedAt(here, 'credit-receipt', 1);
  const { server, client } = await serve(t, here);
  await until('all are moved', () => files(here).length === 0);
  assert.deepEqual(files(here, 'done'), ['a.json', 'b.json', 'c.json', 'd.json']);
  assert.equal(await available(client), 50);
  await allow(client, 100);
  await until('everything is credited', async () => (await available(client)) === 350);
  const { items } = (await client.ask('/v1/ledger/inbox?state=credited')).json as { items: unknown[] };
  assert.equal(items.length, 4);
  assert.equal(await server.stop(), 0);
  await assertVerified(here);
});
