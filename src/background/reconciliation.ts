/**
 * Reconciles every so often, and when somebody asks (B-07): budgets against actuals, counters against decisions, settlement facts
 * against movements. Done by one server at a time and in short slices; a run that was cut is carried on by whoever comes next.
 */
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import { newId } from '../base/new-id.ts';
import { instantAt } from '../base/time.ts';
import { alerts, reconciliations } from '../budgets/tables.ts';
import type { AdvanceReconciliationCommand, ReconciliationRow } from '../flows/reconciliation.ts';
import type { BalanceMapping } from '../settlement/mapping.ts';
import { findRow } from '../store/find-row.ts';
import { pages } from '../store/pages.ts';
import type { Outcome, Store } from '../store/store.ts';
import { bucketAgain, BUCKETS_DONE, nextBuckets, portionsOf, type BucketWork } from './reconciliation-buckets.ts';
import { CounterCheck } from './reconciliation-counters.ts';
import { SettlementCheck } from './reconciliation-settlement.ts';
import { nextTurn } from './next-turn.ts';

export interface ReconcilerParts {
  readonly store: Pick<Store, 'rows' | 'submit' | 'sums'>;
  readonly nowMs: () => number;
  /** From the start of one run to that of the next. */
  readonly everyMs: number;
  /** Without it settlement moves nothing, and there is nothing to compare. */
  readonly mapping: BalanceMapping | undefined;
  /** Told of each run that has ended. */
  readonly ended: (run: ReconciliationRow, settlementDrifted: readonly string[]) => void;
}

/** What a server remembers of the run that it carries; another one begins the checks of a run anew. */
interface Carried {
  readonly runId: string;
  /** When the run before it began: what has not changed since need not be looked at. */
  readonly since: bigint;
  position: string;
  /** Sums were read as far as this; the run itself only says how far something was booked. */
  read: string;
  readonly counters: CounterCheck;
  readonly settlement: SettlementCheck | undefined;
}

export class Reconciler {
  readonly #parts: ReconcilerParts;
  #carried: Carried | undefined;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** One slice of what there is to do; true when there is more. */
  async run(): Promise<boolean> {
    const run = (await this.#open()) ?? (await this.#begin());
    if (run === undefined) return false;
    const { nowMs } = this.#parts;
    const untilMs = nowMs() + limits.jobSliceMs;
    const carried = await this.#carry(run);
    while (nowMs() < untilMs) {
      await nextTurn();
      if (carried.position !== BUCKETS_DONE) await this.#nextBuckets(carried);
      else if (!(await carried.counters.next()) && (await carried.settlement?.next()) !== true) {
        await this.#end(carried);
        return true;
      }
    }
    return true;
  }

  /** The oldest run that has not ended. */
  async #open(): Promise<ReconciliationRow | undefined> {
    const query = { table: reconciliations, where: { state: 'running' }, by: 'started_at', limit: 1 } as const;
    return (await this.#parts.store.rows(query))[0];
  }

  /** A new run, if it is time for one. */
  async #begin(): Promise<ReconciliationRow | undefined> {
    const { store, nowMs, everyMs } = this.#parts;
    const [newest] = await store.rows({ table: reconciliations, by: 'started_at', descending: true, limit: 1 });
    if (newest !== undefined && newest.started_at > instantAt(nowMs() - everyMs)) return undefined;
    const { code } = await store.submit({ type: 'begin-reconciliation', runId: newId(), actor: 'schedule' });
    return code === null ? this.#open() : undefined;
  }

