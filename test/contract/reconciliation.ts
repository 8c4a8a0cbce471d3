/**
 * Reconciliation on a real engine (B-07): what is booked is what differs, once, whoever carries the run and wherever it was cut;
 * every row follows from the facts.
 */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Exporter } from '../../src/background/exports.ts';
import { Reconciler } from '../../src/background/reconciliation.ts';
import { limits } from '../../src/base/limits.ts';
import { openToBuy } from '../../src/budgets/bucket.ts';
import { adjustments, alerts, allocations, decisions, exportJobs, reconciliations } from '../../src/budgets/tables.ts';
import type { ActualItem } from '../../src/flows/actuals.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { ReconciliationRow } from '../../src/flows/reconciliation.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { BUCKET, budgetOf, gateOf } from '../rig/budget-commands.ts';
import { HandClock } from '../rig/hand-clock.ts';
import { actualsOf, itemOf } from '../rig/reconciliation-commands.ts';
import { ACCOUNTS, holdOf, receiptOf } from '../rig/settlement-commands.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import type { Store } from '../../src/store/store.ts';

const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve'];
const EVERY_MS = 900_000;

interface Stage {
  readonly place: Place;
  readonly store: Store;
  readonly clock: HandClock;
}

async function staged(place: Place): Promise<Stage> {
  const clock = new HandClock();
  const store = await place.open({
    decisions: createDecisions({ ...policy, balances, mapping: defaultMapping }),
    clock,
  });
  await done(store, { type: 'open-balances', names: balances, amount: 10_000n });
  for (const command of budgetOf(10_000n)) await done(store, command);
  return { place, store, clock };
}

async function done(store: Store, ...commands: readonly PaymentCommand[]): Promise<void> {
  for (const [index, { code, answer }] of (await submitAll(store, commands)).entries())
    assert.equal(code, null, `${commands[index]?.type}: ${answer}`);
}

const report = (decisionId: string, kind: 'commit' | 'receive', amountCents: bigint | null = null): PaymentCommand => ({
  type: 'report-decision',
  reportId: `${decisionId}:${kind}`,
  decisionId,
  merchant: 'acme',
  bucket: BUCKET,
  kind,
  amountCents,
  final: false,
  reference: null,
  actor: 'warehouse',
});

const named = (document: string, decisionId: string, terms: Partial<ActualItem> = {}): ActualItem =>
  itemOf(document, { decisionId, decisionBucket: BUCKET, ...terms });

interface Run {
  readonly row: ReconciliationRow;
  readonly drifted: readonly string[];
}

/** A whole run, from its beginning. */
async function reconciled({ store, clock }: Stage): Promise<Run> {
  const ended: Run[] = [];
  const reconciler = new Reconciler({
    store,
    nowMs: () => clock.nowMs(),
    everyMs: EVERY_MS,
    mapping: defaultMapping,
    ended: (row, drifted) => void ended.push({ row, drifted }),
  });
  clock.now += EVERY_MS;
  while (await reconciler.run()) clock.now += 1;
  assert.equal(ended.length, 1);
  return ended[0]!;
}

async function bucketOf(store: Store): Promise<{ adjusted: bigint; left: bigint }> {
  const [row] = await store.rows({ table: allocations, where: { bucket: BUCKET }, by: 'bucket', limit: 1 });
  return { adjusted: row?.adjusted_cents ?? 0n, left: row === undefined ? 0n : openToBuy(row) };
}

const causesOf = async (store: Store): Promise<[string, bigint][]> =>
  (await store.rows({ table: adjustments, by: 'at', limit: 100 })).map(({ cause, amount_cents: cents }) => [
    cause,
    cents,
  ]);

async function driftAlert(store: Store): Promise<string | undefined> {
  const where = { alert_id: `${BUCKET}|drift` };
  const [row] = await store.rows({ table: alerts, where, by: 'opened_at', limit: 1 });
  return row === undefined ? undefined : `${row.state} ${row.level}`;
}

