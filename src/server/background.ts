/** Starts what goes on beside requests in the all-in-one deployment: the outbox, deadlines, orders that were left behind. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { reasonOf } from '../base/failure.ts';
import { Bridge } from '../background/bridge-resume.ts';
import { DisputeAlerts } from '../background/dispute-alerts.ts';
import { applyExecutionDeadlines } from '../background/execution-deadlines.ts';
import { applyHoldDeadlines } from '../background/hold-deadlines.ts';
import { creditInbox } from '../background/inbox-credits.ts';
import { Job } from '../background/job.ts';
import { Outbox } from '../background/outbox.ts';
import { systemClock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import { Feed } from '../funding/feed.ts';
import { Spool } from '../funding/spool.ts';
import type { FundingConfig } from './funding-config.ts';
import type { GateJobs } from './gate.ts';
import type { Log } from './log.ts';
import type { Records } from './records.ts';

interface BackgroundParts {
  readonly store: Store;
  readonly log: Log;
  readonly funding: FundingConfig;
  readonly gate: GateJobs;
  readonly records: Records['jobs'];
}

export interface Background {
  /** There may be movements to make. */
  readonly poke: () => void;
  /** There may be something for the job of this name. */
  readonly pokeJob: (name: keyof Records['jobs']) => void;
  stop(): Promise<void>;
}

const nowMs = (): number => systemClock.nowMs();

export function startBackground({ store, log, funding, gate, records }: BackgroundParts): Background {
  const holder = randomUUID();
  const { leases } = store;
  const failed = (name: string, error: unknown): void =>
    log('background', 'failed', { job: name, reason: reasonOf(error) });
  const job = (name: string, run: () => Promise<boolean>): Job => new Job({ name, leases, holder, failed, run });
  const outbox = new Outbox({
    store,
    nowMs,
    refused: (movement, code) => log('outbox', 'movement_refused', { movement, code }),
  });
  const bridge = new Bridge({
    store,
    nowMs,
    resumed: (order, result) => log('settlement', 'order_resumed', { order, result }),
  });
  const alerts = new DisputeAlerts({
    store,
    nowMs,
    disputeWaiting: ({ dispute_id: dispute, execution_id: execution }, waitingMs) =>
      log('settlement', 'dispute_waiting', { dispute, execution, waiting_s: Math.floor(waitingMs / 1_000) }),
    holdWaiting: ({ hold_id: hold }, waitingMs) =>
      log('settlement', 'hold_waiting', { hold, waiting_s: Math.floor(waitingMs / 1_000) }),
  });
  const movements = job('outbox', async () => {
    await outbox.run();
    return false;
  });
  const deadlines = job('deadlines', async () => {
    const more = [await applyHoldDeadlines(store, nowMs()), await applyExecutionDeadlines(store, nowMs())];
    movements.poke();
    return more.includes(true);
  });
  const orders = job('orders', async () => {
    await bridge.resume();
    await alerts.run();
    return false;
  });
  const inbox = job('inbox', async () => {
    const receipts = await creditInbox(store);
    if (receipts > 0) log('funding', 'credited', { receipts });
    if (receipts > 0) movements.poke();
    return false;
  });
  const { spool, feed } = fundingOf({ store, log, funding });
  const runs: Readonly<Record<string, () => Promise<boolean>>> = { ...gate, ...records };
  const further = new Map(Object.entries(runs).map(([name, run]) => [name, job(name, run)]));
  const jobs = [
    movements,
    deadlines,
    orders,
    inbox,
    ...further.values(),
    // A folder is one machine's: whoever has the same path elsewhere reads its own.
    ...(spool === undefined ? [] : [job(`spool ${hostname()} ${funding.spool}`, () => spool.run())]),
    ...(feed === undefined ? [] : [job(`feed ${feed.name}`, () => feed.run())]),
  ];
  for (const each of jobs) each.start();
  return {
    poke: () => movements.poke(),
    pokeJob: (name) => further.get(name)?.poke(),
    async stop() {
      feed?.stop();
      await Promise.all(jobs.map((each) => each.stop()));
    },
  };
}

/** What brings receipts into the inbox, as far as it is configured. */
function fundingOf({ store, log, funding }: Omit<BackgroundParts, 'gate' | 'records'>): {
  readonly spool: Spool | undefined;
  readonly feed: Feed | undefined;
} {
  const { spool: folder, feed: url } = funding;
  const refused = (source: string, receipt: string, code: string): void =>
    log('funding', 'receipt_refused', { source, receipt, code });
  return {
    spool:
      folder === undefined
        ? undefined
        : new Spool({ folder, store, nowMs, refused: (file, code) => refused('spool', file, code) }),
    feed:
      url === undefined
        ? undefined
        : new Feed({
            url,
            store,
            nowMs,
            refused: (receipt, code) => refused('feed', receipt, code),
            failed: (reason) => log('funding', 'feed_unavailable', { reason }),
            available: () => log('funding', 'feed_available'),
          }),
  };
}
