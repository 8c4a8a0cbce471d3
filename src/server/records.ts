/** Wires what is kept and shown of budgets: reconciliation, exports, evidence with its signing key, and how each tier is. */
import { dirname, join } from 'node:path';
import { Exporter } from '../background/exports.ts';
import { Reconciler } from '../background/reconciliation.ts';
import { systemClock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { elapsedMs, instantAt, timeOf } from '../base/time.ts';
import { exportJobs, reconciliations } from '../budgets/tables.ts';
import type { ExportRow } from '../flows/exports.ts';
import type { ReconciliationRow } from '../flows/reconciliation.ts';
import type { BalanceMapping } from '../settlement/mapping.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';
import type { Log } from './log.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';

interface RecordsParts {
  readonly store: Store;
  readonly data: string;
  /** The signing key stands beside the keys of tokens. */
  readonly keyFile: string;
  readonly mapping: BalanceMapping | undefined;
  readonly reconcileMs: number;
  readonly log: Log;
}

/** How the tiers are (B-08), for health. */
type TierReport = Readonly<Record<string, Told>>;

export interface Records {
  readonly signer: SigningKey;
  readonly exportFolder: string;
  /** One server at a time does each. */
  readonly jobs: {
    readonly reconciliation: () => Promise<boolean>;
    readonly exports: () => Promise<boolean>;
  };
  readonly tiers: () => Promise<TierReport>;
}

const nowMs = (): number => systemClock.nowMs();

/** Throws StoreError when the signing key cannot be used. */
export function openRecords({ store, data, keyFile, mapping, reconcileMs, log }: RecordsParts): Records {
  const reconciler = new Reconciler({
    store,
    nowMs,
    everyMs: reconcileMs,
    mapping,
    ended({ run_id: run, buckets, adjustments, drift_cents: drift }, drifted) {
      const counts = { run, buckets: Number(buckets), adjustments: Number(adjustments), drift_cents: Number(drift) };
      log('reconciliation', 'ended', { ...counts, movements_drifted: drifted.length });
    },
  });
  const exportFolder = join(data, 'exports');
  const exporter = new Exporter({
    store,
    folder: exportFolder,
    nowMs,
    ended: (job, error) =>
      log('export', error === null ? 'completed' : 'failed', { job, ...(error === null ? {} : { error }) }),
  });
  return {
    signer: openSigningKey(dirname(keyFile), new Date(nowMs())),
    exportFolder,
    jobs: { reconciliation: () => reconciler.run(), exports: () => exporter.run() },
    tiers: () => tierReport(store, reconcileMs, nowMs()),
  };
}

async function tierReport(store: Store, everyMs: number, now: number): Promise<TierReport> {
  const reference = { kept_seconds: limits.referenceKeptSeconds };
  try {
    const newest = { descending: true, limit: 1 } as const;
    const [[run], [job]] = await Promise.all([
      store.rows({ table: reconciliations, where: { state: 'done' }, by: 'started_at', ...newest }),
      store.rows({ table: exportJobs, by: 'created_at', ...newest }),
    ]);
    return {
      reference,
      // That the store was read just now is the sign of life.
      stream: { heartbeat_at: timeOf(instantAt(now)), waiting: store.waiting },
      'change-feed': feedReport(run, everyMs, now),
      'bulk-window': windowReport(job),
    };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const unknown = { state: 'unavailable' };
    return { reference, stream: unknown, 'change-feed': unknown, 'bulk-window': unknown };
  }
}

type Told = Readonly<Record<string, string | number | null>>;

function feedReport(run: ReconciliationRow | undefined, everyMs: number, now: number): Told {
  const interval = { interval_s: Math.floor(everyMs / 1_000) };
  if (run === undefined)
    return { state: freshness(null, everyMs), watermark: null, watermark_age_s: null, ...interval };
  const ageMs = elapsedMs(run.started_at, now);
  const watermark = { watermark: Number(run.watermark), watermark_age_s: Math.floor(ageMs / 1_000) };
  return { state: freshness(ageMs, everyMs), ...watermark, ...interval };
}

const windows = { waiting: 'open', running: 'open', done: 'completed', failed: 'failed' } as const;

function windowReport(job: ExportRow | undefined): Told {
  if (job === undefined) return { window: 'none', job_id: null, updated_at: null };
  return { window: windows[job.state], job_id: job.job_id, updated_at: timeOf(job.updated_at) };
}

/** Green below the interval, amber below twice, red beyond, and before the first run. */
export function freshness(ageMs: number | null, everyMs: number): 'green' | 'amber' | 'red' {
  if (ageMs === null || ageMs >= 2 * everyMs) return 'red';
  return ageMs < everyMs ? 'green' : 'amber';
}
