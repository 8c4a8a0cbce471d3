/** Waits for something that nobody announces. */
import { setTimeout as pause } from 'node:timers/promises';

const WITHIN_MS = 20_000;
const POLL_MS = 10;

/** Resolves once `holds` does; rejects with what was waited for. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`waited in vain: ${what}`);
    await pause(POLL_MS);
  }
}
