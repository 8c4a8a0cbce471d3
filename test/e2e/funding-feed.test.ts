/** A funding gateway's feed (S-13), read by a real server from a real one: by page, once, on after a restart, and in spite of what feeds do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, suite, test, type TestContext } from 'node:test';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { startApiServer } from '../rig/api-server.ts';
import { GATEWAY, PUBLIC_KEY, signed, wireOf } from '../rig/funding-commands.ts';
import type { HttpClient } from '../rig/http-client.ts';
import type { ServerProcess } from '../rig/server-process.ts';
import { receiptOf } from '../rig/settlement-commands.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

const PAGE = 2;

/** A gateway: its receipts in order, the cursor is how many were taken. What `next` holds is answered instead, once each. */
class Gateway {
  readonly receipts: unknown[] = [];
  readonly asked: string[] = [];
  readonly next: ((response: ServerResponse) => void)[] = [];
  url = '';

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://gateway');
      this.asked.push(url.searchParams.get('after') ?? 'begin');
      const instead = this.next.shift();
      if (instead !== undefined) return instead(response);
      const from = Number(url.searchParams.get('after') ?? 0);
      const items = this.receipts.slice(from, from + PAGE);
      const next = items.length === 0 ? null : String(from + items.length);
      response.end(JSON.stringify({ items, next }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/receipts?node=1`;
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    return this;
  }
}

const receipt = (id: string, amount: bigint): unknown =>
  wireOf(signed(receiptOf(id, 'account:org:acme' as AccountId, amount).receipt));

interface Place {
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
}

function place({ url }: Gateway): Place {
  const root = temporaryDirectory();
  const keys = join(root, 'keys.json');
  writeFileSync(keys, JSON.stringify({ [GATEWAY]: PUBLIC_KEY }), { mode: 0o644 });
  return { data: join(root, 'data'), env: { PURSER_FUNDING_FEED: url, PURSER_FUNDING_KEYS: keys } };
}

async function serve(t: TestContext, at: Place): Promise<{ server: ServerProcess; client: HttpClient }> {
  const { process: server, operator: client } = await startApiServer(at);
  t.after(() => server.kill());
  return { server, client };
}

const received = async (client: HttpClient): Promise<string[]> =>
  (await client.all('/v1/ledger/inbox', 100)).map(({ receipt_id: id }) => String(id)).toSorted();

suite('S-13 the feed', () => {
  test('is read page by page, from where it ended, also after a restart; a receipt that comes twice is one', async (t) => {
    const gateway = await new Gateway().start();
    const here = place(gateway);
    gateway.receipts.push(...['r1', 'r2', 'r3', 'r1', 'r4'].map((id) => receipt(id, 5n)));
    const first = await serve(t, here);
    await until('everything is received', async () => (await received(first.client)).length === 4);
    await until('the end was read', () => gateway.asked.includes('5'));
    assert.deepEqual(gateway.asked.slice(0, 4), ['begin', '2', '4', '5']);
    assert.equal(await first.server.kill(), 'SIGKILL');
    gateway.asked.length = 0;
    gateway.receipts.push(receipt('r5', 7n));
    const second = await serve(t, here);
    await until('the next one is received', async () => (await received(second.client)).length === 5);
    assert.equal(gateway.asked[0], '5');
    const rule = { method: 'PUT', body: { max_amount: 5 } };
    await second.client.ask(`/v1/ledger/standing-rules/${GATEWAY}`, rule);
    const account = '/v1/ledger/account?account_id=account:org:acme';
    await until('what is allowed is credited', async () => {
      return (await second.client.ask(account)).json['available'] === 20;
    });
    assert.equal(await second.server.stop(), 0);
  });

  test('what cannot be taken is told of and passed over', async (t) => {
    const gateway = await new Gateway().start();
    const forged = { ...(receipt('forged', 5n) as object), amount: 500 };
    gateway.receipts.push(forged, { receipt_id: 'shapeless' }, 'junk', receipt('good', 5n));
    const { server, client } = await serve(t, place(gateway));
    await server.line(/event=receipt_refused source=feed receipt=forged code=invalid_signature$/);
    await server.line(/event=receipt_refused source=feed receipt=shapeless code=invalid_receipt$/);
    await server.line(/event=receipt_refused source=feed receipt="" code=invalid_receipt$/);
    await until('the good one is received', async () => (await received(client)).length === 1);
    assert.deepEqual(await received(client), ['good']);
    assert.equal(await server.stop(), 0);
  });

  // prettier-ignore
  const troubles: readonly [what: string, trouble: (response: ServerResponse) => void, reason: RegExp][] = [
    ['an error',             (response) => response.writeHead(503).end('busy'),                               /it answers 503/],
    ['a way elsewhere',      (response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),  /redirect/],
    ['no JSON',              (response) => response.end('<html>'),                                            /no JSON/],
    ['no page',              (response) => response.end('{"items":{}}'),                                      /no page of receipts/],
    ['too much',             (response) => response.end(`"${'x'.repeat(1_100_000)}"`),                        /longer than/],
    ['a broken connection',  (response) => response.destroy(),                                                /./],
  ];
  test('an answer that is none is told of, and asked for again', async (t) => {
    const gateway = await new Gateway().start();
    gateway.receipts.push(receipt('r1', 5n));
    for (const [, trouble] of troubles.slice(0, 2)) gateway.next.push(trouble);
    const { server, client } = await serve(t, place(gateway));
    for (const [, , reason] of troubles.slice(0, 2))
      await server.line(new RegExp(`event=feed_unavailable reason=.*${reason.source}`));
    await server.line(/event=feed_available$/);
    await until('the receipt is there', async () => (await received(client)).length === 1);
    assert.equal(await server.stop(), 0);
  });
  for (const [what, trouble, reason] of troubles.slice(2)) {
    test(`${what} is told of, and changes nothing`, async (t) => {
      const gateway = await new Gateway().start();
      gateway.receipts.push(receipt('r1', 5n));
      gateway.next.push(trouble);
      const { server, client } = await serve(t, place(gateway));
      await server.line(new RegExp(`event=feed_unavailable reason=.*${reason.source}`));
      await until('the receipt is there', async () => (await received(client)).length === 1);
      assert.equal(await server.stop(), 0);
    });
  }

  test('a feed that never answers keeps no server from stopping', async (t) => {
    const gateway = await new Gateway().start();
    gateway.next.push(() => {});
    const { server } = await serve(t, place(gateway));
    await until('it was asked', () => gateway.asked.length === 1);
    assert.equal(await server.stop(), 0);
    assert.ok(!server.lines.some((line) => line.includes('feed_unavailable')));
  });
});
