/** An engine of the store as the contracts see it: a place to open, commands to send, and what must hold whatever happened. */
import assert from 'node:assert/strict';
import type { Clock } from '../../src/base/clock.ts';
import type { Decisions } from '../../src/base/decision.ts';
import type { MinorUnits } from '../../src/base/money.ts';
import { createDecisions, type PaymentCommand, type PaymentPolicy } from '../../src/flows/commands.ts';
import { chainHash, factHash, factMark, GENESIS, merkleRoot, type HashedFact } from '../../src/journal/chain.ts';
import { LedgerAudit } from '../../src/payments/invariants.ts';
import type { TransactionRow } from '../../src/payments/tables.ts';
import type { VerifyReport } from '../../src/store/verify.ts';
import type { Outcome, Store } from '../../src/store/store.ts';

export interface OpenOptions {
  readonly decisions: Decisions;
  readonly clock?: Clock;
}

/** The journal as an outsider reads it, in order. */
export interface Journal {
  readonly facts: readonly (HashedFact & { readonly mark: number })[];
  readonly batches: readonly {
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly root: string;
    readonly chain: string;
  }[];
}

/** An empty database of an engine, which can be opened again and again. */
export interface Place {
  open(options: OpenOptions): Promise<Store>;
  journal(): Promise<Journal>;
  /** Recomputes everything, and writes every table anew; while no store is open on it. */
  verify(): Promise<VerifyReport>;
  rebuild(): Promise<unknown>;
}

export const balances = ['a', 'b', 'c', 'd'];
export const OPENING = 10_000n;

export const policy: PaymentPolicy = {
  balances,
  movementsMax: 1_000_000,
  windowMs: 60_000,
  singleMax: 1_000_000n,
};

export function transferOf(key: string, src: string, dst: string, amount: number | bigint): PaymentCommand {
  return { type: 'transfer', key, src, dst, amount: BigInt(amount) as MinorUnits };
}

export const debitOf = (txId: string, account: string, amount: number): PaymentCommand => ({
  type: 'debit',
  account,
  amount: BigInt(amount),
  txId,
});

/** Opens a store and records the opening balances. */
export async function openRail(place: Place, options: Partial<OpenOptions> = {}): Promise<Store> {
  const store = await place.open({ decisions: createDecisions(policy), ...options });
  const opened = await store.submit({ type: 'open-balances', names: balances, amount: OPENING });
  assert.equal(opened.code, null);
  return store;
}

export const wholeLog = (store: Store): Promise<readonly TransactionRow[]> =>
  store.log({ after: 0n, limit: 1_000_000 });

export async function balancesOf(store: Store): Promise<Record<string, bigint>> {
  return Object.fromEntries((await store.balances()).map(({ id, balance }) => [id, balance]));
}

/** Every invariant of P-50 that rows can show. */
export async function assertSound(store: Store): Promise<void> {
  const audit = new LedgerAudit(new Map(balances.map((id) => [id, OPENING])));
  for (const row of await wholeLog(store)) audit.add(row);
  assert.deepEqual(audit.end(new Map((await store.balances()).map(({ id, balance }) => [id, balance]))), []);
}

/** Numbers without gaps, instants that ascend, every hash as it must be. */
export function assertJournalSound({ facts, batches }: Journal): void {
  assert.deepEqual(
    facts.map(({ seq }) => seq),
    facts.map((_, i) => i + 1),
  );
  let at = 0n;
  for (const fact of facts) {
    assert.ok(fact.at > at, `fact ${fact.seq} has the instant ${fact.at} after ${at}`);
    at = fact.at;
    assert.equal(fact.mark, factMark(factHash(fact)));
  }
  let chain = GENESIS;
  let next = 1;
  for (const { firstSeq, lastSeq, root, chain: recorded } of batches) {
    assert.equal(firstSeq, next);
    assert.ok(lastSeq >= firstSeq);
    assert.equal(root, merkleRoot(facts.slice(firstSeq - 1, lastSeq).map(factHash)));
    chain = chainHash(chain, { root, firstSeq, lastSeq });
    assert.equal(recorded, chain);
    next = lastSeq + 1;
  }
  assert.equal(next, facts.length + 1);
}

export const submitAll = (store: Store, commands: readonly PaymentCommand[]): Promise<Outcome[]> =>
  Promise.all(commands.map((command) => store.submit(command)));

/** Small transfers that nothing stands in the way of. */
export const small = (count: number, prefix: string): PaymentCommand[] =>
  Array.from({ length: count }, (_, i) => transferOf(`${prefix}-${i}`, balances[i % 4]!, balances[(i + 1) % 4]!, 1));
