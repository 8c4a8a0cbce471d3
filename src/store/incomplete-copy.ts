/** How a database says that "purser migrate-store" has not come to its end with it: no server must take it for complete. */
import { StoreError } from './store.ts';

/** A newer migration than any: every purser, also one that knows nothing of copies, refuses a database that has it. */
export const INCOMPLETE_COPY = { number: 2_147_483_647, name: 'incomplete copy' } as const;

/** What it is refused with. */
export function incompleteCopy(database: string): StoreError {
  return new StoreError(
    `${database} is an incomplete copy: run "purser migrate-store" once more, it goes on where it ended`,
  );
}
