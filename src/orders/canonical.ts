/** JSON values in one spelling: whoever repeats a request need not repeat the order of its members. */
import { isObject } from '../base/json.ts';

/** JSON text with the members of every object sorted by name. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).toSorted(byName)) : part,
  );
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
