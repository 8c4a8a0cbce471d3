/**
 * Two payment gateways on one database, before one risk and one ledger. One of them is paused or killed with a transfer in
 * flight: the other ends it, once, and the first must not go on with what it still believes.
 */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { FaultProxy, type Shape } from '../../src/scenario/fault-proxy.ts';
import { unharmed, type Fate } from '../../src/scenario/passing.ts';
import { Random } from '../../src/scenario/random.ts';
import { clear } from '../../src/scenario/shapes.ts';
import { ask, type Address, type Json } from '../rig/frame-client.ts';
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { ServerProcess } from '../rig/server-process.ts';
import { environment } from '../rig/servers.ts';
import { transferRequest } from '../rig/transfer-request.ts';
import { until } from '../rig/until.ts';

interface Gateways {
  readonly first: ServerProcess;
  readonly second: ServerProcess;
  /** Between each gateway and the ledger. */
  readonly links: readonly [FaultProxy, FaultProxy];
  readonly databases: { readonly gateways: string; readonly ledger: string };
}

const written = ({ host, port }: Address): string => `${host}:${port}`;

interface Setting {
  /** How the first gateway's link to the ledger behaves. */
  readonly shape?: Shape;
  readonly env?: Readonly<Record<string, string>>;
}

async function start(t: TestContext, { shape = clear, env = {} }: Setting = {}): Promise<Gateways> {
  const postgres = await sharedPostgres();
  const databases = { gateways: await postgres.createDatabase(), ledger: await postgres.createDatabase() };
  const run = (role: string, ...args: readonly string[]): ServerProcess =>
    new ServerProcess(['--role', role, ...args], environment);
  const ledger = run('ledger', '--store', databases.ledger);
  const risk = run('risk');
  const riskAddress = written(await risk.address('risk'));
  // With this seed what a link holds back first arrives after all.
  const linkTo = (to: Address, how: Shape): Promise<FaultProxy> => FaultProxy.start(to, how, new Random('gateways'));
  const links = [
    await linkTo(await ledger.address('ledger'), shape),
    await linkTo(await ledger.address('ledger'), clear),
  ] as const;
  const gateway = ({ address }: FaultProxy): ServerProcess =>
    new ServerProcess(['--role', 'gateway', '--store', databases.gateways], {
      ...environment,
      PURSER_RISK_ADDR: riskAddress,
      PURSER_LEDGER_ADDR: written(address),
      ...env,
    });
  const first = gateway(links[0]);
  await first.ready;
  const second = gateway(links[1]);
  await second.ready;
  const all = [first, second, risk, ledger];
  t.after(async () => {
    await Promise.all(all.map((server) => server.kill()));
    await Promise.all(links.map((link) => link.close()));
  });
  return { first, second, links, databases };
}

/** Rows of the ledger, as an outsider reads them. */
async function ops({ databases }: Gateways): Promise<string> {
  const rows = await queryAt<{ op: string }>(databases.ledger, 'select op from transactions order by created_at');
  return rows.map(({ op }) => op).join('+');
}

