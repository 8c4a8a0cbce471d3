/** Risk and ledger as peers over TCP, one fresh socket per call (P-02). */
import { paymentErrors, type PaymentError } from '../payments/answers.ts';
import type { LedgerPeer, LedgerReply, RiskPeer } from '../transfer/peers.ts';
import { call, type Peer, type Reply } from './call.ts';

const known: ReadonlySet<string> = new Set(paymentErrors);

const isPaymentError = (value: unknown): value is PaymentError => typeof value === 'string' && known.has(value);

export function ledgerOverFrames(peer: Peer, timeoutMs: number): LedgerPeer {
  const ask = async (payload: string): Promise<LedgerReply> => ledgerReply(await call(peer, payload, timeoutMs));
  const move = (op: string, account: string, amount: bigint, txId: string): Promise<LedgerReply> =>
    ask(`{"op":"${op}","account":${JSON.stringify(account)},"amount":${amount},"tx_id":${JSON.stringify(txId)}}`);
  return {
    debit: ({ account, amount, txId }) => move('DEBIT', account, amount, txId),
    credit: ({ account, amount, txId }) => move('CREDIT', account, amount, txId),
    rollback: (txId) => ask(`{"op":"ROLLBACK","tx_id":${JSON.stringify(txId)}}`),
  };
}

export function riskOverFrames(peer: Peer, timeoutMs: number): RiskPeer {
  return {
    async check({ src, dst, amount }) {
      const payload = `{"op":"CHECK","src":${JSON.stringify(src)},"dst":${JSON.stringify(dst)},"amount":${amount}}`;
      const reply = await call(peer, payload, timeoutMs);
      if (reply === 'unanswered') return 'unanswered';
      if (reply['approved'] === true) return 'approved';
      const reason = reply['reason'];
      const denied = reason === 'daily_transfer_limit_exceeded' || reason === 'transfer_amount_exceeds_limit';
      return denied ? reason : 'unanswered';
    },
  };
}

/** An answer that is not of the ledger's form says nothing about what happened: it counts as none. */
function ledgerReply(reply: Reply): LedgerReply {
  if (reply === 'unanswered') return reply;
  const { ok, balance, error } = reply;
  if (ok === true) return { ok, balance: Number.isSafeInteger(balance) ? BigInt(Number(balance)) : null };
  return ok === false && isPaymentError(error) ? { ok, error } : 'unanswered';
}
