/** What to do with rows whose own time has come: the earliest first, also those that came due while no server ran. */
import { limits } from '../base/limits.ts';
import type { Row, Table } from '../base/decision.ts';
import { instantAt } from '../base/time.ts';
import type { PaymentCommand } from '../flows/commands.ts';
import { isAway, type Store } from '../store/store.ts';

/** Rows with a time at which something happens by itself; null: nothing will. */
type Timed = Row & { readonly due_at: bigint | null };

/**
 * Sends a command for each row that is due, up to `limits.jobRowsMax` that are not refused; true when there may be more. Refused
 * rows stay due: they are passed over, or as many of them as one look takes would stop every deadline behind them for ever.
 */
export async function applyDue<R extends Timed>(
  store: Store,
  table: Table<R>,
  nowMs: number,
  commandOf: (row: R) => PaymentCommand | undefined | Promise<PaymentCommand | undefined>,
): Promise<boolean> {
  const now = instantAt(nowMs);
  const seen = new Set<string>();
  // After zero: rows without a time have none to be ordered by.
  let after = 0n;
  for (let limit: number = limits.jobRowsMax; ;) {
    const page = await store.rows({ table, by: 'due_at', after, limit });
    const due = page.filter((row) => row.due_at !== null && row.due_at <= now && !seen.has(nameOf(table, row)));
    for (const row of due) seen.add(nameOf(table, row));
    const commands = (await Promise.all(due.map(async (row) => commandOf(row)))).flatMap((command) => command ?? []);
    // All at once: commands are decided in the order in which they come, and share a commit.
    const outcomes = await Promise.all(commands.map((command) => store.submit(command)));
    // A store that records nothing now is asked again at the next turn of the job, not at once.
    if (outcomes.some(isAway)) return false;
    const last = page.at(-1)?.due_at ?? null;
    if (last === null || page.length < limit || last > now) return false;
    if (outcomes.some(({ code }) => code === null)) return true;
    // Others may be due at the very time of the last one: they come again, and in a larger page where it holds no other time.
    limit = last - 1n > after ? limits.jobRowsMax : limit * 2;
    after = last - 1n > after ? last - 1n : after;
  }
}

const nameOf = (table: Table, row: Row): string => JSON.stringify(table.key.map((column) => String(row[column])));