async function assertVerified({ place, store }: Stage): Promise<void> {
  await store.close();
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const DAY_MS = 86_400_000;

export function reconciliationContract(name: string, createPlace: () => Place): void {
  suite(`${name}: reconciliation`, () => {
    test('B-26: files of an export are kept for seven years, and its record with their checksums for ever', async () => {
      const { store } = await staged(createPlace());
      const folder = temporaryDirectory();
      let now = Date.now();
      const exporter = new Exporter({ store, folder, nowMs: () => now, ended() {} });
      await done(store, { type: 'request-export', jobId: 'job-1', merchantId: null, period: null, actor: 'finance' });
      while (await exporter.run());
      const files = (): string[] => readdirSync(folder, { recursive: true }).map(String);
      assert.ok(files().includes(join('job-1', 'budgets.csv')));
      const recorded = await store.rows({ table: exportJobs, by: 'created_at', limit: 9 });
      const written = statSync(join(folder, 'job-1')).mtime;
      const end = written.setUTCFullYear(written.getUTCFullYear() + limits.retentionYears);
      now = end - 1_000;
      await exporter.run();
      assert.ok(files().includes(join('job-1', 'budgets.csv')));
      // It looks once a day.
      now = end + DAY_MS;
      await exporter.run();
      assert.deepEqual(files(), []);
      assert.deepEqual(await store.rows({ table: exportJobs, by: 'created_at', limit: 9 }), recorded);
      assert.match(recorded[0]?.files ?? '', /"name":"budgets.csv".*"sha256":"[0-9a-f]{64}"/);
      await store.close();
    });

    test('B-07: what no gate saw is booked once, raises an alert that closes itself, and never rewrites history', async () => {
      const stage = await staged(createPlace());
      const { store } = stage;
      await done(store, actualsOf(itemOf('r1', { amountCents: 700n })));
      assert.deepEqual(await bucketOf(store), { adjusted: 0n, left: 10_000n }, 'actuals alone change nothing');
      const first = await reconciled(stage);
      assert.deepEqual([first.row.state, first.row.adjustments, first.row.drift_cents], ['done', 1n, 700n]);
      assert.deepEqual(await bucketOf(store), { adjusted: -700n, left: 9_300n });
      assert.equal(await driftAlert(store), 'open received_without_gate');
      const second = await reconciled(stage);
      assert.deepEqual([second.row.adjustments, second.row.drift_cents], [0n, 0n], 'no news');
      assert.equal(await driftAlert(store), 'closed received_without_gate');
      await done(store, actualsOf(itemOf('b1', { kind: 'return', amountCents: 200n })));
      await reconciled(stage);
      assert.deepEqual(await causesOf(store), [
        ['received_without_gate', -700n],
        ['receipts_agree_again', 200n],
      ]);
      assert.deepEqual(await bucketOf(store), { adjusted: -500n, left: 9_500n });
      await assertVerified(stage);
    });

    test('B-07: documents of a decision: on time, late, too much, and cancelled', async () => {
      const stage = await staged(createPlace());
      const { store } = stage;
      for (const id of ['d1', 'd2', 'd3', 'd4']) await done(store, gateOf(id, 1_000n), report(id, 'commit'));
      await done(store, report('d1', 'receive'));
      await done(
        store,
        actualsOf(
          named('on-time', 'd1', { amountCents: 1_000n }),
          named('unreported', 'd2', { amountCents: 1_000n }),
          named('too-much', 'd3', { amountCents: 1_200n }),
          named('cancelled', 'd4', { amountCents: 1_000n, kind: 'cancellation' }),
        ),
      );
      await reconciled(stage);
      assert.deepEqual(
        (await causesOf(store)).toSorted(([one], [other]) => one.localeCompare(other)),
        [
          ['cancelled_without_report', 1_000n],
          ['received_more_than_decided', -200n],
        ],
      );
      assert.deepEqual(await bucketOf(store), { adjusted: 800n, left: 6_800n });
      assert.match((await driftAlert(store)) ?? '', /^open /);
      await done(store, report('d2', 'receive'), report('d3', 'receive', 1_200n));
      await reconciled(stage);
      // What had been taken for more than was decided is counted by the gate now.
      assert.deepEqual(await bucketOf(store), { adjusted: 1_000n, left: 6_800n });
      assert.deepEqual((await reconciled(stage)).row.adjustments, 0n);
      assert.match((await driftAlert(store)) ?? '', /^closed /);
      await assertVerified(stage);
    });

    test('B-07: a run that is cut after every step goes on with another server and books each difference once', async () => {
      const stage = await staged(createPlace());
      const { store, clock } = stage;
      const items = Array.from({ length: 30 }, (_, i) =>
        itemOf(`r${i}`, { amountCents: BigInt(i + 1), period: `2026-${String((i % 12) + 1).padStart(2, '0')}` }),
      );
      await done(store, actualsOf(...items));
      clock.now += EVERY_MS;
      let submitted = 0;
      // Each server dies after one commit; the next has nothing but the database.
      const cut: Pick<Store, 'rows' | 'submit' | 'sums'> = {
        rows: (query) => store.rows(query),
        sums: (query) => store.sums(query),
        async submit(command) {
          if (submitted > 0) throw new Error('killed');
          submitted += 1;
          return store.submit(command);
        },
      };
      const ended: ReconciliationRow[] = [];
      for (let server = 0; ended.length === 0 && server < 100; server++) {
        submitted = 0;
        const parts = { store: cut, nowMs: () => clock.nowMs(), everyMs: EVERY_MS, mapping: defaultMapping };
        const reconciler = new Reconciler({ ...parts, ended: (row) => void ended.push(row) });
        await reconciler.run().catch((error: Error) => assert.equal(error.message, 'killed'));
        const [run] = await store.rows({
          table: reconciliations,
          where: { state: 'done' },
          by: 'started_at',
          limit: 1,
        });
        if (run !== undefined) ended.push(run);
      }
      assert.equal(ended[0]?.adjustments, 12n);
      assert.equal(ended[0]?.drift_cents, 465n);
      const runs = await store.rows({ table: reconciliations, by: 'started_at', limit: 10 });
      assert.equal(runs.length, 1);
      await assertVerified(stage);
    });

    test('B-07: counters are compared with the sums over decisions, also while gates go on', async () => {
      const stage = await staged(createPlace());
      const { store, clock } = stage;
      const gates = Array.from({ length: 60 }, (_, i) => gateOf(`g${i}`, 100n));
      const [run] = await Promise.all([reconciled(stage), submitAll(store, gates)]);
      assert.equal(run.row.state, 'done');
      assert.equal(await driftAlert(store), undefined);
      const counted = await store.rows({
        table: decisions,
        where: { state: 'reserved' },
        by: 'created_at',
        limit: 100,
      });
      assert.equal(counted.length, 60);
      clock.now += 1;
      await reconciled(stage);
      assert.equal(await driftAlert(store), undefined);
      const [ended] = await store
        .facts({ after: 0, limit: 10, type: 'otb/reconciliation-ended.v1' })
        .then((all) => all.toReversed());
      assert.equal((JSON.parse(ended?.body ?? '{}') as Record<string, unknown>)['decisions_counted'], 60);
      await assertVerified(stage);
    });

    test('B-07: a run lets others through between any two buckets', async () => {
      const stage = await staged(createPlace());
      const periods = Array.from(
        { length: 60 },
        (_, i) => `${2030 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`,
      );
      await done(stage.store, actualsOf(...periods.map((period, i) => itemOf(`r${i}`, { period }))));
      let turns = 0;
      let next = setImmediate(function count() {
        turns += 1;
        next = setImmediate(count);
      });
      const { row } = await reconciled(stage);
      clearImmediate(next);
      assert.equal(row.adjustments, 60n);
      assert.ok(turns >= 60, `${turns} turns of the event loop`);
      await stage.store.close();
    });

    test('J4: settlement facts are matched to their movements, made or still to be made', async () => {
      const stage = await staged(createPlace());
      const { store } = stage;
      const [payer, payee] = [ACCOUNTS[0]!, ACCOUNTS[1]!];
      await done(store, receiptOf('r1', payer, 1_000n), holdOf({ holdId: 'h1', orderId: 'o1', payer, payee }, 400n));
      const move = { type: 'move-hold', holdId: 'h1', payer, payee, reason: 'because', actor: 'operator' } as const;
      await done(store, { ...move, to: 'frozen' }, { ...move, to: 'released' });
      const { drifted } = await reconciled(stage);
      assert.deepEqual(drifted, []);
      const [fact] = await store.facts({ after: 0, limit: 10, type: 'otb/reconciliation-ended.v1' });
      const said = JSON.parse(fact?.body ?? '{}') as Record<string, unknown>;
      assert.deepEqual([said['settlement_checked'], said['settlement_pending']], [3, 3]);
      const again = await reconciled(stage);
      assert.equal(again.row.state, 'done');
      await assertVerified(stage);
    });
  });
}
