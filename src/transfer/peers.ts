/** What the saga asks of risk, ledger and its fellow servers, and no more. `unanswered` means that nobody knows whether the call took effect. */
import type { PaymentError } from '../payments/answers.ts';
import type { RiskDenial } from '../risk/check.ts';

export type LedgerReply =
  | { readonly ok: true; readonly balance: bigint | null }
  | { readonly ok: false; readonly error: PaymentError }
  | 'unanswered';

export interface LedgerPeer {
  debit(move: { readonly account: string; readonly amount: bigint; readonly txId: string }): Promise<LedgerReply>;
  credit(move: { readonly account: string; readonly amount: bigint; readonly txId: string }): Promise<LedgerReply>;
  rollback(txId: string): Promise<LedgerReply>;
}

export interface RiskPeer {
  check(movement: {
    readonly src: string;
    readonly dst: string;
    readonly amount: bigint;
  }): Promise<'approved' | RiskDenial | 'unanswered'>;
}

/** The servers that carry transfers on one store. */
export interface Carriers {
  /** This server, as no other and no later process is called. */
  readonly own: string;
  /** Whether that server still carries its transfers. Rejects with StoreUnavailable. */
  isAlive(carrier: string): Promise<boolean>;
}
