/** The three TCP services as tables of operations, for either deployment. */
import type { Outcome, Store } from '../store/store.ts';
import type { PaymentPolicy } from '../flows/commands.ts';
import { APPROVED, denied } from '../flows/check.ts';
import { BAD_CHECK_OP, check, type Judge } from '../operations/check.ts';
import { credit } from '../operations/credit.ts';
import { debit } from '../operations/debit.ts';
import { BAD_OP, type Operation, type Service } from '../operations/operation.ts';
import { readBalances } from '../operations/read-balances.ts';
import { readLog } from '../operations/read-log.ts';
import { rollback } from '../operations/rollback.ts';
import type { Stats } from '../operations/stats.ts';
import { transfer, type Rail } from '../operations/transfer.ts';
import { checkRisk } from '../risk/check.ts';
import { VelocityWindows } from '../risk/velocity.ts';

/** What BALANCE asks: the store itself, or the ledger process. */
export function gatewayService(parts: {
  readonly rail: Rail;
  readonly balances: readonly string[];
  readonly stats: Stats;
  readonly readBalances: Operation;
}): Service {
  const { rail, balances, stats } = parts;
  return {
    operations: {
      TRANSFER: transfer(rail, new Set(balances), stats),
      BALANCE: parts.readBalances,
      STATS: () => stats.toJson(),
    },
    badOp: BAD_OP,
  };
}

export function ledgerService(store: Store, balances: readonly string[]): Service {
  return {
    operations: {
      DEBIT: debit(store),
      CREDIT: credit(store),
      ROLLBACK: rollback(store, balances),
      BALANCE: readBalances(store),
      TX_LOG: readLog(store),
    },
    badOp: BAD_OP,
  };
}

export function riskService(judge: Judge): Service {
  return { operations: { CHECK: check(judge) }, badOp: BAD_CHECK_OP };
}

/** The risk process's own memory (P-30: stateless across restarts). */
export function judgeInMemory(policy: PaymentPolicy): Judge {
  const windows = new VelocityWindows(policy, policy.balances);
  return ({ src, amount }): Outcome => {
    const denial = checkRisk(windows, policy, { src, amount, nowMs: performance.now() });
    return { answer: denial === null ? APPROVED : denied(denial), code: denial, replayed: false };
  };
}
