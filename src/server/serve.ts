/** Wires a role by hand: store, rail, TCP services, HTTP. The only place that names a port and its twin. */
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { systemClock } from '../base/clock.ts';
import { call } from '../frames/call.ts';
import { ledgerOverFrames, riskOverFrames } from '../frames/peers.ts';
import { formatAddress, serveFrames, type Address, type FrameServer } from '../frames/server.ts';
import { oidcVerifier } from '../http/oidc.ts';
import { OPENING_DIFFERS } from '../flows/ledger.ts';
import { dispatch, type Operation, type Service } from '../operations/operation.ts';
import { LocalOrcLedger } from '../operations/ledger/local-orc-ledger.ts';
import { readBalances } from '../operations/read-balances.ts';
import { Stats } from '../operations/stats.ts';
import { defaultEscrow } from '../orders/deadlines.ts';
import { refusal } from '../payments/answers.ts';
import type { TransferRequest } from '../payments/transfer-request.ts';
import { openPostgresStore } from '../store/postgres/open.ts';
import { shown } from '../store/postgres/target.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { createDecisions } from '../flows/commands.ts';
import type { Store } from '../store/store.ts';
import { Presence } from '../transfer/presence.ts';
import { TransferSaga } from '../transfer/saga.ts';
import { openHttp, type ApiParts } from './api.ts';
import { startBackground } from './background.ts';
import { ConfigError, type Config } from './config.ts';
import { openGate } from './gate.ts';
import { openRecords } from './records.ts';
import type { Log } from './log.ts';
import { ensureOperatorToken } from './operator-token.ts';
import { gatewayService, judgeInMemory, ledgerService, riskService } from './services.ts';

export interface RunningServer {
  /** Takes no more work, answers what is under way, closes the store. */
  stop(): Promise<void>;
}

/** What a test may replace; the product never does. */
export interface Wiring {
  readonly createDecisions: typeof createDecisions;
  readonly openSqliteStore: typeof openSqliteStore;
  readonly openPostgresStore: typeof openPostgresStore;
  readonly ledgerPeer: typeof ledgerOverFrames;
}

export const productWiring: Wiring = {
  createDecisions,
  openSqliteStore,
  openPostgresStore,
  ledgerPeer: ledgerOverFrames,
};

/** One TCP port to open: its name in SERVICE lines, the variable that moves it, what it answers. */
interface Port {
  readonly name: 'gateway' | 'risk' | 'ledger';
  readonly variable: string;
  readonly address: Address;
  readonly service: Service;
}

/** What a role consists of, before its ports open. */
interface Role {
  readonly ports: readonly Port[];
  readonly parts: () => Readonly<Record<string, string>>;
  /** What there is to ask over HTTP; a role without a store has nothing but its health. */
  readonly api?: ApiParts;
  readonly close: () => Promise<void>;
}

/** Starts a role and returns once everything listens. Throws ConfigError or StoreError with what to do. */
export async function serve(config: Config, log: Log, wiring: Wiring = productWiring): Promise<RunningServer> {
  const role = await createRole(config, log, wiring);
  const opened: { drain(): Promise<void> }[] = [];
  let ready = false;
  try {
    for (const port of role.ports) opened.push(await openPort(port, config, log));
    const http = config.http;
    if (http !== undefined) {
      if (role.api !== undefined) await provideToken(role.api.store, config, log);
      const health = {
        role: config.role,
        ready: () => ready && role.parts()['store'] !== 'unavailable',
        parts: role.parts,
        ...(role.api?.records === undefined ? {} : { tiers: role.api.records.tiers }),
      };
      const tokens = config.oidc && oidcVerifier(config.oidc, () => systemClock.uptimeMs());
      const api = role.api && { ...role.api, tokens };
      const server = await openHttp(health, http, api).catch((error: unknown) =>
        Promise.reject(inUse(error, http, '--http')),
      );
      opened.push(server);
      log('http', 'listening', { addr: formatAddress(server.address), pid: process.pid });
    }
  } catch (error) {
    await Promise.all(opened.map((server) => server.drain()));
    await role.close();
    throw error;
  }
  ready = true;
  log('purser', 'ready', { role: config.role, ...placeOf(config), pid: process.pid });
  return {
    async stop() {
      ready = false;
      log('purser', 'draining', { pid: process.pid });
      await Promise.all(opened.map((server) => server.drain()));
      await closed(role, log);
      log('purser', 'stopped', { pid: process.pid });
    },
  };
}

/** A command whose fate nobody can find out, because its database is gone, must not keep the process: it is told to nobody. */
async function closed(role: Role, log: Log): Promise<void> {
  const inTime = new AbortController();
  const late = wait(limits.drainMs, 'late', { signal: inTime.signal }).catch(() => 'in time');
  const outcome = await Promise.race([role.close(), late]);
  inTime.abort();
  if (outcome === 'late') log('purser', 'left_unfinished', { after_ms: limits.drainMs });
}

