/** An operation of a TCP service: a parsed request in, JSON text out. A service is a table of operations by `op`. */
import { limits } from '../base/limits.ts';
import { minorUnits, type MinorUnits } from '../base/money.ts';
import { refusal } from '../payments/answers.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { Request } from '../wire/request.ts';

export type Operation = (request: Request) => string | Promise<string>;

export interface Service {
  readonly operations: Readonly<Record<string, Operation>>;
  /** The answer to an `op` that is not in the table (P-17, P-30). */
  readonly badOp: string;
}

/** Answers a request by its `op`. */
export function dispatch({ operations, badOp }: Service): Operation {
  const table = new Map(Object.entries(operations));
  return (request) => {
    const { op } = request;
    const operation = typeof op === 'string' ? table.get(op) : undefined;
    return operation === undefined ? badOp : operation(request);
  };
}

/** The answer of a read while the database cannot be read; what went wrong is the store's to tell. */
export function unlessUnavailable(error: unknown): string {
  if (error instanceof StoreUnavailable) return refusal('unavailable');
  throw error;
}

export const BAD_OP = '{"ok":false,"error":"bad op"}';

/** A transaction id as ledger callers may choose it: 1 to 128 bytes of well-formed text, not starting a tombstone's empty name. */
export function readTxId(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length === 0 || !value.isWellFormed()) return undefined;
  return Buffer.byteLength(value) <= limits.txIdBytesMax ? value : undefined;
}

/** The shape that DEBIT and CREDIT share (P-21: shape comes first). */
export function readMove(
  request: Request,
): { readonly account: string; readonly amount: MinorUnits; readonly txId: string } | undefined {
  const { account } = request;
  const amount = minorUnits(request['amount']);
  const txId = readTxId(request['tx_id']);
  if (typeof account !== 'string' || amount === 'invalid_amount' || txId === undefined) return undefined;
  return { account, amount, txId };
}
