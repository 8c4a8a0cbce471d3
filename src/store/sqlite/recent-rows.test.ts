/** Rows in use stay, what is committed stands, and the number of them is bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../base/limits.ts';
import { RecentRows } from './recent-rows.ts';

const reading = (): { reads: string[]; read: (key: string) => () => { key: string } } => {
  const reads: string[] = [];
  return { reads, read: (key) => () => (reads.push(key), { key }) };
};

test('a row is read once, and one that is not there, too', () => {
  const rows = new RecentRows();
  let reads = 0;
  const nothing = (): undefined => void (reads += 1);
  assert.deepEqual(
    rows.get('a', () => ({ n: 1n })),
    { n: 1n },
  );
  assert.deepEqual(rows.get('a', nothing), { n: 1n });
  assert.equal(rows.get('b', nothing), undefined);
  assert.equal(rows.get('b', nothing), undefined);
  assert.equal(reads, 1);
});

test('what is committed stands, whatever was read before', () => {
  const rows = new RecentRows();
  rows.get('a', () => undefined);
  rows.set('a', { n: 2n });
  assert.deepEqual(
    rows.get('a', () => ({ n: 1n })),
    { n: 2n },
  );
});

test('a crowd of other rows drives out what nobody asks for, and nothing else', () => {
  const rows = new RecentRows();
  const { reads, read } = reading();
  rows.get('hot', read('hot'));
  rows.get('cold', read('cold'));
  for (let i = 0; i < limits.recentRowsMax; i++) {
    rows.set(`other ${i}`, { key: 'other' });
    rows.get('hot', read('hot'));
  }
  rows.get('cold', read('cold'));
  assert.deepEqual(reads, ['hot', 'cold', 'cold']);
});

test('a row with long texts is read each time, and what it was before is forgotten', () => {
  const rows = new RecentRows();
  const long = { key: 'long', request: 'x'.repeat(32 * 1024) };
  let reads = 0;
  const read = (): typeof long => {
    reads += 1;
    return long;
  };
  for (const expected of [1, 2]) {
    assert.equal(rows.get('long', read), long);
    assert.equal(reads, expected);
  }
  rows.get('grows', () => ({ request: 'x' }));
  for (let i = 0; i < limits.recentRowsMax / 2; i++) rows.set(`other ${i}`, { key: 'other' });
  rows.set('grows', long);
  assert.equal(rows.get('grows', read), long);
  assert.equal(reads, 3);
});
