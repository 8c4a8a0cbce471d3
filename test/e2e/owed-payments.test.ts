/** Money that came for nothing, from a real wallet over a backend that cannot call an invoice off: who is told of it, and where. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runCommand } from '../rig/command.ts';
import type { Json } from '../rig/frame-client.ts';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { sharedSkin } from '../rig/lightning-skin.ts';
import { PhoenixdSkin } from '../rig/phoenixd-skin.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

const PASSWORD = 'limited-access-of-the-test';

const open = sharedSkin(() => PhoenixdSkin.open(PASSWORD));

suite('L-07: what is owed to payers', () => {
  let skin: PhoenixdSkin;
  let server: GateServer;
  before(async () => {
    skin = await open();
    const file = join(temporaryDirectory(), 'password');
    writeFileSync(file, PASSWORD, { mode: 0o600 });
    const lightning = `phoenixd+http://127.0.0.1:${skin.server.port}?password-file=${file}&network=regtest`;
    server = await new GateServer({ lightning }).start();
  });
  after(() => server.stop());

  async function listed(query: string, key = server.token): Promise<readonly Json[]> {
    const { status, json, text } = await server.client(key).ask(`/l402-otb/invoices?${query}`);
    assert.equal(status, 200, text);
    return json['items'] as Json[];
  }

  const measured = async (): Promise<string | undefined> =>
    /^purser_gate_owed_msat (.*)$/m.exec((await server.client().ask('/metrics')).text)?.[1];

  test('a challenge that is called off and paid all the same: in the list, for the merchant’s own keys, in the metric, and nothing else is', async () => {
    const { invoice } = challengeOf(await server.gate(purchase(5_000, 'used')));
    assert.ok((await skin.money.pay(invoice)).ok);
    await until('the first is settled', async () => (await listed('state=settled')).length === 1);
    assert.deepEqual([await listed('owed=true'), await measured()], [[], '0']);

    const off = await server.gate(purchase(5_000, 'off'));
    assert.equal((await server.post(`decisions/${String(off.json['decision_id'])}/cancel`)).status, 200);
    assert.ok((await skin.money.pay(challengeOf(off).invoice)).ok);
    await until('what came for nothing is told', async () => (await listed('owed=true')).length === 1);
    const [owed] = await listed('owed=true');
    assert.deepEqual(
      [owed?.['decision_id'], owed?.['state'], owed?.['credit_msat']],
      [off.json['decision_id'], 'settled', 100_000],
    );
    assert.equal(await measured(), '100000');
    assert.deepEqual(await listed('owed=true&state=open'), []);
    await server.process.line(/^SERVICE name=lightning event=payment_owed decision=\S+ msat=100000/);

    const [own, other] = [await server.key('finance', 'acme'), await server.key('finance', 'other')];
    assert.equal((await listed('owed=true', own)).length, 1);
    assert.deepEqual(await listed('owed=true', other), []);
    assert.equal((await server.client(other).ask('/l402-otb/invoices?owed=true&merchant_id=acme')).status, 403);
    assert.equal((await server.client().ask('/l402-otb/invoices?owed=false')).status, 400);
  });

  test('the command line lists it', async () => {
    const env = { PURSER_URL: server.url, PURSER_DATA: server.data };
    const { code, out, err } = await runCommand(['invoice', 'list', '--owed', '--json'], env);
    assert.equal(code, 0, err);
    assert.match(out, /"credit_msat": ?100000/);
  });
});