  async #carry(run: ReconciliationRow): Promise<Carried> {
    if (this.#carried?.runId === run.run_id) return this.#carried;
    const { store, mapping } = this.#parts;
    const since = await this.#since(run);
    this.#carried = {
      runId: run.run_id,
      since,
      position: run.position,
      read: run.position,
      counters: new CounterCheck(store),
      settlement: mapping === undefined ? undefined : new SettlementCheck(store, mapping, since),
    };
    return this.#carried;
  }

  async #since(run: ReconciliationRow): Promise<bigint> {
    const where = { state: 'done' } as const;
    const query = {
      table: reconciliations,
      where,
      by: 'started_at',
      after: run.started_at,
      descending: true,
      limit: 1,
    } as const;
    return (await this.#parts.store.rows(query))[0]?.started_at ?? 0n;
  }

  async #nextBuckets(carried: Carried): Promise<void> {
    const page = await nextBuckets(this.#parts.store, { after: carried.read, since: carried.since });
    if (page === undefined) {
      await this.#advance(carried, { to: BUCKETS_DONE });
      return;
    }
    await this.#compare(carried, page.work);
    carried.read = page.last;
  }

  async #compare(carried: Carried, work: readonly BucketWork[]): Promise<void> {
    const last = work.at(-1)?.bucket.bucket;
    if (last === undefined) return;
    let left = work;
    for (let tries = 0; tries < limits.reconcileRereadsMax && left.length > 0; tries++) {
      const skipped: string[] = [];
      const portions = portionsOf(left);
      // The place moves on with the last portion: a run that is cut before it looks at all of them again.
      for (const [index, portion] of portions.entries()) {
        const to = index === portions.length - 1 ? last : carried.position;
        skipped.push(...(await this.#advance(carried, { to, ...portion })));
      }
      const again = await Promise.all(skipped.map((bucket) => bucketAgain(this.#parts.store, bucket)));
      left = again.filter((each) => each !== undefined);
    }
  }

  /** Books a portion, and answers the buckets that had changed before. */
  async #advance(
    carried: Carried,
    terms: Partial<AdvanceReconciliationCommand> & { readonly to: string },
  ): Promise<string[]> {
    const outcome = await this.#parts.store.submit({
      type: 'advance-reconciliation',
      runId: carried.runId,
      from: carried.position,
      buckets: [],
      decisions: [],
      miscounted: [],
      mended: [],
      ...terms,
    });
    if (outcome.code !== null) {
      // Another server goes on with it, or nothing can be recorded now: whatever it is, the run itself knows.
      this.#carried = undefined;
      throw new Error(`the reconciliation cannot go on: ${outcome.code}`);
    }
    carried.position = terms.to;
    return skippedIn(outcome);
  }

  async #end(carried: Carried): Promise<void> {
    const { store, ended } = this.#parts;
    const { counters, settlement } = carried;
    const miscounted = await counters.miscounted();
    const mended = await this.#mended(miscounted);
    if (miscounted.length + mended.length > 0) await this.#advance(carried, { to: BUCKETS_DONE, miscounted, mended });
    const drifted = settlement?.drifted ?? [];
    const { code } = await store.submit({
      type: 'end-reconciliation',
      runId: carried.runId,
      settlement: { checked: settlement?.checked ?? 0, pending: settlement?.pending ?? 0, drifted },
      decisionsCounted: counters.counted,
    });
    this.#carried = undefined;
    if (code !== null) throw new Error(`the reconciliation cannot end: ${code}`);
    const run = await findRow(store, reconciliations, 'run_id', carried.runId);
    if (run !== undefined) ended(run, drifted);
  }

  /** Buckets with an alert about their counters, which add up by now. */
  async #mended(miscounted: readonly string[]): Promise<string[]> {
    const open: string[] = [];
    const where = { kind: 'drift', state: 'open', level: 'counters_differ' } as const;
    for await (const page of pages(this.#parts.store, { table: alerts, where, by: 'opened_at' }))
      open.push(...page.map(({ bucket }) => bucket));
    return open.filter((bucket) => !miscounted.includes(bucket));
  }
}

function skippedIn({ answer }: Outcome): string[] {
  const said: unknown = JSON.parse(answer);
  const list = isObject(said) && Array.isArray(said['skipped']) ? said['skipped'] : [];
  return list.filter((bucket) => typeof bucket === 'string');
}
