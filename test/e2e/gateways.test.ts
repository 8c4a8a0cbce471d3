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
import { until } from '../rig/until.ts';

interface Gateways {
  readonly first: ServerProcess;
  readonly second: ServerProcess;
  /** Between the first gateway and the ledger. */
  readonly link: FaultProxy;
  readonly ledger: ServerProcess;
  readonly databases: { readonly gateways: string; readonly ledger: string };
}

const written = ({ host, port }: Address): string => `${host}:${port}`;

async function start(t: TestContext, shape: Shape = clear): Promise<Gateways> {
  const postgres = await sharedPostgres();
  const databases = { gateways: await postgres.createDatabase(), ledger: await postgres.createDatabase() };
  const run = (role: string, ...args: readonly string[]): ServerProcess =>
    new ServerProcess(['--role', role, ...args], environment);
  const ledger = run('ledger', '--store', databases.ledger);
  const risk = run('risk');
  const addresses = {
    PURSER_RISK_ADDR: written(await risk.address('risk')),
    PURSER_LEDGER_ADDR: written(await ledger.address('ledger')),
  };
  const link = await FaultProxy.start(await ledger.address('ledger'), shape, new Random('gateways'));
  const gateway = (ledgerAddress: string): ServerProcess =>
    new ServerProcess(['--role', 'gateway', '--store', databases.gateways], {
      ...environment,
      ...addresses,
      PURSER_LEDGER_ADDR: ledgerAddress,
    });
  const first = gateway(written(link.address));
  await first.ready;
  const second = gateway(addresses.PURSER_LEDGER_ADDR);
  await second.ready;
  const all = [first, second, risk, ledger];
  t.after(async () => {
    await Promise.all(all.map((server) => server.kill()));
    await link.close();
  });
  return { first, second, link, ledger, databases };
}

const request = (key: string): Json => ({
  op: 'TRANSFER',
  src: 'ops_float',
  dst: 'settlement_bank',
  amount: 7,
  idempotency_key: key,
});

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
    const rail = await start(t);
    const { first, second, link } = rail;
    const wanted = request('paused at DEBIT');
    link.stop('answers');
    const heard = ask(await addressOf(first), wanted);
    await until('the ledger has debited', async () => (await ops(rail)) === 'debit');
    first.child.kill('SIGSTOP');
    await second.line(/event=resuming transfers=1/);
    await until('the other has ended it', async () => (await state(rail)) === 'ended');
    assert.deepEqual(await facts(rail), ['transfer-begun.v1', 'transfer-claimed.v1', 'transfer-ended.v1']);
    link.heal();
    first.child.kill('SIGCONT');
    const answer = JSON.parse(await heard) as Json;
    assert.equal(answer['error'], 'debit_timeout');
    assert.deepEqual(await assertOneOutcome(rail, wanted, [first, second]), answer);
    assert.equal(await ops(rail), 'debit+rollback');
  });

  test('P-45 one is paused while its CREDIT is in flight: the other goes forward, and the money moves once', async (t) => {
    // One connection per call: DEBIT passes, and the answer to the second is on its way for longer than anybody waits.
    const rail = await start(t, { fates: () => delayAnswerOf(2) });
    const { first, second } = rail;
    const wanted = request('paused at CREDIT');
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
    const { first, second, link } = rail;
    const wanted = request('killed');
    link.stop('answers');
    const unheard = assert.rejects(ask(await addressOf(first), wanted));
    await until('the ledger has debited', async () => (await ops(rail)) === 'debit');
    let told = false;
    const duplicate = ask(await addressOf(second), wanted).finally(() => (told = true));
    await first.kill();
    await unheard;
    const held = "select 1 from leases where name like 'carrier/%' and expires_at >= clock_timestamp()";
    const carriers = async (): Promise<number> => (await queryAt(rail.databases.gateways, held)).length;
    assert.deepEqual([await carriers(), told], [2, false]);
    const answer = JSON.parse(await duplicate) as Json;
    assert.equal(await carriers(), 1);
    assert.equal(answer['error'], 'debit_timeout');
    assert.deepEqual(await assertOneOutcome(rail, wanted, [second]), answer);
    assert.equal(await ops(rail), 'debit+rollback');
    assert.equal((await facts(rail)).filter((type) => type === 'transfer-claimed.v1').length, 1);
  });
});
