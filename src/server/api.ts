/** Which operations a role has over HTTP, and what they work on. Operations of further parts of the product join the list here. */
import { systemClock } from '../base/clock.ts';
import { productVersion } from '../base/version.ts';
import { Authenticator } from '../http/authenticate.ts';
import { createApp, type Health } from '../http/app.ts';
import type { TokenVerifier } from '../http/oidc.ts';
import { Metrics, type MeasuredGate } from '../http/metrics.ts';
import { serveHttp, type HttpServer } from '../http/server.ts';
import type { ApiOperation } from '../operations/api-operation.ts';
import { budgetOperations } from '../operations/budgets/operations.ts';
import { evidenceOperations } from '../operations/evidence/operations.ts';
import { exportOperations } from '../operations/exports/operations.ts';
import { FactFeed } from '../operations/journal/feed.ts';
import { listFacts } from '../operations/journal/list-facts.ts';
import { ledgerOperations } from '../operations/ledger/operations.ts';
import { orderOperations } from '../operations/orders/operations.ts';
import { streamFacts } from '../operations/journal/stream-facts.ts';
import { createKey } from '../operations/keys/create-key.ts';
import { listKeys } from '../operations/keys/list-keys.ts';
import { revokeKey } from '../operations/keys/revoke-key.ts';
import type { Operation } from '../operations/operation.ts';
import { createTransfer } from '../operations/rail/create-transfer.ts';
import { createTransfers } from '../operations/rail/create-transfers.ts';
import { getBalances } from '../operations/rail/get-balances.ts';
import { getStats } from '../operations/rail/get-stats.ts';
import { getTransfer } from '../operations/rail/get-transfer.ts';
import { listCompensations } from '../operations/rail/list-compensations.ts';
import { listTransfers } from '../operations/rail/list-transfers.ts';
import { TransferRecords } from '../operations/rail/transfer-records.ts';
import { reconciliationOperations } from '../operations/reconciliation/operations.ts';
import { reconcileNow } from '../operations/reconciliation/run-now.ts';
import { tierFaults } from '../operations/tiers.ts';
import { readMetrics } from '../operations/read-metrics.ts';
import type { Stats } from '../operations/stats.ts';
import type { Rail } from '../operations/transfer.ts';
import type { GateService } from '../gate/gate-service.ts';
import {
  GateCounts,
  heldPayments,
  lastDriftCents,
  openAlerts,
  openInvoices,
  owedMsat,
} from '../operations/gate/gate-measures.ts';
import { gateOperations } from '../operations/gate/operations.ts';
import type { SettlementLedger } from '../settlement/ledger.ts';
import type { Store } from '../store/store.ts';
import type { Background } from './background.ts';
import { ConfigError } from './config-error.ts';
import { serviceLine } from './log.ts';
import type { Records } from './records.ts';

/** What a role with a store offers over HTTP. */
export interface ApiParts {
  readonly store: Store;
  readonly readBalances: Operation;
  /** The payment gateway's side: whoever has it takes transfers. */
  readonly gateway?: { readonly rail: Rail; readonly stats: Stats; readonly balances: readonly string[] };
  readonly ledger?: SettlementLedger;
  readonly gate?: GateService;
  /** As `Gate` has it. */
  readonly onSettlement?: MeasuredGate['onSettlement'];
  /** Reconciliation, exports and evidence. */
  readonly records?: Records & Pick<Background, 'pokeJob'>;
  /** The identity provider whose tokens are let in beside keys. */
  readonly tokens?: TokenVerifier | undefined;
  /** The settlement side: told when there may be movements to make. */
  readonly poke?: () => void;
}

/** What runs behind the operations, and ends with the server. */
interface Behind {
  readonly feed: FactFeed;
  readonly metrics: Metrics;
  readonly counts: GateCounts;
  readonly authenticator: Authenticator;
}

