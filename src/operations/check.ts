/** CHECK (P-30): would this movement be allowed? An approved check uses a velocity slot. */
import type { Outcome } from '../store/store.ts';
import { minorUnits } from '../base/money.ts';
import { INVALID_REQUEST } from '../wire/request.ts';
import type { CheckCommand } from '../flows/check.ts';
import type { Operation } from './operation.ts';

/** Judges with the memory that TRANSFER uses (all-in-one), or with the risk process's own. */
export type Judge = (command: CheckCommand) => Outcome | Promise<Outcome>;

export function check(judge: Judge): Operation {
  return async ({ src, dst, amount: wireAmount }) => {
    const amount = minorUnits(wireAmount);
    if (typeof src !== 'string' || typeof dst !== 'string' || amount === 'invalid_amount') return INVALID_REQUEST;
    return (await judge({ type: 'check', src, amount })).answer;
  };
}

export const BAD_CHECK_OP = '{"approved":false,"reason":"bad op"}';
