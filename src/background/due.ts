/** What to do with rows whose own time has come: the earliest first, also those that came due while no server ran. */
import { limits } from '../base/limits.ts';
import type { Row, Table } from '../base/decision.ts';
import { instantAt } from '../base/time.ts';
import type { PaymentCommand } from '../flows/commands.ts';
import type { Store } from '../store/store.ts';

/** Rows with a time at which something happens by itself; null: nothing will. */
type Timed = Row & { readonly due_at: bigint | null };

/** Sends a command for each row that is due; true when there are more. */
export async function applyDue<R extends Timed>(
  store: Store,
  table: Table<R>,
  nowMs: number,
  commandOf: (row: R) => PaymentCommand | undefined,
): Promise<boolean> {
  const now = instantAt(nowMs);
  // After zero: rows without a time have none to be ordered by.
  const next = await store.rows({ table, by: 'due_at', after: 0n, limit: limits.jobRowsMax });
  const commands = next
    .filter(({ due_at: dueAt }) => dueAt !== null && dueAt <= now)
    .flatMap((row) => commandOf(row) ?? []);
  // All at once: commands are decided in the order in which they come, and share a commit.
  const outcomes = await Promise.all(commands.map((command) => store.submit(command)));
  // A store that records nothing now is asked again at the next turn of the job, not at once.
  return commands.length === limits.jobRowsMax && outcomes.some(({ code }) => code === null);
}