async function createRole(config: Config, log: Log, wiring: Wiring): Promise<Role> {
  if (config.role === 'all') return createAllInOne(config, log, wiring);
  if (config.role === 'gateway') return createGateway(config, log, wiring);
  if (config.role === 'ledger') return createLedger(config, log, wiring);
  return createRisk(config, log, wiring);
}

async function createRisk(config: Config, log: Log, wiring: Wiring): Promise<Role> {
  const port = { name: 'risk', variable: 'PURSER_RISK_ADDR', address: config.risk } as const;
  if (config.velocity === 'memory') {
    const service = riskService(judgeInMemory(config.policy));
    return { ports: [{ ...port, service }], parts: () => ({}), close: () => Promise.resolve() };
  }
  const { store, state } = await openStore(config, log, wiring);
  const service = riskService((command) => store.submit(command));
  return { ports: [{ ...port, service }], parts: () => ({ store: state() }), close: () => store.close() };
}

/** P-04: one process, TRANSFER is one atomic decision, and all three ports share one store and one risk memory. */
async function createAllInOne(config: Config, log: Log, wiring: Wiring): Promise<Role> {
  const { store, state } = await openStore(config, log, wiring);
  await recordOpenings(store, config);
  const { balances } = config.policy;
  const gateway = {
    rail: (request: TransferRequest) => store.submit({ type: 'transfer', ...request }),
    balances,
    stats: new Stats(),
    readBalances: readBalances(store),
  };
  const gate = await openGate(store, config.data, config.lightning, log).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const records = openRecords({
    store,
    data: config.data,
    keyFile: config.lightning.keyFile,
    mapping: config.policy.mapping,
    reconcileMs: config.reconcileMs,
    log,
  });
  const background = startBackground({ store, log, funding: config.funding, gate: gate.jobs, records: records.jobs });
  const { escrow = defaultEscrow } = config.policy;
  const ledger = new LocalOrcLedger({ store, nowMs: () => systemClock.nowMs(), escrow });
  return {
    ports: [
      {
        name: 'ledger',
        variable: 'PURSER_LEDGER_ADDR',
        address: config.ledger,
        service: ledgerService(store, config.policy.balances),
      },
      {
        name: 'risk',
        variable: 'PURSER_RISK_ADDR',
        address: config.risk,
        service: riskService((command) => store.submit(command)),
      },
      {
        name: 'gateway',
        variable: 'PURSER_GATEWAY_ADDR',
        address: config.gateway,
        service: gatewayService(gateway),
      },
    ],
    parts: () => ({ store: state(), ...gate.parts() }),
    api: {
      store,
      readBalances: gateway.readBalances,
      gateway,
      ledger,
      gate: gate.service,
      onSettlement: gate.onSettlement,
      records: { ...records, pokeJob: background.pokeJob },
      poke: background.poke,
    },
    async close() {
      await background.stop();
      await gate.close();
      await store.close();
    },
  };
}

async function createLedger(config: Config, log: Log, wiring: Wiring): Promise<Role> {
  const { store, state } = await openStore(config, log, wiring);
  await recordOpenings(store, config);
  const service = ledgerService(store, config.policy.balances);
  return {
    ports: [{ name: 'ledger', variable: 'PURSER_LEDGER_ADDR', address: config.ledger, service }],
    parts: () => ({ store: state() }),
    api: { store, readBalances: readBalances(store) },
    close: () => store.close(),
  };
}

