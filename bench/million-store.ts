/**
 * Stores that have grown: a million holds of a million accounts, and a million decisions of the gate with a document each. They
 * are written by the product's own commands, in process, so facts and rows agree.
 */
import { join } from 'node:path';
import { newId } from '../src/base/new-id.ts';
import { createDecisions, type PaymentCommand } from '../src/flows/commands.ts';
import { accountOf, type AccountId } from '../src/settlement/accounts.ts';
import type { HoldTarget } from '../src/settlement/hold-moves.ts';
import { defaultMapping, holdMovement, topUpMovement, type Movement } from '../src/settlement/mapping.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import type { Store } from '../src/store/store.ts';
import { gateOf } from '../test/rig/gate-commands.ts';
import { itemOf } from '../test/rig/reconciliation-commands.ts';
import { holdOf, receiptOf } from '../test/rig/settlement-commands.ts';
import { monthsFrom } from './budgets.ts';
import { OPENING } from './rail-server.ts';
import { balances } from './turns.ts';

const AT_ONCE = 4_096;
const RECEIPT_UNITS = 1_000n;
const HOLD_UNITS = 100n;
const DECISION_CENTS = 1_000n;

/** One account is the payee of every other hold, one merchant asks every other time: what is hot is found as fast as what is not. */
export const HOT_PAYEE = accountOf('participant', 'hot');
export const HOT_MERCHANT = 'merchant-0';
const PAYEES = 1_000;
const MERCHANTS = 100;
/** Ten months each: a thousand budgets. */
const MONTHS = 10;

/** How a hold ends, by its number: four fifths stay active. */
const targets: readonly (readonly [nth: number, to: HoldTarget])[] = [
  [10, 'released'],
  [11, 'refunded'],
  [1_009, 'frozen'],
  [10_007, 'voided'],
];

export const payerOf = (i: number): AccountId => accountOf('org', `buyer-${i}`);
const payeeOf = (i: number): AccountId => (i % 2 === 0 ? HOT_PAYEE : accountOf('participant', `seller-${i % PAYEES}`));
const merchantOf = (i: number): string =>
  i % 2 === 0 ? HOT_MERCHANT : `merchant-${1 + (Math.floor(i / 2) % (MERCHANTS - 1))}`;

async function writing(data: string, write: (store: Store) => Promise<void>): Promise<void> {
  const decisions = createDecisions({
    balances,
    movementsMax: Number.MAX_SAFE_INTEGER,
    windowMs: 1_000,
    singleMax: OPENING,
    mapping: defaultMapping,
  });
  const store = await openSqliteStore({
    file: join(data, 'purser.db'),
    decisions,
    onCrash(error) {
      throw error;
    },
  });
  try {
    await submitAll(store, [{ type: 'open-balances', names: balances, amount: OPENING }]);
    await write(store);
  } finally {
    await store.close();
  }
}

async function submitAll(store: Store, commands: readonly PaymentCommand[]): Promise<void> {
  const outcomes = await Promise.all(commands.map((command) => store.submit(command)));
  const wrong = outcomes.find(({ code }) => code !== null);
  if (wrong !== undefined) throw new Error(`the store answers ${wrong.answer}`);
}

/** Portions of numbers from 0 on. */
function* portions(count: number, size = AT_ONCE): Generator<number[]> {
  for (let from = 0; from < count; from += size)
    yield Array.from({ length: Math.min(size, count - from) }, (_, i) => from + i);
}

/** So many accounts with a top-up and a hold each; the outbox has nothing left to do. */
export function writeHolds(data: string, count: number): Promise<void> {
  return writing(data, async (store) => {
    for (const numbers of portions(count)) {
      const receipts = numbers.map((i) => receiptOf(`receipt-${i}`, payerOf(i), RECEIPT_UNITS));
      await submitAll(store, receipts);
      await submitAll(
        store,
        numbers.map((i) => applied(topUpMovement(defaultMapping, `receipt-${i}`))),
      );
      const named = numbers.map((i) => ({ i, holdId: newId(), payer: payerOf(i), payee: payeeOf(i) }));
      await submitAll(
        store,
        named.map(({ i, ...hold }) => holdOf({ ...hold, orderId: `order-${i}` }, HOLD_UNITS)),
      );
      const moves = named.flatMap(({ i, ...hold }) => {
        const to = targets.find(([nth]) => i % nth === 0)?.[1];
        return to === undefined ? [] : [{ ...hold, to }];
      });
      const how = { type: 'move-hold', reason: null, actor: null } as const;
      await submitAll(
        store,
        moves.map((move) => ({ ...how, ...move })),
      );
      const moved = moves.flatMap(
        ({ holdId, to }) => holdMovement(defaultMapping, { holdId, from: 'active', to }) ?? [],
      );
      await submitAll(store, moved.map(applied));
    }
  });
}

const applied = ({ key, src, dst, inflowTx }: Movement): PaymentCommand => ({
  type: 'apply-movement',
  movementKey: key,
  src,
  dst,
  inflowTx,
  attempt: 1n,
});

/** So many decisions within a thousand budgets, and a receipt for each: a tenth of what came in was never reported to the gate. */
export function writeDecisions(data: string, count: number): Promise<void> {
  return writing(data, async (store) => {
    const periods = monthsFrom(MONTHS);
    const amount = DECISION_CENTS * BigInt(count);
    for (const merchantId of Array.from({ length: MERCHANTS }, (_, i) => `merchant-${i}`)) {
      const budgets = periods.map((period) => ({ merchantId, period, actor: 'bench', budgetId: newId() }));
      const terms = { basis: 'cost', currency: 'USD', amount, openToBuy: amount, plan: null, keyed: null } as const;
      await submitAll(
        store,
        budgets.map((budget) => ({ type: 'draft-budget', ...budget, ...terms })),
      );
      await submitAll(
        store,
        budgets.map((budget) => ({ type: 'activate-budget', ...budget, allocationId: newId() })),
      );
    }
    for (const numbers of portions(count)) {
      const asked = numbers.map((i) => ({
        i,
        decisionId: newId(),
        merchantId: merchantOf(i),
        period: periods[Math.floor(i / MERCHANTS) % MONTHS]!,
      }));
      await submitAll(
        store,
        asked.map(({ i, decisionId, ...place }) =>
          gateOf({ ...place, amount: DECISION_CENTS, po: `po-${i}` }, [], decisionId),
        ),
      );
      const reports = asked.filter(({ i }) => i % 10 !== 0);
      await submitAll(
        store,
        reports.map(({ decisionId, merchantId, period }) => ({
          type: 'report-decision',
          decisionId,
          merchant: merchantId,
          bucket: `${merchantId}|${period}|`,
          reportId: newId(),
          kind: 'receive',
          amountCents: null,
          final: false,
          reference: null,
          actor: 'bench',
        })),
      );
      const byMerchant = Map.groupBy(asked, ({ merchantId }) => merchantId);
      await submitAll(
        store,
        [...byMerchant].map(([merchantId, own]) => ({
          type: 'record-actuals',
          merchantId,
          hierarchyVersion: 0n,
          keyed: null,
          actor: 'bench',
          items: own.map(({ i, decisionId, period }) =>
            itemOf(`receipt-${i}`, {
              amountCents: DECISION_CENTS,
              period,
              decisionId,
              decisionBucket: `${merchantId}|${period}|`,
            }),
          ),
        })),
      );
    }
  });
}