/** Opens the HTTP port of a role; one without a store only says how it is. */
export async function openHttp(
  health: Health,
  address: { readonly host: string; readonly port: number },
  parts: ApiParts | undefined,
): Promise<HttpServer> {
  const feed = parts && new FactFeed(parts.store);
  const counts = new GateCounts();
  const metrics = metricsOf(parts, feed, counts);
  const authenticator = parts && new Authenticator(parts.store, systemClock, parts.tokens);
  const app = createApp({
    health,
    version: productVersion(),
    operations:
      parts === undefined || feed === undefined || authenticator === undefined
        ? []
        : refuseMixedTiers(operationsOf(parts, { feed, metrics, counts, authenticator })),
    ...serverKeysOf(parts?.records),
    authenticate: (credentials) => authenticator?.authenticate(credentials) ?? Promise.resolve(undefined),
    observe: metrics.observe,
    report(operation, requestId, error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${serviceLine('http', 'failed', { operation, request_id: requestId, reason })}\n`);
    },
  });
  const server = await serveHttp(app, address);
  return {
    address: server.address,
    async drain() {
      feed?.close();
      await server.drain();
    },
  };
}

function metricsOf(parts: ApiParts | undefined, feed: FactFeed | undefined, counts: GateCounts): Metrics {
  const stats = parts?.gateway?.stats;
  return new Metrics({
    ...(stats === undefined ? {} : { stats }),
    ...(parts === undefined ? {} : { storeQueue: () => parts.store.waiting }),
    ...(feed === undefined ? {} : { streams: () => feed.clients }),
    ...(parts?.gate === undefined ? {} : { gate: measuredGate(parts, counts) }),
  });
}

function measuredGate({ store, onSettlement = () => {} }: ApiParts, { outcomes }: GateCounts): MeasuredGate {
  return {
    outcomes,
    onSettlement,
    openInvoices: () => openInvoices(store),
    heldPayments: () => heldPayments(store),
    owedMsat: () => owedMsat(store),
    openAlerts: () => openAlerts(store),
    lastDriftCents: () => lastDriftCents(store),
  };
}

/** Public keys are for everybody; a role without a signing key has none to show. */
function serverKeysOf(records: ApiParts['records']): { readonly serverKeys?: () => readonly object[] } {
  return records === undefined ? {} : { serverKeys: () => records.signer.keys };
}

export function operationsOf(
  { store, readBalances, gateway, ledger, gate, poke, records }: ApiParts,
  behind: Behind,
): ApiOperation[] {
  const { feed, metrics, authenticator, counts } = behind;
  return [
    ...(gateway === undefined ? [] : gatewayOperations(store, gateway)),
    ...(ledger === undefined || poke === undefined ? [] : ledgerOperations({ store, ledger, poke })),
    ...(poke === undefined ? [] : orderOperations({ store, poke })),
    ...(poke === undefined
      ? []
      : budgetOperations({ store, clock: systemClock, closed: atPeriodClose(store, records) })),
    ...(gate === undefined ? [] : gateOperations({ store, gate, clock: systemClock, counts })),
    ...(records === undefined ? [] : recordOperations(store, records)),
    getBalances(readBalances),
    listFacts(store),
    streamFacts(feed),
    createKey(store),
    listKeys(store),
    revokeKey(store, (keyId) => authenticator.revoked(keyId)),
    readMetrics(() => metrics.text()),
  ];
}

/** System flow, step 8: a closed period is reconciled at once, and not only when the time has come. */
function atPeriodClose(store: Store, records: ApiParts['records']): () => void {
  if (records === undefined) return () => {};
  const poke = (): void => records.pokeJob('reconciliation');
  return () => void reconcileNow({ store, poke }, 'period-close').catch(() => {});
}

function recordOperations(store: Store, records: NonNullable<ApiParts['records']>): ApiOperation[] {
  const { signer, exportFolder: folder, pokeJob } = records;
  return [
    ...reconciliationOperations({ store, poke: () => pokeJob('reconciliation') }),
    ...exportOperations({ store, folder, poke: () => pokeJob('exports') }),
    ...evidenceOperations({ store, signer, nowMs: () => systemClock.nowMs() }),
  ];
}

/** B-08: a mixed definition must not serve anybody. */
export function refuseMixedTiers(operations: readonly ApiOperation[]): readonly ApiOperation[] {
  const [fault] = tierFaults(operations);
  if (fault !== undefined) throw new ConfigError(`tiers are mixed: ${fault}`);
  return operations;
}

function gatewayOperations(store: Store, { rail, stats, balances }: NonNullable<ApiParts['gateway']>): ApiOperation[] {
  const records = new TransferRecords(store);
  const parts = { rail, stats, balances, findKey: store.submit.bind(store) };
  return [
    createTransfer(parts),
    createTransfers(parts),
    getTransfer(records),
    listTransfers(records),
    getStats(stats),
    listCompensations(store),
  ];
}