/** P-40..P-45: the payment gateway keeps its own record of every transfer, and calls the others over TCP. */
async function createGateway(config: Config, log: Log, wiring: Wiring): Promise<Role> {
  const { saga: policy, tls } = config;
  const { store, state } = await openStore(config, log, wiring);
  const stats = new Stats();
  const stopping = new AbortController();
  const peer = (address: Address): Address & { tls?: NonNullable<typeof tls> } =>
    tls === undefined ? address : { ...address, tls };
  let risk = 'unknown';
  const overFrames = riskOverFrames(peer(config.risk), policy.riskTimeoutMs);
  const carriers = await Presence.announce(store.leases);
  const saga = new TransferSaga({
    store,
    carriers,
    policy,
    risk: {
      async check(movement) {
        const verdict = await overFrames.check(movement);
        risk = verdict === 'unanswered' ? 'unreachable' : 'ok';
        return verdict;
      },
    },
    ledger: wiring.ledgerPeer(peer(config.ledger), policy.ledgerTimeoutMs),
    pause: (ms) => wait(ms, undefined, { signal: stopping.signal }).catch(() => {}),
    tell(event, txId) {
      stats.countSaga(event);
      log('gateway', event, txId === '' ? {} : { tx_id: txId });
    },
  });
  const resumed = await saga.resume();
  if (resumed > 0) log('gateway', 'resuming', { transfers: resumed });
  carriers.whileAlive(async () => {
    const orphans = await saga.resume();
    if (orphans > 0) log('gateway', 'resuming', { transfers: orphans });
  });
  const balance: Operation = async () => {
    const reply = await call(peer(config.ledger), '{"op":"BALANCE"}', policy.ledgerTimeoutMs);
    return reply === 'unanswered' ? refusal('accounts_unreachable') : JSON.stringify(reply);
  };
  const gateway = {
    rail: (request: TransferRequest) => saga.transfer(request),
    balances: config.policy.balances,
    stats,
    readBalances: balance,
  };
  const service = gatewayService(gateway);
  return {
    ports: [{ name: 'gateway', variable: 'PURSER_GATEWAY_ADDR', address: config.gateway, service }],
    parts: () => ({ store: state(), risk }),
    api: { store, readBalances: balance, gateway },
    async close() {
      stopping.abort();
      await saga.stop();
      await carriers.leave();
      await store.close();
    },
  };
}

/** The store of a role, and how it is. */
interface OpenStore {
  readonly store: Store;
  readonly state: () => string;
}

async function openStore(config: Config, log: Log, wiring: Wiring): Promise<OpenStore> {
  const { store: choice, policy, velocity } = config;
  const decisions = wiring.createDecisions(policy, { sharesWindows: velocity === 'store' });
  if (choice.engine === 'sqlite') {
    const store = await wiring.openSqliteStore({
      file: choice.file,
      decisions,
      onCrash(error) {
        // Answers of a dead writer never come: callers are better served by a restart, which finds every commit.
        log('store', 'crashed', { reason: error.message });
        process.exit(70);
      },
    });
    return { store, state: () => 'ok' };
  }
  let state = 'ok';
  const store = await wiring.openPostgresStore({
    target: choice.target,
    decisions,
    onLine(up, reason) {
      state = up ? 'ok' : 'unavailable';
      log('store', up ? 'available' : 'unavailable', up ? {} : { reason });
    },
  });
  return { store, state: () => state };
}

/** Whoever may read the data directory may ask over HTTP; a new token is told of, never shown. */
async function provideToken(store: Store, { data, store: { engine } }: Config, log: Log): Promise<void> {
  const token = await ensureOperatorToken({ store, data, shared: engine === 'postgres' });
  if (token === 'created') log('http', 'token_created', { data });
}

/** Where the data is, for the operator: without a password. */
function placeOf({ data, store }: Config): Readonly<Record<string, string>> {
  return store.engine === 'sqlite' ? { data } : { store: shown(store.target) };
}

/** P-24: openings are recorded once; a later different value stops the start with its name. */
async function recordOpenings(store: Store, { policy, openingAmount }: Config): Promise<void> {
  const recorded = await store.balances();
  const missing = recorded.find(({ id }) => !policy.balances.includes(id));
  const opened =
    missing === undefined
      ? await store.submit({ type: 'open-balances', names: policy.balances, amount: openingAmount })
      : undefined;
  if (opened?.code === null) return;
  await store.close();
  if (missing !== undefined)
    throw new ConfigError(
      `BANK_BALANCES leaves out ${missing.id}, which this ledger has: name it too, or use another --data`,
    );
  if (opened?.code !== OPENING_DIFFERS)
    throw new ConfigError(`the opening balances cannot be recorded: ${opened?.answer ?? ''}`);
  throw new ConfigError(
    `BANK_INITIAL_BALANCE is ${openingAmount}, but ${opened.answer}: set it to that, or use another --data`,
  );
}

async function openPort({ name, variable, address, service }: Port, { tls }: Config, log: Log): Promise<FrameServer> {
  const server = await serveFrames(address, dispatch(service), tls).catch((error: unknown) =>
    Promise.reject(inUse(error, address, variable)),
  );
  log(name, 'listening', { addr: formatAddress(server.address), pid: process.pid });
  return server;
}

function inUse(error: unknown, address: Address, name: string): unknown {
  const code = codeOf(error);
  const where = `${formatAddress(address)} (${name})`;
  if (code === 'EADDRINUSE')
    return new ConfigError(`${where} is in use: stop the program that listens there, or choose another address`);
  if (code === 'EADDRNOTAVAIL') return new ConfigError(`${where} is no address of this machine: choose another one`);
  if (code === 'EACCES') return new ConfigError(`${where} may not be opened by this user: choose a port above 1023`);
  return error;
}
