/** B-23: a bucket's counters move together with its alert, and only then. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Change, Row, Table, View } from '../base/decision.ts';
import { alertLevel, alertName, noCounters, openToBuy } from '../budgets/bucket.ts';
import { alerts, allocations, type AlertRow, type BucketRow } from '../budgets/tables.ts';
import { bucketReads, changeBucket, newBucket, type BucketChange } from './buckets.ts';

const policy = { thresholds_bp: [2_000, 1_000] };
const place = { merchant: 'acme', period: '2026-11', category: 'shoes', allocationId: 'a-1' };

/** Rows in memory, and a view that shows only what `bucketReads` declares. */
class Books {
  readonly #rows = new Map<string, Row>();
  readonly #declared = new Set(bucketReads('acme|2026-11|shoes').map(({ table, key }) => `${table.name} ${key[0]}`));
  at = 1_000n;

  get view(): View {
    return {
      at: this.at,
      seq: 1,
      nowMs: 0,
      uptimeMs: 0,
      known: () => undefined,
      row: <R extends Row>(table: Table<R>, [key]: readonly string[]) => {
        assert.ok(this.#declared.has(`${table.name} ${key}`), `${table.name} ${key} is not declared`);
        return this.#rows.get(`${table.name} ${key}`) as R | undefined;
      },
    };
  }

  get bucket(): BucketRow {
    return this.view.row(allocations, ['acme|2026-11|shoes']) ?? newBucket(place, this.view);
  }

  get alert(): AlertRow | undefined {
    return this.view.row(alerts, ['acme|2026-11|shoes|threshold']);
  }

  change(change: BucketChange, thresholds = policy): readonly Change[] {
    this.at += 256n;
    const changes = changeBucket(this.bucket, change, thresholds, this.view);
    for (const { table, row } of changes) this.#rows.set(`${table.name} ${String(row[table.key[0]!])}`, row);
    return changes;
  }
}

const said = ({ alert }: Books): string | undefined => alert && `${alert.state} ${alert.level} ${alert.version}`;

suite('a bucket changes', () => {
  test('its first row has version 1, and a plan makes a revision', () => {
    const books = new Books();
    books.change({ reserved_cents: 5n });
    assert.deepEqual(
      [books.bucket.version, books.bucket.revision, books.bucket.budget_id, books.bucket.alert_level],
      [1n, 0n, null, 4n],
    );
    books.change({ allocated_cents: 100n, budgetId: 'b-1', revised: true });
    const { version, revision, budget_id: budget, reserved_cents: reserved } = books.bucket;
    assert.deepEqual([version, revision, budget, reserved], [2n, 1n, 'b-1', 5n]);
  });

  test('B-23: an alert opens, moves with what is left, closes by itself and opens again', () => {
    const books = new Books();
    books.change({ allocated_cents: 1_000n, budgetId: 'b-1', revised: true });
    // prettier-ignore
    const rows: readonly [reserve: bigint, changes: number, expected: string | undefined][] = [
      [799n,  1, undefined],
      [1n,    2, 'open low_2000 1'],
      [50n,   1, 'open low_2000 1'],
      [50n,   2, 'open low_1000 2'],
      [100n,  2, 'open exhausted 3'],
      [1n,    2, 'open overbought 4'],
      [-500n, 2, 'closed overbought 5'],
      [-1n,   1, 'closed overbought 5'],
      [400n,  2, 'open low_1000 6'],
    ];
    let opened: bigint | undefined;
    for (const [amount, changes, expected] of rows) {
      assert.equal(books.change({ reserved_cents: amount }).length, changes, String(expected));
      assert.equal(said(books), expected);
      if (expected === 'open low_2000 1') opened = books.alert?.opened_at;
    }
    assert.ok(opened !== undefined && books.alert!.opened_at > opened, 'what opens again opens at its own time');
    assert.equal(books.alert?.open_to_buy_cents, openToBuy(books.bucket));
  });

  test('B-23: other thresholds give the same level another name, and the next change says so', () => {
    const books = new Books();
    books.change({ allocated_cents: 1_000n });
    books.change({ reserved_cents: 850n });
    assert.equal(said(books), 'open low_2000 1');
    books.change({ reserved_cents: 1n }, { thresholds_bp: [3_000, 1_000] });
    assert.equal(said(books), 'open low_3000 2');
    books.change({ reserved_cents: 1n }, { thresholds_bp: [500] });
    assert.equal(said(books), 'closed low_3000 3');
  });

  test('B-23: whatever happens, the alert says what is left', () => {
    const amount = fc.bigInt({ min: -1_000n, max: 1_000n });
    const names = [
      'allocated_cents',
      'children_cents',
      'holdback_cents',
      'reserved_cents',
      'committed_cents',
      'received_cents',
      'adjusted_cents',
    ] as const;
    const change = fc.dictionary(fc.constantFrom(...names), amount);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const books = new Books();
        const sum: Record<string, bigint> = { ...noCounters };
        for (const each of changes) {
          books.change(each);
          for (const [name, by] of Object.entries(each)) sum[name] = (sum[name] ?? 0n) + by;
          const { bucket, alert } = books;
          assert.deepEqual({ ...bucket, ...sum }, bucket);
          const expected = alertName(alertLevel(bucket, policy.thresholds_bp), policy.thresholds_bp);
          assert.equal(alert?.state === 'open' ? alert.level : null, expected);
        }
        assert.equal(books.bucket.version, BigInt(changes.length));
      }),
    );
  });
});
