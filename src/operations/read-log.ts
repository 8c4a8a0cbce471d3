/** TX_LOG (P-25): ledger entries in order of creation, whole or by page (`after` is the `created_at` of the last row seen). */
import { limits } from '../base/limits.ts';
import type { TransactionRow } from '../payments/tables.ts';
import type { Store } from '../store/store.ts';
import { INVALID_REQUEST, type Request } from '../wire/request.ts';
import { unlessUnavailable, type Operation } from './operation.ts';

export function readLog(store: Store): Operation {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const page = readPage(request);
    if (page === undefined) return INVALID_REQUEST;
    // A page takes milliseconds: one at a time, each in a turn of its own, so that transfers are answered between.
    const mine = last.then(nextTurn).then(() => readPageOf(store, page));
    last = mine.catch(() => {});
    return mine.catch(unlessUnavailable);
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function readPageOf(store: Store, page: Page): Promise<string> {
  const rows = await store.log({ after: page.after, limit: Math.min(page.limit, limits.logPageRowsMax) });
  const answer = `{"entries":[${rows.map(entryJson).join(',')}]}`;
  // So many rows are more than a frame holds: whether the log goes on behind them makes no difference.
  const whole = rows.length < limits.logPageRowsMax || page.limit <= limits.logPageRowsMax;
  return whole && Buffer.byteLength(answer) <= limits.framePayloadBytesMax ? answer : TOO_LARGE;
}

interface Page {
  readonly after: bigint;
  readonly limit: number;
}

const TOO_LARGE = JSON.stringify({
  ok: false,
  error: 'log_too_large',
  message: `the log does not fit one frame: ask by page, {"op":"TX_LOG","after":0,"limit":${limits.logPageHintRows}}, then again with after = created_at of the last entry`,
});

function readPage({ after = 0, limit = Number.MAX_SAFE_INTEGER }: Request): Page | undefined {
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1) return undefined;
  // Instants are larger than 2^53, but multiples of INSTANT_NS, so JSON.parse has read this one exactly.
  if (typeof after !== 'number' || !Number.isInteger(after) || after < 0 || after > INSTANT_MAX) return undefined;
  return { after: BigInt(after), limit };
}

/** A 64-bit integer column ends here; the largest double below 2^63. */
const INSTANT_MAX = 2 ** 63 - 1_024;

function entryJson(row: TransactionRow): string {
  return (
    `{"tx_id":${JSON.stringify(row.tx_id)},"op":"${row.op}","account_id":${JSON.stringify(row.account_id)},` +
    `"amount":${row.amount},"balance_after":${row.balance_after},"created_at":${row.created_at}}`
  );
}
