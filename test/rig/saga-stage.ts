/** A saga on a real store, with risk and ledger as fakes at its port that follow a script, and pauses that end on demand. */
import assert from 'node:assert/strict';
import type { MinorUnits } from '../../src/base/money.ts';
import type { TransferRequest } from '../../src/payments/transfer-request.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import type { LedgerReply, RiskPeer } from '../../src/transfer/peers.ts';
import { waitBudgetMs, type SagaPolicy } from '../../src/transfer/policy.ts';
import { TransferSaga, type SagaEvent, type SagaParts } from '../../src/transfer/saga.ts';

export const policy: SagaPolicy = {
  riskTimeoutMs: 2_000,
  ledgerTimeoutMs: 5_000,
  compensationAttempts: 3,
  compensationBaseMs: 1_000,
  compensationPauseMsMax: 3_000,
  riskUnreachable: 'proceed',
};

export const WAIT_MS = waitBudgetMs(policy);

export const ok = (balance: number | null): LedgerReply => ({
  ok: true,
  balance: balance === null ? null : BigInt(balance),
});
export const no = (
  error:
    | 'internal'
    | 'overloaded'
    | 'unavailable'
    | 'insufficient_funds'
    | 'duplicate_tx'
    | 'rolled_back'
    | 'already_credited',
): LedgerReply => ({
  ok: false,
  error,
});
export const lost: LedgerReply = 'unanswered';

/** What the ledger says, call after call; a script that runs out is a call too many. */
export interface Script {
  readonly DEBIT?: readonly LedgerReply[];
  readonly CREDIT?: readonly LedgerReply[];
  readonly ROLLBACK?: readonly LedgerReply[];
}

export interface Stage {
  readonly saga: TransferSaga;
  /** Calls in order, for example `CHECK DEBIT CREDIT`. */
  readonly calls: string[];
  readonly pausesMs: number[];
  readonly told: SagaEvent[];
  /** Ends the oldest pause that is held. */
  readonly release: () => Promise<void>;
  /** Puts further replies behind those of the script. */
  readonly extend: (script: Script) => void;
}

type Verdict = Awaited<ReturnType<RiskPeer['check']>>;

interface Staging {
  readonly risk?: Verdict;
  readonly policy?: Partial<SagaPolicy>;
  /** Pauses end at once, except those that this names; by default the wait of a duplicate. */
  readonly hold?: (ms: number, count: number) => boolean;
  /** Runs before a call is answered. */
  readonly during?: (call: string) => Promise<void> | void;
  /** Whether another server, by its name, still carries its transfers; by default all are gone. */
  readonly isAlive?: (carrier: string) => boolean;
  readonly own?: string;
}

let servers = 0;

export function stage(store: Store, script: Script, staging: Staging = {}): Stage {
  const { hold = (ms: number) => ms === WAIT_MS } = staging;
  const calls: string[] = [];
  const pausesMs: number[] = [];
  const told: SagaEvent[] = [];
  const held: (() => void)[] = [];
  let waitForHeld = (): void => {};
  const replies = {
    DEBIT: [...(script.DEBIT ?? [])],
    CREDIT: [...(script.CREDIT ?? [])],
    ROLLBACK: [...(script.ROLLBACK ?? [])],
  };
  /** After a call too many time stands still, so that a saga which would try for ever does not. */
  let overrun = false;
  const reply = async (call: keyof Script): Promise<LedgerReply> => {
    calls.push(call);
    await staging.during?.(call);
    const next = replies[call].shift();
    overrun = next === undefined;
    assert.ok(next !== undefined, `one ${call} too many: ${calls.join(' ')}`);
    return next;
  };
  const parts: SagaParts = {
    store,
    policy: { ...policy, ...staging.policy },
    risk: {
      async check() {
        calls.push('CHECK');
        await staging.during?.('CHECK');
        return staging.risk ?? 'approved';
      },
    },
    ledger: { debit: () => reply('DEBIT'), credit: () => reply('CREDIT'), rollback: () => reply('ROLLBACK') },
    carriers: {
      own: staging.own ?? `server ${++servers}`,
      isAlive: (carrier) => Promise.resolve(staging.isAlive?.(carrier) ?? false),
    },
    pause(ms) {
      pausesMs.push(ms);
      if (!overrun && !hold(ms, pausesMs.length)) return Promise.resolve();
      return new Promise((resolve) => {
        held.push(resolve);
        waitForHeld();
      });
    },
    tell: (event) => told.push(event),
  };
  return {
    saga: new TransferSaga(parts),
    calls,
    pausesMs,
    told,
    async release() {
      while (held.length === 0) await new Promise<void>((resolve) => (waitForHeld = resolve));
      held.shift()!();
    },
    extend(more) {
      for (const call of ['DEBIT', 'CREDIT', 'ROLLBACK'] as const) replies[call].push(...(more[call] ?? []));
    },
  };
}

let keys = 0;

/** A request under a key of its own. */
export const request = (amount = 500): TransferRequest => ({
  key: `key ${++keys}`,
  src: 'a',
  dst: 'b',
  amount: BigInt(amount) as MinorUnits,
});

export const lookUp = (store: Store, wanted: TransferRequest): Promise<Outcome> =>
  store.submit({ type: 'look-up-transfer', ...wanted });

/** Waits until no transfer is open any more. */
export async function settled(store: Store): Promise<void> {
  for (let polls = 0; (await store.openTransfers()).length > 0; polls++) {
    assert.ok(polls < 20_000, 'a transfer stays open');
    await new Promise(setImmediate);
  }
}

/** Makes the id of an answer the same everywhere, so that rows can name it. */
export const told = (answer: string): string => answer.replace(/tx-\d{10}/, 'TX');

export const SUCCESS = '{"ok":true,"tx_id":"TX","src_balance":9500,"dst_balance":10500}';
export const failed = (error: string): string => `{"ok":false,"error":"${error}","tx_id":"TX"}`;
export const pendingAfter = (error: string): string =>
  `{"ok":false,"error":"${error}","tx_id":"TX","state":"compensation_pending"}`;
