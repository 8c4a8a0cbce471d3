/** Settlement rows as callers see them: snake_case JSON, amounts as integers of minor units, times in RFC 3339 UTC. */
import { timeOf, timeOrNull } from '../base/time.ts';
import type { HoldMoveRow, HoldRow, HoldState, LedgerAccountRow } from './tables.ts';

/** ORC has scale 2 (S-01); an integer everywhere, `major.minor` is for people only. */
const UNIT = 'ORC';

export interface AccountView {
  readonly account_id: string;
  readonly unit: 'ORC';
  readonly available: number;
  readonly held: number;
  readonly total: number;
}

/** S-02: an account nobody has used yet reads as zero. */
export function accountView(accountId: string, row: LedgerAccountRow | undefined): AccountView {
  const available = row?.available ?? 0n;
  const held = row?.held ?? 0n;
  return {
    account_id: accountId,
    unit: UNIT,
    available: Number(available),
    held: Number(held),
    total: Number(available + held),
  };
}

export interface HoldView {
  readonly hold_id: string;
  readonly state: HoldState;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly amount: number;
  readonly unit: 'ORC';
  readonly order_id: string;
  readonly contract_id: string | null;
  readonly policy_ref: string | null;
  readonly deadlines: Readonly<Record<'work_by' | 'accept_by' | 'dispute_by' | 'auto_release_after', string | null>>;
  readonly created_at: string;
  readonly history: readonly {
    readonly state: HoldState;
    readonly at: string;
    readonly reason: string | null;
    readonly actor: string | null;
    readonly seq: number;
  }[];
}

/** A hold with the moves that brought it where it is, the first first. */
export function holdView(hold: HoldRow, moves: readonly HoldMoveRow[]): HoldView {
  return {
    hold_id: hold.hold_id,
    state: hold.state,
    payer_account_id: hold.payer_account_id,
    payee_account_id: hold.payee_account_id,
    amount: Number(hold.amount),
    unit: UNIT,
    order_id: hold.order_id,
    contract_id: hold.contract_id,
    policy_ref: hold.policy_ref,
    deadlines: {
      work_by: timeOrNull(hold.work_by),
      accept_by: timeOrNull(hold.accept_by),
      dispute_by: timeOrNull(hold.dispute_by),
      auto_release_after: timeOrNull(hold.auto_release_after),
    },
    created_at: timeOf(hold.created_at),
    history: moves.map(({ state, at, reason, actor, seq }) => ({
      state,
      at: timeOf(at),
      reason,
      actor,
      seq: Number(seq),
    })),
  };
}
