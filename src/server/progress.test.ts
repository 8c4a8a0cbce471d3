/** What is shown of long work: lines of their own for logs, one line that is drawn again for people at a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressOn } from './progress.ts';

/** Reports `facts` of 1,000 at each second, and returns what was written. */
function written(isTTY: boolean, steps: readonly (readonly [second: number, facts: number])[]): string[] {
  const texts: string[] = [];
  let ms = 5_000;
  const progress = progressOn('MIGRATE', { isTTY, write: (text) => texts.push(text) }, () => ms);
  for (const [second, facts] of steps) {
    ms = 5_000 + 1_000 * second;
    progress({ facts, of: 1_000 });
  }
  return texts;
}

test('a line every two seconds, with speed and remaining time', () => {
  const texts = written(false, [
    [0, 100],
    [1, 200],
    [2, 300],
    [3, 400],
    [4, 700],
    [5, 1_000],
  ]);
  assert.deepEqual(texts, [
    'MIGRATE progress=30% facts=300 of=1000 facts_per_s=100 remaining_s=7\n',
    'MIGRATE progress=70% facts=700 of=1000 facts_per_s=150 remaining_s=2\n',
  ]);
});

test('work that is soon done says nothing', () => {
  assert.deepEqual(
    written(false, [
      [0, 10],
      [1, 1_000],
    ]),
    [],
  );
  assert.deepEqual(
    written(true, [
      [0, 10],
      [1, 1_000],
    ]),
    [],
  );
});

test('a bar that is wiped out at the end', () => {
  const texts = written(true, [
    [0, 0],
    [1, 500],
    [2, 1_000],
  ]);
  assert.deepEqual(texts, [
    `\r\u001B[KMIGRATE [${'#'.repeat(15)}${'.'.repeat(15)}] 50%, 500 facts/s, 1 s left`,
    '\r\u001B[K',
  ]);
});

test('what is not under way yet has no remaining time', () => {
  assert.deepEqual(
    written(false, [
      [0, 100],
      [3, 100],
    ]),
    ['MIGRATE progress=10% facts=100 of=1000 facts_per_s=0\n'],
  );
});
