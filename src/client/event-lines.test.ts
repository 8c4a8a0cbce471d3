/** Events arrive in pieces of any size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from './event-lines.ts';

const stream =
  ': alive\n\nid: 1\ndata: {"a":1}\n\nid: 2\r\ndata:x\r\ndata: y\r\nretry: 5\r\n\r\nid: 3\n\ndata: last\n\n';
const events = [
  { id: '1', data: '{"a":1}' },
  { id: '2', data: 'x\ny' },
  { id: '3', data: 'last' },
];

test('cut anywhere, the same events come out', () => {
  for (let size = 1; size <= stream.length; size++) {
    const reader = new EventReader();
    const found = [];
    for (let from = 0; from < stream.length; from += size) found.push(...reader.read(stream.slice(from, from + size)));
    assert.deepEqual(found, events, `pieces of ${size}`);
  }
});

test('an event that is not complete is none', () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read('id: 1\ndata: half'), []);
  assert.deepEqual(reader.read(' and half\n'), []);
  assert.deepEqual(reader.read('\n'), [{ id: '1', data: 'half and half' }]);
});
