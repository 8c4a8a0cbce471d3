/** Tokens of an identity provider beside keys: a real issuer with real keys, and what its tokens may and may not say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before, suite, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { startApiServer } from '../rig/api-server.ts';
import { until } from '../rig/until.ts';

const AUDIENCE = 'purser';
const ACME = '/v1/ledger/account?account_id=account:org:acme';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity provider on a port of its own. */
class Issuer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(keys: readonly (readonly [kid: string, alg: string, keys: Keys])[], port = 0): Promise<Issuer> {
    const list = await Promise.all(
      keys.map(async ([kid, alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })),
    );
    const server = createServer((request, response) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const isKeys = request.url === '/keys';
      const known = isKeys || request.url === '/.well-known/openid-configuration';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKeys ? { keys: list } : { issuer: url, jwks_uri: `${url}/keys` }));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return new Issuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close').catch(() => {});
  }
}

const serve = async (env: Readonly<Record<string, string>>): Promise<string> => (await startApiServer({ env })).url;

/** The status, and the code of a refusal. */
async function ask(url: string, token: string, path = ACME, init: RequestInit = {}): Promise<string> {
  const headers = { Authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url + path, { ...init, headers });
  const { error } = (await response.json()) as { error?: { code: string } };
  return error === undefined ? String(response.status) : `${response.status} ${error.code}`;
}

const now = (): number => Math.floor(Date.now() / 1_000);

const claims = (issuer: string, more: Readonly<Record<string, unknown>> = {}): JWTPayload => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: 'alice',
  exp: now() + 300,
  purser_role: 'buyer',
  purser_merchant: 'acme',
  ...more,
});

const sign = (payload: JWTPayload, keys: Keys, header = { alg: 'ES256', kid: 'k1' }): Promise<string> =>
  new SignJWT(payload).setProtectedHeader(header).sign(keys.privateKey);

