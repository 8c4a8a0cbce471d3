/** What may be asked again when no answer came, how often, and after which pause. */
import type { operations } from './wire/operations.ts';
import type { Name, Route } from './operation.ts';

/** Bounds of the client; each can be set otherwise when it is made. */
export const defaults = {
  /** From sending a request to the last byte of its answer. The server answers after 60 seconds at the latest. */
  timeoutMs: 65_000,
  /** So often a request is sent before its failure is told. */
  attemptsMax: 4,
  /** A stream that was there once is given so many attempts to come back: a server may be starting again. */
  streamAttemptsMax: 12,
  /** The pause before the second attempt is a random part of this; it doubles up to the second value. */
  pauseMsMin: 200,
  pauseMsMax: 5_000,
  /** The server's `Retry-After` is heeded up to this; then the failure is told at once. */
  retryAfterMsMax: 30_000,
  /** A fact stream that says nothing for so long is dead: the server shows every 15 seconds that it lives. */
  silenceMs: 45_000,
  /** How often `changes` looks. */
  everyMs: 1_000,
} as const;

export type Bounds = { readonly [N in keyof typeof defaults]: number };

/** Operations that change something, without a header that makes a repeat safe. */
type Unkeyed = {
  [N in Name]: (typeof operations)[N] extends { method: 'GET' } | { method: 'PUT' } | { key: true } ? never : N;
}[Name];

/**
 * The field by which the server recognises a request that comes again; null: it would be done twice, so it is never repeated.
 * An operation that is new to the client does not compile until it has a row.
 */
const ownKeys: Readonly<Record<Unkeyed, string | null>> = {
  applyTopUp: 'receipt_id',
  creditReceipt: 'receipt_id',
  removeStandingRule: 'gateway_node_id',
  createHold: 'order_id',
  releaseHold: 'hold_id',
  refundHold: 'hold_id',
  freezeHold: 'hold_id',
  voidHold: 'hold_id',
  publishOffer: 'offer_id',
  withdrawOffer: 'offer_id',
  placeOrder: 'order_id',
  providerAccept: 'execution_id',
  providerDecline: 'execution_id',
  reportResult: 'execution_id',
  acceptExecution: 'execution_id',
  rejectExecution: 'execution_id',
  releaseExecution: 'execution_id',
  refundExecution: 'execution_id',
  openDispute: 'execution_id',
  resolveDispute: 'dispute_id',
  activateBudget: 'budget_id',
  // The same amounts, state or file again change nothing.
  reviseBudget: 'budget_id',
  changeAllocation: 'allocation_id',
  lockPeriod: 'period',
  unlockPeriod: 'period',
  closePeriod: 'period',
  importBudgets: 'csv',
  // Without a key or a document each call would be an action of its own.
  askGate: 'idempotency_key',
  previewGate: 'merchant_id',
  commitDecision: 'reference',
  cancelDecision: 'reference',
  receiveDecision: 'reference',
  returnDecision: 'reference',
  chargebackDecision: 'reference',
  requestRelease: 'decision_id',
  takeRelease: 'release_id',
  acceptRelease: 'release_id',
  rejectRelease: 'release_id',
  // Each item has a key of its own.
  createTransfers: 'transfers',
  // One run more books nothing more; one key more is one key too many.
  reconcile: null,
  rotateServerKey: null,
  // Without an id of the caller's a repeat would make a second key, and nobody would know of the first.
  createKey: 'key_id',
  revokeKey: 'key_id',
};

/** May the same request be sent twice without being done twice? */
export function isRepeatable(name: Name, route: Route, input: Readonly<Record<string, unknown>>): boolean {
  if (route.method === 'GET' || route.method === 'PUT' || route.key === true) return true;
  const field: string | null = (ownKeys as Readonly<Record<string, string | null>>)[name] ?? null;
  return field !== null && input[field] !== undefined;
}

/** Statuses after which the same request may be answered otherwise, a little later. */
export const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How long to wait before attempt number `attempt` + 1; undefined: longer than is worth waiting for. */
export function pauseMs(
  attempt: number,
  retryAfter: string | null,
  { pauseMsMin, pauseMsMax, retryAfterMsMax }: Bounds,
): number | undefined {
  const wanted = readRetryAfterMs(retryAfter);
  if (wanted > retryAfterMsMax) return undefined;
  // Random, so that callers who failed together do not come back together.
  return wanted + Math.random() * Math.min(pauseMsMax, pauseMsMin * 2 ** (attempt - 1));
}

/** Seconds; 0 for a date, which only proxies send. */
function readRetryAfterMs(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : 0;
}
