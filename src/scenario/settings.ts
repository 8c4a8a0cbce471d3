/** What the driver reads from its environment, with defaults; nonsense is refused by its name. */

export type Env = Readonly<Record<string, string | undefined>>;

/** What the caller has to mend: a flag, a variable, a combination. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The driver's own variables and their defaults; no default: generated for each run. */
export const driverEnvironment = {
  BANK_TRANSFERS: '10',
  BANK_CONCURRENCY: '1',
  BANK_SETTLE_S: '15',
  BANK_SEED: '42',
  BANK_RUN_ID: '',
  BANK_DUPLICATE_EVERY: '25',
} as const;

export interface DriverSettings {
  /** Transfers of the sequential baseline; other workloads take it as their least. */
  readonly transfers: number;
  /** Callers of the baseline; other workloads take it as their least. */
  readonly concurrency: number;
  /** The longest wait for open compensations after the load. */
  readonly settleMs: number;
  readonly seed: number;
  /** Begins every key, so that two runs against one server do not share references. */
  readonly runId: string;
  /** Every so-manieth transfer is sent twice at once; 0: none. */
  readonly duplicateEvery: number;
}

/** What the driven server was configured with, as far as answers depend on it. */
export interface Rail {
  readonly balances: readonly string[];
  readonly opening: bigint;
  readonly velocityLimit: number;
  readonly velocityWindowMs: number;
  readonly singleMax: bigint;
}

/** The server's settings that matter to the driver; defaults as the server has them (docs/reference.md). */
const railEnvironment = {
  BANK_BALANCES: 'collection_pending,payout_available,settlement_bank,dispute_reserve,ops_float',
  BANK_INITIAL_BALANCE: '10000',
  BANK_VELOCITY_LIMIT: '3',
  BANK_VELOCITY_WINDOW: '60',
  BANK_SINGLE_TX_LIMIT: '5000',
} as const;

export function readDriverSettings(env: Env, seedFlag?: string): DriverSettings {
  const read = (name: keyof typeof driverEnvironment): string => env[name] ?? driverEnvironment[name];
  const runId = read('BANK_RUN_ID') || `run-${Date.now().toString(36)}`;
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(runId))
    throw new UsageError(`BANK_RUN_ID must be 1 to 64 letters, digits, dots, dashes or underscores, not "${runId}"`);
  return {
    transfers: readInteger('BANK_TRANSFERS', read('BANK_TRANSFERS'), 1, 1_000_000),
    concurrency: readInteger('BANK_CONCURRENCY', read('BANK_CONCURRENCY'), 1, 1_024),
    settleMs: readSeconds('BANK_SETTLE_S', read('BANK_SETTLE_S')),
    seed: readInteger(seedFlag === undefined ? 'BANK_SEED' : '--seed', seedFlag ?? read('BANK_SEED'), 0),
    runId,
    duplicateEvery: readInteger('BANK_DUPLICATE_EVERY', read('BANK_DUPLICATE_EVERY'), 0),
  };
}

export function readRail(env: Env): Rail {
  const read = (name: keyof typeof railEnvironment): string => env[name] ?? railEnvironment[name];
  const balances = read('BANK_BALANCES').split(',');
  if (balances.length < 2 || balances.includes(''))
    throw new UsageError(`BANK_BALANCES must be two or more names with commas between, not "${read('BANK_BALANCES')}"`);
  return {
    balances,
    opening: BigInt(readInteger('BANK_INITIAL_BALANCE', read('BANK_INITIAL_BALANCE'), 0)),
    velocityLimit: readInteger('BANK_VELOCITY_LIMIT', read('BANK_VELOCITY_LIMIT'), 0),
    velocityWindowMs: readSeconds('BANK_VELOCITY_WINDOW', read('BANK_VELOCITY_WINDOW')),
    singleMax: BigInt(readInteger('BANK_SINGLE_TX_LIMIT', read('BANK_SINGLE_TX_LIMIT'), 0)),
  };
}

function readInteger(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}

/** Seconds with up to three decimals, as milliseconds. */
function readSeconds(name: string, text: string): number {
  const ms = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1_000) : 0;
  if (ms >= 1) return ms;
  throw new UsageError(`${name} must be seconds from 0.001 to 99999, not "${text}"`);
}
