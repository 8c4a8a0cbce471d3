/**
 * docs/paying.md and examples/paying at work (B-03, B-04, L-09): the page's own commands and every program pay a real server's
 * challenge with the sandbox's payer, as a reader would run them.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { codeOf } from '../rig/http-client.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'examples/paying');
const page = readFileSync(join(root, 'docs/paying.md'), 'utf8');
const run = promisify(execFile);

/** What the examples have in common is no example. */
const programs = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'wallet.mjs');
const output = readFileSync(join(folder, 'paying.out'), 'utf8');

suite('paying the gate', () => {
  const server = new GateServer();
  before(() => server.start());
  after(() => server.stop());

  const surroundings = (): Record<string, string> => ({
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    PURSER_URL: server.url,
    PURSER_DATA: server.data,
    PURSER_PAYER_ADDR: server.payer,
  });

  /** What the server says of all that was paid for a merchant: state, use and what is owed. */
  async function paidFor(merchant: string): Promise<readonly unknown[]> {
    const { json } = await server.client().ask(`/l402-otb/invoices?merchant_id=${merchant}&limit=1000`);
    const { items } = json as { items: Record<string, unknown>[] };
    return items.map(({ state, consumed_at, credit_msat }) => [state, consumed_at !== null, credit_msat]);
  }

  test('B-03, B-04 the commands of docs/paying.md: 402, paid, 200, and 200 again without the credential', async () => {
    const script = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands]) => commands).join('\n');
    const cwd = join(temporaryDirectory(), 'page');
    mkdirSync(cwd, { recursive: true });
    const earlier = (await paidFor('acme')).length;
    const { stdout, stderr } = await run('sh', ['-eu', '-c', script], { cwd, env: surroundings() });
    assert.equal(stderr, '');
    assert.deepEqual(stdout.match(/(?<=^HTTP\/1\.1 )\d+/gm), ['402', '200', '200']);
    const decisions = stdout.match(/(?<="allowed":(?:true|false),"decision_id":")[^"]+/g) ?? [];
    assert.deepEqual([decisions.length, new Set(decisions).size], [3, 1], stdout);
    assert.deepEqual((await paidFor('acme')).slice(earlier), [['settled', true, 0]]);
  });

  for (const name of programs) {
    test(`L-09 examples/paying/${name} pays once and prints what paying.out has`, async () => {
      assert.ok(page.includes(`examples/paying/${name}`), 'the page tells of it');
      const earlier = (await paidFor('acme')).length;
      const { PURSER_URL: _, ...env } = surroundings();
      const { stdout } = await run(process.execPath, [join(folder, name), server.url], { cwd: root, env });
      assert.equal(stdout, output);
      const paid = await paidFor('acme');
      assert.equal(paid.length, earlier + 1);
      assert.ok(paid.every((each) => JSON.stringify(each) === '["settled",true,0]'));
    });
  }

  test('the key and the password may come from the environment instead of files', async () => {
    const env = {
      PURSER_PAYER_ADDR: server.payer,
      PURSER_KEY: await server.key('service', 'acme'),
      PAYER_PASSWORD: readFileSync(join(server.data, 'payer.password'), 'utf8').trim(),
    };
    const { stdout } = await run(process.execPath, [join(folder, 'lsat-js.mjs'), server.url], { cwd: root, env });
    assert.equal(stdout, output);
  });

  test('B-05, L-04 what the page says of keys: through the 402 to the 200, and nobody else’s token', async () => {
    const [own, other] = [await server.key('service', 'acme'), await server.key('service', 'acme')];
    const asked = { key: own, idempotencyKey: 'order-7' };
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(7), asked));
    const credential = `L402 ${macaroon}:${await server.pay(invoice)}`;
    const stranger = challengeOf(await server.gate(purchase(7), { key: other, idempotencyKey: 'order-7', credential }));
    assert.notEqual(stranger.invoice, invoice);
    const without = challengeOf(await server.gate(purchase(7), { key: own, credential }));
    assert.notEqual(without.invoice, invoice);
    const paid = await server.gate(purchase(7), { ...asked, credential });
    assert.deepEqual([paid.status, paid.json['paid']], [200, true]);
    assert.equal((await server.gate(purchase(7), asked)).json['decision_id'], paid.json['decision_id']);
    const changed = await server.gate(purchase(8), { ...asked, credential });
    assert.deepEqual([changed.status, codeOf(changed)], [409, 'idempotency_conflict']);
  });

  test('the page shows the output as it is, and knows every program', () => {
    assert.ok(page.includes(output), 'paying.out');
    assert.equal(programs.length, 3);
  });
});