suite('tokens of an identity provider', () => {
  let keys: Keys;
  let rsa: Keys;
  let stranger: Keys;
  let issuer: Issuer;
  let url = '';
  before(async () => {
    [keys, rsa, stranger] = await Promise.all([
      generateKeyPair('ES256'),
      generateKeyPair('RS256'),
      generateKeyPair('ES256'),
    ]);
    issuer = await Issuer.start([
      ['k1', 'ES256', keys],
      ['k2', 'RS256', rsa],
    ]);
    url = await serve({ PURSER_OIDC_ISSUER: issuer.url, PURSER_OIDC_AUDIENCE: AUDIENCE });
  });

  const signed = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    sign(claims(issuer.url, more), keys);

  test('a good one is let in, confined to its merchant', async () => {
    assert.equal(await ask(url, await signed()), '200');
    assert.equal(await ask(url, await sign(claims(issuer.url), rsa, { alg: 'RS256', kid: 'k2' })), '200');
    const other = '/v1/ledger/account?account_id=account:org:other';
    assert.equal(await ask(url, await signed(), other), '403 forbidden');
    assert.equal(await ask(url, await signed({ purser_merchant: '*', purser_role: 'finance' }), other), '200');
    assert.equal(await ask(url, await signed({ aud: ['x', AUDIENCE] })), '200');
    assert.equal(await ask(url, await signed(), '/v1/facts'), '403 forbidden');
  });

  test('S-11 an operator by token does what operators do, and cannot top up', async () => {
    const operator = await signed({ purser_role: 'operator', purser_merchant: undefined });
    assert.equal(await ask(url, operator, '/v1/facts'), '200');
    const receipt = {
      receipt_id: 'r',
      account_id: 'account:org:acme',
      amount: 1,
      unit: 'ORC',
      gateway_node_id: 'g',
      external: { amount: 1, currency: 'EUR', payment_ref: 'p' },
    };
    const init = { method: 'POST', body: JSON.stringify(receipt) };
    assert.equal(await ask(url, operator, '/v1/ledger/top-up', init), '403 forbidden');
    const org = { method: 'PUT', body: JSON.stringify({ custodian_participant_id: 'alice' }) };
    assert.equal(await ask(url, operator, '/v1/orgs/acme', org), '200');
    const facts = await fetch(`${url}/v1/facts?type=orders/org-set.v1`, {
      headers: { Authorization: `Bearer ${operator}` },
    });
    assert.match(await facts.text(), /"actor":"oidc:alice"/);
  });

  // prettier-ignore
  const rows: readonly [what: string, token: () => string | Promise<string>][] = [
    ['for another program',              () => signed({ aud: 'other' })],
    ['for nobody',                       () => signed({ aud: undefined })],
    ['of another issuer',                () => signed({ iss: 'https://elsewhere.example' })],
    ['that has run out',                 () => signed({ exp: now() - 60 })],
    ['that never runs out',              () => signed({ exp: undefined })],
    ['that is not good yet',             () => signed({ nbf: now() + 300 })],
    ['of nobody',                        () => signed({ sub: undefined })],
    ['of somebody with a line break',    () => signed({ sub: 'a\nb' })],
    ['without a role',                   () => signed({ purser_role: undefined })],
    ['with a role that is none',         () => signed({ purser_role: 'boss' })],
    ['as the control plane',             () => signed({ purser_role: 'control-plane', purser_merchant: undefined })],
    ['with two roles',                   () => signed({ purser_role: ['buyer', 'finance'] })],
    ['with a role that is no text',      () => signed({ purser_role: { buyer: true } })],
    ['of a buyer without a merchant',    () => signed({ purser_merchant: undefined })],
    ['with a merchant that is no id',    () => signed({ purser_merchant: ['acme'] })],
    ['with a merchant of two names',     () => signed({ purser_merchant: 'acme|2026-11' })],
    ['of an operator of one merchant',   () => signed({ purser_role: 'operator' })],
    ['signed by a stranger',             () => sign(claims(issuer.url), stranger)],
    ['of a key that is not there',       () => sign(claims(issuer.url), keys, { alg: 'ES256', kid: 'k9' })],
    ['signed by nobody',                 () => new UnsecuredJWT(claims(issuer.url)).encode()],
    ['with the public key as a secret',  async () => new SignJWT(claims(issuer.url)).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(JSON.stringify(await exportJWK(keys.publicKey))))],
    ['that was changed',                 async () => { const [head, , tail] = (await signed()).split('.'); return `${head}.${Buffer.from(JSON.stringify(claims(issuer.url, { purser_merchant: 'other' }))).toString('base64url')}.${tail}`; }],
    ['that is none',                     () => 'a.b.c'],
  ];
  test('everything else is 401', async () => {
    for (const [what, token] of rows) {
      // Bad tokens are slowed down like bad keys.
      await until(`${what} is judged`, async () => {
        const said = await ask(url, await token());
        if (said === '429 too_many_attempts') return false;
        assert.equal(said, '401 unauthorized', what);
        return true;
      });
    }
  });

  test('roles by another claim and another name', async () => {
    const own = await serve({
      PURSER_OIDC_ISSUER: issuer.url,
      PURSER_OIDC_AUDIENCE: AUDIENCE,
      PURSER_OIDC_ROLE_CLAIM: 'realm_access.roles',
      PURSER_OIDC_MERCHANT_CLAIM: 'https://shop.example/merchant',
      PURSER_OIDC_ROLES: 'till=buyer,boss=operator',
    });
    const token = (roles: unknown): Promise<string> =>
      signed({ realm_access: { roles }, 'https://shop.example/merchant': 'acme' });
    assert.equal(await ask(own, await token(['offline', 'till'])), '200');
    assert.equal(await ask(own, await token(['buyer'])), '401 unauthorized');
    assert.equal(await ask(own, await token([])), '401 unauthorized');
  });

  test('a crowd with a good token is not held up, whatever others behind the same address try', async () => {
    const own = await serve({ PURSER_OIDC_ISSUER: issuer.url, PURSER_OIDC_AUDIENCE: AUDIENCE });
    const token = await signed();
    assert.equal(await ask(own, token), '200');
    const strangers = Array.from({ length: 30 }, () => ask(own, 'a.b.c'));
    const crowd = Array.from({ length: 60 }, () => ask(own, token));
    assert.deepEqual([...new Set(await Promise.all(crowd))], ['200']);
    assert.ok((await Promise.all(strangers)).includes('429 too_many_attempts'));
  });

  test('where no issuer is configured, a token is no key', async () => {
    assert.equal(await ask(await serve({}), await signed()), '401 unauthorized');
  });
});

test('while the issuer cannot be reached nobody is let in on its word, and everybody when it is back', async () => {
  const keys = await generateKeyPair('ES256');
  const first = await Issuer.start([['k1', 'ES256', keys]]);
  const { port } = new URL(first.url);
  await first.stop();
  const url = await serve({ PURSER_OIDC_ISSUER: first.url, PURSER_OIDC_AUDIENCE: AUDIENCE });
  const token = await sign(claims(first.url), keys);
  assert.equal(await ask(url, token), '503 unavailable');
  await Issuer.start([['k1', 'ES256', keys]], Number(port));
  await until('the token is let in', async () => (await ask(url, token)) === '200');
});

test('keys of an issuer that calls itself otherwise are not believed', async () => {
  const keys = await generateKeyPair('ES256');
  const issuer = await Issuer.start([['k1', 'ES256', keys]]);
  const other = issuer.url.replace('127.0.0.1', 'localhost');
  const url = await serve({ PURSER_OIDC_ISSUER: other, PURSER_OIDC_AUDIENCE: AUDIENCE });
  assert.equal(await ask(url, await sign(claims(other), keys)), '503 unavailable');
});
