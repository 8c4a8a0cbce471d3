/** The gate's server is killed between payment and retry: nobody pays twice, and nothing that was paid is lost (L-04, L-07, B-28). */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { until } from '../rig/until.ts';
import { failures, purser, verify } from './purser.ts';

interface Counted {
  readonly n: number;
}

function count(data: string, from: string): number {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true });
  const { n } = db.prepare(`select count(*) n from ${from}`).get() as unknown as Counted;
  db.close();
  return n;
}

suite('the gate’s server is killed', () => {
  test('L-04 after the payment: with the next one the same credential is good, and two hundred retries at once use it once', async () => {
    const server = await new GateServer().start();
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(500, 'p'), { idempotencyKey: 'k' }));
    const preimage = await server.pay(invoice);
    await server.kill();
    await server.start();
    const credential = `L402 ${macaroon}:${preimage}`;
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => server.gate(purchase(500, 'p'), { credential, idempotencyKey: 'k' })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
    assert.equal(count(server.data, "facts where type = 'otb/gate-paid.v1'"), 1);
    assert.equal(count(server.data, 'otb_l402_invoices where consumed_at is not null'), 1);
    await server.stop();
    assert.deepEqual(failures(await verify(server.data)), []);
  });

  test('L-04 and its keys are rotated meanwhile: tokens that are open stay good, and are sealed anew', async () => {
    const server = await new GateServer().start();
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(700)));
    await server.kill();
    const rotated = await purser(['rotate-keys', '--data', server.data]);
    assert.deepEqual([rotated.code, / has version 2\./.test(rotated.stdout)], [0, true], rotated.stderr);
    await server.start();
    await until('it is sealed anew', () =>
      Promise.resolve(count(server.data, "otb_l402_invoices where root_key_sealed like 'v2.%'") === 1),
    );
    assert.equal(challengeOf(await server.gate(purchase(700))).macaroon, macaroon);
    const credential = `L402 ${macaroon}:${await server.pay(invoice)}`;
    assert.equal((await server.gate(purchase(700), { credential })).status, 200);
    await server.stop();
  });

  test('B-04 after the payment, and nobody has the credential: the settlement is found at the next start', async () => {
    const server = await new GateServer().start();
    const { invoice } = challengeOf(await server.gate(purchase(600)));
    await server.pay(invoice);
    await server.kill();
    await server.start();
    await until('the settlement is recorded', () =>
      Promise.resolve(count(server.data, "otb_l402_invoices where state = 'settled'") === 1),
    );
    assert.equal((await server.gate(purchase(600))).status, 200);
    await server.stop();
  });

  test('B-28 in the middle of a crowd of challenges: every one is finished or closed, and the books add up', async () => {
    const server = await new GateServer().start();
    const asked = Array.from({ length: 60 }, (_, i) => server.gate(purchase(1, `c${i}`)).catch(() => undefined));
    await Promise.any(asked);
    await server.kill();
    await Promise.all(asked);
    await server.start();
    await until('no intent is left', () =>
      Promise.resolve(count(server.data, "otb_l402_invoices where state = 'intended'") === 0),
    );
    const open = count(server.data, "otb_l402_invoices where state = 'open'");
    const counted = new DatabaseSync(join(server.data, 'purser.db'), { readOnly: true });
    const exposure = counted.prepare('select open_invoices from otb_exposures').get() as
      { open_invoices: number } | undefined;
    counted.close();
    assert.equal(exposure?.open_invoices ?? 0, open);
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(1, 'c0')));
    const preimage = await server.pay(invoice);
    const { status, json } = await server.gate(purchase(1, 'c0'), { credential: `L402 ${macaroon}:${preimage}` });
    assert.deepEqual([status, json['paid']], [200, true]);
    await server.stop();
    assert.deepEqual(failures(await verify(server.data)), []);
  });
});
