/** Starts what goes on beside requests in the all-in-one deployment: the outbox, and deadlines that pass by themselves. */
import { randomUUID } from 'node:crypto';
import { applyHoldDeadlines } from '../background/hold-deadlines.ts';
import { Job } from '../background/job.ts';
import { Outbox } from '../background/outbox.ts';
import { systemClock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';

export interface Background {
  /** There may be movements to make. */
  readonly poke: () => void;
  stop(): Promise<void>;
}

export function startBackground(store: Store, log: Log): Background {
  const holder = randomUUID();
  const { leases } = store;
  const failed = (name: string, error: unknown): void =>
    log('background', 'failed', { job: name, reason: error instanceof Error ? error.message : String(error) });
  const outbox = new Outbox({
    store,
    nowMs: () => systemClock.nowMs(),
    refused: (movement, code) => log('outbox', 'movement_refused', { movement, code }),
  });
  const movements = new Job({ name: 'outbox', leases, holder, failed, run: () => outbox.run() });
  const deadlines = new Job({
    name: 'hold-deadlines',
    leases,
    holder,
    failed,
    async run() {
      const more = await applyHoldDeadlines(store, systemClock.nowMs());
      movements.poke();
      return more;
    },
  });
  const jobs = [movements, deadlines];
  for (const job of jobs) job.start();
  return {
    poke: () => movements.poke(),
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}
