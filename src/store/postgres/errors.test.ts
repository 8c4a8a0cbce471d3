/** What became of a batch by the error that it met: nothing may be taken for harmless that is not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreError } from '../store.ts';
import { explained, faultOf, type Fault } from './errors.ts';
import { readTarget } from './target.ts';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

suite('faults', () => {
  const rows: readonly [error: unknown, fault: Fault][] = [
    [withCode('40001'), 'again'],
    [withCode('40P01'), 'again'],
    [withCode('55P03'), 'again'],
    [withCode('25006'), 'connection'],
    [withCode('25P03'), 'connection'],
    [withCode('57P01'), 'connection'],
    [withCode('08006'), 'connection'],
    [withCode('53100'), 'database'],
    [withCode('57014'), 'database'],
    [withCode('XX001'), 'database'],
    [withCode('23505'), 'command'],
    [withCode('22021'), 'command'],
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }), 'connection'],
    [new Error('Connection terminated unexpectedly'), 'connection'],
    [new Error('invariant broken: a row has a value for x'), 'command'],
    ['text', 'command'],
    [new StoreError('upgraded by a newer purser'), 'connection'],
  ];
  for (const [error, fault] of rows) {
    test(`${error instanceof Error && 'code' in error ? String(error.code) : String(error)} is of ${fault}`, () =>
      assert.equal(faultOf(error), fault));
  }
});

test('an explanation names the place, what to do and the reason', () => {
  const target = readTarget('postgres://u:secret@127.0.0.1:1/d');
  const { message } = explained(target, Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  assert.match(message, /^postgres:\/\/u@127\.0\.0\.1:1\/d: nobody listens there: start PostgreSQL.* \(connect\)$/);
  assert.match(explained(target, withCode('99999')).message, /^postgres:\/\/u@127\.0\.0\.1:1\/d: x$/);
});
