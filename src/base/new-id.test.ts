/** Ids that begin with the time: their form, and that none comes twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from './new-id.ts';

test('an id is a UUID of version 7: its time first, then chance', () => {
  const beforeMs = Date.now();
  const ids = Array.from({ length: 1_000 }, newId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const timeMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    assert.ok(timeMs >= beforeMs && timeMs <= Date.now());
  }
});
