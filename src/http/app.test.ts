/** Liveness and readiness over HTTP, asked without a socket. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createApp } from './app.ts';

suite('HTTP', () => {
  let ready = true;
  const app = createApp({ role: 'all', ready: () => ready, parts: () => ({ store: 'ok', risk: 'unreachable' }) });

  test('/health says the role and how its parts are', async () => {
    const response = await app.request('/health');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: 'ok', role: 'all', parts: { store: 'ok', risk: 'unreachable' } });
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  });

  test('/ready turns 503 while the server drains', async () => {
    assert.equal((await app.request('/ready')).status, 200);
    ready = false;
    const response = await app.request('/ready');
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ready: false });
  });

  test('anything else is a typed 404 with a request id', async () => {
    const response = await app.request('/nothing', { method: 'POST' });
    assert.equal(response.status, 404);
    const body = (await response.json()) as { error: { code: string }; request_id: string };
    assert.equal(body.error.code, 'not_found');
    assert.match(body.request_id, /^[0-9a-f-]{36}$/);
  });

  test('a bug is a typed 500 that tells nothing of the inside', async () => {
    const broken = createApp({
      role: 'all',
      ready: () => true,
      parts: () => {
        throw new Error('secret detail');
      },
    });
    const response = await broken.request('/health');
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret|at /);
  });
});
