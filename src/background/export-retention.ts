/**
 * Files of exports that have been kept long enough (B-26). All that is in them stands in the facts, which are kept for ever, and
 * the record of the export keeps their names and checksums: whoever has a copy can still show that it is one.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../base/limits.ts';

/** The same day of the year, so many years ago. */
function yearsBefore(nowMs: number, years: number): number {
  const then = new Date(nowMs);
  return then.setUTCFullYear(then.getUTCFullYear() - years);
}

/** Removes the folders in which nothing was written since; answers how many. Of two servers, both may do it. */
export async function removeOldExports(folder: string, nowMs: number): Promise<number> {
  const untilMs = yearsBefore(nowMs, limits.retentionYears);
  let removed = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    const written = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (written >= untilMs) continue;
    await rm(path, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}
