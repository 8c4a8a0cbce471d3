/** A server that is killed in the middle of a reconciliation or of an export (B-07, B-08): the next one ends what it began, once. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { startApiServer, type ApiServer } from '../rig/api-server.ts';
import { runCommand } from '../rig/command.ts';
import type { Json } from '../rig/frame-client.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

const PERIODS = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, '0')}`);
const MERCHANTS = 150;

/** A document in each of 1,800 buckets, and more in the first merchant's. */
async function fill({ operator }: ApiServer): Promise<void> {
  const item = (period: string, document_id: string): Json => ({
    document_id,
    kind: 'receipt',
    amount_cents: 10,
    period,
    occurred_at: '2026-11-21T12:00:00Z',
  });
  for (let merchant = 0; merchant < MERCHANTS; merchant++) {
    const extra = merchant === 0 ? Array.from({ length: 900 }, (_, i) => item(PERIODS[i % 12]!, `more-${i}`)) : [];
    const items = [...PERIODS.map((period) => item(period, `first-${period}`)), ...extra];
    const body = { merchant_id: `m${merchant}`, items };
    const { status, text } = await operator.ask('/l402-otb/actuals', { method: 'POST', body });
    assert.equal(status, 200, text);
  }
}

function rowsOf(data: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows;
}

async function assertVerified(data: string): Promise<void> {
  const { code, out } = await runCommand(['verify', '--data', data]);
  assert.equal(code, 0, out);
}

suite('killed in the middle', () => {
  test('B-07 of a reconciliation: the next server goes on, and books each difference once', async () => {
    const data = join(temporaryDirectory(), 'data');
    const first = await startApiServer({ data });
    await fill(first);
    // Nobody waits for the answer: the server dies first.
    const asked = first.operator.ask('/l402-otb/reconcile', { method: 'POST' }).catch(() => undefined);
    await until('something is booked', async () => rowsOf(data, 'select 1 from otb_adjustments limit 1').length > 0);
    await first.process.kill();
    await asked;
    const [cut] = rowsOf(data, "select run_id, position from otb_reconciliations where state = 'running'");
    assert.ok(cut !== undefined, 'the run was under way');
    const booked = rowsOf(data, 'select 1 from otb_adjustments').length;
    assert.ok(booked > 0 && booked < MERCHANTS * 12, `${booked} were booked`);
    const second = await startApiServer({ data });
    await until('the run has ended', async () => {
      const { json } = await second.operator.ask('/l402-otb/reconciliations?limit=1000');
      return (json['items'] as Json[]).some(({ run_id: id }) => id === cut['run_id']);
    });
    await second.process.stop();
    assert.equal(rowsOf(data, 'select 1 from otb_adjustments').length, MERCHANTS * 12);
    assert.deepEqual(
      rowsOf(data, 'select sum(adjusted_cents) as adjusted from otb_allocations').map((row) => row['adjusted']),
      [-(MERCHANTS * 12 + 900) * 10],
    );
    assert.equal(rowsOf(data, 'select bucket from otb_adjustments group by bucket having count(*) > 1').length, 0);
    await assertVerified(data);
  });

  test('B-08 of an export: files that were complete are kept, the rest is written, checksums are right', async () => {
    const data = join(temporaryDirectory(), 'data');
    const first = await startApiServer({ data });
    await fill(first);
    const { json } = await first.operator.ask('/exports/otb-state', { method: 'POST', body: {} });
    const job = String(json['job_id']);
    const folder = join(data, 'exports', job);
    await until('a file is there', () => existsSync(folder) && readdirSync(folder).length > 0);
    await first.process.kill();
    const [cut] = rowsOf(data, 'select state from otb_exports');
    assert.notEqual(cut?.['state'], 'failed');
    const second = await startApiServer({ data });
    const read = async (): Promise<Json> => (await second.operator.ask(`/exports/${job}`)).json;
    await until('the window is completed', async () => (await read())['window'] === 'completed');
    const { files } = (await read()) as { files: { name: string; rows: number; sha256: string }[] };
    assert.deepEqual(readdirSync(folder).toSorted(), files.map(({ name }) => name).toSorted());
    for (const { name, sha256 } of files)
      assert.equal(
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
        sha256,
        name,
      );
    const actuals = files.find(({ name }) => name === 'actuals.jsonl');
    assert.equal(actuals?.rows, MERCHANTS * 12 + 900);
    await second.process.stop();
    await assertVerified(data);
  });
});

test('B-07 a counter that is not the sum over its decisions raises an alert, which closes when it is mended', async () => {
  const data = join(temporaryDirectory(), 'data');
  let running = await startApiServer({ data });
  const ask = async (path: string, body: Json): Promise<Json> => {
    const { status, json, text } = await running.operator.ask(path, { method: 'POST', body });
    assert.ok(status < 300, text);
    return json;
  };
  // Orders from before the plan are commitments without a decision: they are no error.
  const plan = { planned_sales_cents: 100_000, planned_reductions_cents: 0, planned_closing_stock_cents: 20_000 };
  const budget = await ask('/l402-otb/budgets', {
    merchant_id: 'acme',
    period: '2026-11',
    basis: 'retail',
    currency: 'USD',
    plan: { ...plan, opening_stock_cents: 10_000, on_order_cents: 30_000 },
  });
  await ask(`/l402-otb/budgets/${String(budget['budget_id'])}/activate`, {});
  const gate = { merchant_id: 'acme', actor_id: 'b', action_kind: 'po_submit', amount_cents: 500, period: '2026-11' };
  await ask('/l402-otb/gate', gate);
  const drift = async (): Promise<unknown[]> => {
    await ask('/l402-otb/reconcile', {});
    const { json } = await running.operator.ask('/l402-otb/alerts?kind=drift&state=open');
    return (json['items'] as Json[]).map(({ level }) => level);
  };
  assert.deepEqual(await drift(), []);
  const tampered = async (cents: number): Promise<void> => {
    await running.process.stop();
    const db = new DatabaseSync(join(data, 'purser.db'));
    db.prepare('update otb_allocations set reserved_cents = ?').run(cents);
    db.close();
    running = await startApiServer({ data });
  };
  await tampered(400);
  assert.deepEqual(await drift(), ['counters_differ']);
  await tampered(500);
  assert.deepEqual(await drift(), []);
  await running.process.stop();
});