async function facts({ databases }: Gateways): Promise<string[]> {
  const rows = await queryAt<{ type: string }>(databases.gateways, 'select type from facts order by seq');
  return rows.map(({ type }) => type.replace(/^payments\//, ''));
}

const state = ({ databases }: Gateways): Promise<string | undefined> =>
  queryAt<{ state: string }>(databases.gateways, 'select state from transfers').then(([row]) => row?.state);

/** Gateways that hold their lease. */
async function carriers({ databases }: Gateways): Promise<number> {
  const held = "select 1 from leases where name like 'carrier/%' and expires_at >= clock_timestamp()";
  return (await queryAt(databases.gateways, held)).length;
}

const addressOf = (server: ServerProcess): Promise<Address> => server.address('gateway');

/** Of one connection, counted from 1. */
function delayAnswerOf(wanted: number): () => Fate {
  let connections = 0;
  return () => (++connections === wanted ? { ...unharmed, answerDelayMs: 3_600_000 } : unharmed);
}

/** The outcome, and that both gateways tell it. */
async function assertOneOutcome(rail: Gateways, wanted: Json, gateways: readonly ServerProcess[]): Promise<Json> {
  const told = await Promise.all(gateways.map(async (gateway) => ask(await addressOf(gateway), wanted)));
  assert.equal(new Set(told).size, 1, told.join(' and '));
  const ended = (await facts(rail)).filter((type) => /ended|refused/.test(type));
  assert.equal(ended.length, 1);
  await assertRailSound(rail.databases.ledger);
  return JSON.parse(told[0]!) as Json;
}

suite('two gateways on one database', { concurrency: 3 }, () => {
  test('P-45 one is paused while its DEBIT is in flight: the other undoes it, and the first tells that when it wakes', async (t) => {
    const rail = await start(t, { env: { BANK_ACCT_TIMEOUT: '30' } });
    const { first, second, links } = rail;
    const wanted = transferRequest('paused at DEBIT', 7);
    for (const link of links) link.stop('answers');
    const heard = ask(await addressOf(first), wanted);
    await until('the ledger has debited', async () => (await ops(rail)) === 'debit');
    first.child.kill('SIGSTOP');
    await second.line(/event=resuming transfers=1/);
    await until('the ledger has undone it', async () => (await ops(rail)) === 'debit+rollback');
    // The first wakes and hears that DEBIT went well, before the other has ended the transfer: it must not go forward.
    links[0].heal();
    first.child.kill('SIGCONT');
    await until('it says that it lives', async () => (await carriers(rail)) === 2);
    assert.deepEqual(await facts(rail), ['transfer-begun.v1', 'transfer-claimed.v1']);
    links[1].heal();
    const answer = JSON.parse(await heard) as Json;
    assert.equal(answer['error'], 'debit_timeout');
    assert.deepEqual(await assertOneOutcome(rail, wanted, [first, second]), answer);
    assert.equal(await ops(rail), 'debit+rollback');
    assert.deepEqual(await facts(rail), ['transfer-begun.v1', 'transfer-claimed.v1', 'transfer-ended.v1']);
  });

  test('P-45 one is paused while its CREDIT is in flight: the other goes forward, and the money moves once', async (t) => {
    // One connection per call: DEBIT passes, and the answer to the second is on its way for longer than anybody waits.
    const rail = await start(t, { shape: { fates: () => delayAnswerOf(2) } });
    const { first, second } = rail;
    const wanted = transferRequest('paused at CREDIT', 7);
    const heard = ask(await addressOf(first), wanted);
    await until('the ledger has credited', async () => (await ops(rail)) === 'debit+credit');
    first.child.kill('SIGSTOP');
    await second.line(/event=resuming transfers=1/);
    await until('the other has ended it', async () => (await state(rail)) === 'ended');
    first.child.kill('SIGCONT');
    const answer = JSON.parse(await heard) as Json;
    assert.equal(answer['ok'], true);
    assert.deepEqual(await assertOneOutcome(rail, wanted, [first, second]), answer);
    assert.equal(await ops(rail), 'debit+credit');
  });

  test('P-14, P-45 one is killed: a duplicate at the other waits while its lease lasts, then ends the transfer itself', async (t) => {
    const rail = await start(t);
    const { first, second, links } = rail;
    const wanted = transferRequest('killed', 7);
    links[0].stop('answers');
    const unheard = assert.rejects(ask(await addressOf(first), wanted));
    await until('the ledger has debited', async () => (await ops(rail)) === 'debit');
    let told = false;
    const duplicate = ask(await addressOf(second), wanted).finally(() => (told = true));
    await first.kill();
    await unheard;
    assert.deepEqual([await carriers(rail), told], [2, false]);
    const answer = JSON.parse(await duplicate) as Json;
    assert.equal(await carriers(rail), 1);
    assert.equal(answer['error'], 'debit_timeout');
    assert.deepEqual(await assertOneOutcome(rail, wanted, [second]), answer);
    assert.equal(await ops(rail), 'debit+rollback');
    assert.equal((await facts(rail)).filter((type) => type === 'transfer-claimed.v1').length, 1);
  });
});
