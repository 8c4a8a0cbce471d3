/** A decision and its bucket move together, and every row is written once per command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, gateDecisions, plan } from '../../test/rig/gate-commands.ts';
import { policy } from '../../test/rig/store-place.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import type { Row, Table, View } from '../base/decision.ts';
import { decisions } from '../budgets/tables.ts';
import { GateBooks } from './gate-books.ts';

async function looking(): Promise<{ readonly books: GateBooks; readonly id: string }> {
  const gate = new StrictGate();
  await plan(gate, 1_000n);
  const { decisionId: id } = await ask(gate, { amount: 600 });
  const view: View = {
    at: gate.strict.at,
    seq: 9,
    nowMs: 0,
    uptimeMs: 0,
    known: () => undefined,
    row: <R extends Row>(table: Table<R>, key: readonly string[]) => gate.strict.row(table, ...key),
  };
  return { books: new GateBooks(view, 'acme', 'new'), id };
}

test('what a decision holds more or less is its bucket’s, however often it is kept', async () => {
  const { books, id } = await looking();
  const row = books.decision(id)!;
  books.keep({ ...row, reserved_cents: 100n });
  books.keep({ ...books.decision(id)!, reserved_cents: 50n, committed_cents: 250n });
  const { reserved_cents: reserved, committed_cents: onOrder } = books.counters(row.bucket);
  assert.deepEqual([reserved, onOrder], [50n, 250n]);
  const changes = books.changes();
  assert.deepEqual(new Set(changes.map(({ table }) => table.name)).size, changes.length);
  const kept = changes.find(({ table }) => table.name === decisions.name)?.row;
  assert.deepEqual([kept?.['version'], kept?.['seq']], [row.version + 1n, 9n]);
});

test('a decision that moves takes what it holds from one bucket to the other', async () => {
  const { books, id } = await looking();
  const row = books.decision(id)!;
  books.keep({ ...row, bucket: 'acme|2026-12|' });
  assert.equal(books.counters(row.bucket).reserved_cents, 0n);
  assert.equal(books.counters('acme|2026-12|').reserved_cents, 600n);
  const written = books.changes().filter(({ table }) => table.name === 'otb_allocations');
  assert.equal(new Set(written.map(({ row: bucket }) => bucket['updated_at'])).size, 2);
  assert.equal(written.find(({ row: bucket }) => bucket['period'] === '2026-12')?.row['allocation_id'], 'new');
});

test('every decision of the gate is in the index', () => {
  assert.ok('gate' in gateDecisions(policy).byType);
});
