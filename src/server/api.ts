/** Which operations a role has over HTTP, and what they work on. Operations of further parts of the product join the list here. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { Authenticator } from '../http/authenticate.ts';
import { createApp, type Health } from '../http/app.ts';
import { Metrics } from '../http/metrics.ts';
import { serveHttp, type HttpServer } from '../http/server.ts';
import type { ApiOperation } from '../operations/api-operation.ts';
import { FactFeed } from '../operations/journal/feed.ts';
import { listFacts } from '../operations/journal/list-facts.ts';
import { ledgerOperations } from '../operations/ledger/operations.ts';
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
import { readMetrics } from '../operations/read-metrics.ts';
import type { Stats } from '../operations/stats.ts';
import type { Rail } from '../operations/transfer.ts';
import type { Store } from '../store/store.ts';
import { serviceLine } from './log.ts';

/** What a role with a store offers over HTTP. */
export interface ApiParts {
  readonly store: Store;
  readonly readBalances: Operation;
  /** The payment gateway's side: whoever has it takes transfers. */
  readonly gateway?: { readonly rail: Rail; readonly stats: Stats; readonly balances: readonly string[] };
  /** The settlement side: told when there may be movements to make. */
  readonly poke?: () => void;
}

/** What runs behind the operations, and ends with the server. */
interface Behind {
  readonly feed: FactFeed;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
}

/** Opens the HTTP port of a role; one without a store only says how it is. */
export async function openHttp(
  health: Health,
  address: { readonly host: string; readonly port: number },
  parts: ApiParts | undefined,
): Promise<HttpServer> {
  const store = parts?.store;
  const stats = parts?.gateway?.stats;
  const feed = store === undefined ? undefined : new FactFeed(store);
  const metrics = new Metrics({
    ...(stats === undefined ? {} : { stats }),
    ...(store === undefined ? {} : { storeQueue: () => store.waiting }),
    ...(feed === undefined ? {} : { streams: () => feed.clients }),
  });
  const authenticator = store === undefined ? undefined : new Authenticator(store, systemClock);
  const app = createApp({
    health,
    version: productVersion(),
    operations:
      parts === undefined || feed === undefined || authenticator === undefined
        ? []
        : operationsOf(parts, { feed, metrics, authenticator }),
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

export function operationsOf({ store, readBalances, gateway, poke }: ApiParts, behind: Behind): ApiOperation[] {
  const { feed, metrics, authenticator } = behind;
  return [
    ...(gateway === undefined ? [] : gatewayOperations(store, gateway)),
    ...(poke === undefined ? [] : ledgerOperations({ store, poke, nowMs: () => systemClock.nowMs() })),
    getBalances(readBalances),
    listFacts(store),
    streamFacts(feed),
    createKey(store),
    listKeys(store),
    revokeKey(store, (keyId) => authenticator.revoked(keyId)),
    readMetrics(() => metrics.text()),
  ];
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

function productVersion(): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own description
  const description = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return description.version;
}
