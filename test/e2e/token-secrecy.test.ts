/**
 * The control-plane token stays where it is (S-42): a whole session is searched for it, every operation of the server's own
 * document, pages, streams, the command line, the log, and what lies on the disk.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { receiptFor, startApiServer, type ApiServer } from '../rig/api-server.ts';
import { runCommand } from '../rig/command.ts';

const ACME = 'account:org:acme';
const TOKEN_FILE = 'operator.token';

type Methods = Record<string, { readonly responses: Record<string, { readonly content?: object }> }>;

suite('S-42 the control-plane token', () => {
  let server: ApiServer;
  let secret = '';
  /** Everything that anybody was told, by where it was said. */
  const said: { where: string; text: string }[] = [];

  before(async () => {
    server = await startApiServer();
    // Its id is no secret: it names who did something.
    secret = server.token.split('_')[2] ?? '';
    assert.equal(secret.length, 64);
  });

  async function hear(path: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(server.url + path, { redirect: 'manual', ...init });
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const body = isStream ? await beginning(response) : await response.text();
    said.push({ where: `${init.method ?? 'GET'} ${path}`.replaceAll(secret, '…'), text: `${headers}\n\n${body}` });
    return response.status;
  }

  async function beginning(response: Response): Promise<string> {
    const stream: ReadableStream<Uint8Array> = response.body!;
    for await (const piece of stream) return Buffer.from(piece).toString();
    return '';
  }

  const withToken = (body?: unknown): RequestInit => ({
    headers: { 'X-API-Key': server.token, 'Content-Type': 'application/json', Origin: 'https://example.com' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });

  function assertUnsaid(): void {
    const found = said.filter(({ text }) => text.includes(secret)).map(({ where }) => where);
    assert.deepEqual(found, []);
  }

  test('S-42 no answer to work that is done with it', async () => {
    assert.equal(await hear('/v1/ledger/top-up', withToken(receiptFor(ACME, 50_000))), 201);
    const hold = { payer_account_id: ACME, payee_account_id: 'account:participant:weaver', amount: 5, order_id: 'o' };
    assert.equal(await hear('/v1/ledger/holds', withToken({ ...hold, hold_id: 'h' })), 201);
    assert.equal(await hear('/v1/ledger/holds/h/release', withToken({ reason: 'delivered' })), 200);
    assert.equal(await hear('/v1/keys', withToken({ role: 'auditor' })), 201);
    assert.equal(await hear('/v1/keys', withToken()), 200);
    assertUnsaid();
  });

  test('S-42 no operation of the document, whatever it makes of the call, and no page', async () => {
    for (const page of ['/', '/docs', '/docs/style.css', '/health', '/ready', '/v1/server-keys', '/none'])
      await hear(page, withToken());
    const response = await fetch(`${server.url}/openapi.json`);
    const { paths } = (await response.clone().json()) as { paths: Record<string, Methods> };
    said.push({ where: '/openapi.json', text: await response.text() });
    let asked = 0;
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        const { headers = {} } = withToken();
        const body = method === 'get' || method === 'delete' ? {} : { body: '{"x":1}' };
        await hear(path.replaceAll(/\{\w+\}/g, 'h'), { method: method.toUpperCase(), headers, ...body });
        asked += 1;
      }
    assert.ok(asked > 80, `${asked}`);
    assertUnsaid();
  });

  test('S-42 no answer to a token that stands where it should not, or is not whole', async () => {
    const bearer = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });
    assert.equal(await hear('/v1/balances', bearer(`${server.token}0`)), 401);
    assert.equal(await hear('/v1/balances', bearer(server.token)), 200);
    assert.equal(await hear('/v1/balances', { headers: { Cookie: `token=${server.token}` } }), 401);
    assert.equal(await hear(`/v1/balances?key=${server.token}`), 401);
    assert.equal(await hear(`/v1/ledger/holds?state=${server.token}`, withToken()), 400);
    assert.equal(await hear('/v1/keys', withToken({ role: server.token })), 400);
    await hear('/v1/balances', { method: 'OPTIONS', headers: { Origin: 'https://example.com' } });
    assertUnsaid();
  });

  test('S-42 not the command line, which reads it itself', async () => {
    const env = { PURSER_URL: server.url, PURSER_DATA: server.data };
    for (const words of [
      ['account', 'inspect', ACME],
      ['key', 'list', '--table'],
      ['hold', 'inspect', 'none'],
      ['balance', '--url', 'http://127.0.0.1:2'],
      ['help'],
    ]) {
      const { out, err } = await runCommand(words, env);
      said.push({ where: words.join(' '), text: out + err });
    }
    assertUnsaid();
  });

  test('S-42 not the log; on the disk it stands in its file alone', async () => {
    assert.equal(await server.process.stop(), 0);
    said.push({ where: 'the log', text: [...server.process.lines, server.process.errors].join('\n') });
    assert.ok(server.process.lines.length > 3);
    assertUnsaid();
    const files = readdirSync(server.data, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(server.data, name)).isFile(),
    );
    const holding = files.filter((name) => readFileSync(join(server.data, name)).includes(secret));
    assert.deepEqual(holding, [TOKEN_FILE]);
    assert.equal(statSync(join(server.data, TOKEN_FILE)).mode & 0o777, 0o600);
    // The search finds what is there to be found.
    const facts = said.find(({ where }) => where === 'GET /v1/facts');
    assert.match(facts?.text ?? '', /ledger\/top-up-applied\.v1/);
  });
});
