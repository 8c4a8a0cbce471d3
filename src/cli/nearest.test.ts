/** Who mistypes a command is told the nearest ones. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nearestCommands, suggestion } from './nearest.ts';

suite('the nearest commands', () => {
  // prettier-ignore
  const rows: readonly [typed: string, found: string][] = [
    ['alert',    'budget alerts'],
    ['budgets',  'budget'],
    ['accounts', 'account'],
    ['verfiy',   'verify'],
  ];
  for (const [typed, found] of rows)
    test(`${typed}: ${found}`, () => assert.equal(nearestCommands(typed, ['serve', 'verify'])[0], found));

  test('nothing is near: nothing is said', () => assert.equal(suggestion('xyzzy', ['serve']), ''));
});
