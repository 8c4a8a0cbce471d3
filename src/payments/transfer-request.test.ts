/** Validation of TRANSFER (P-12): the order of the checks, and every bad value of every member. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { transferContent, transferRequest } from './transfer-request.ts';

const balances: ReadonlySet<string> = new Set(['collection_pending', 'payout_available']);

const good = { op: 'TRANSFER', src: 'collection_pending', dst: 'payout_available', amount: 500, idempotency_key: 'k' };

/** A request that differs from the good one; `undefined` leaves the member out. */
function judge(changes: Readonly<Record<string, unknown>>): unknown {
  const wire = Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined));
  return transferRequest(wire, balances);
}

suite('P-12 what a TRANSFER must be', () => {
  test('a good one is taken over, its amount as money', () => {
    assert.deepEqual(judge({}), { src: 'collection_pending', dst: 'payout_available', amount: 500n, key: 'k' });
  });

  const bad = { key: '', src: 'nowhere', dst: 'nowhere', same: 'collection_pending', amount: 0 };
  // prettier-ignore
  const order: readonly [what: string, changes: Record<string, unknown>, expected: string][] = [
    ['everything bad: the key is first',     { idempotency_key: bad.key, src: bad.src, dst: bad.dst, amount: bad.amount }, 'invalid_idempotency_key'],
    ['balances before equality and amount',  { src: bad.src, dst: bad.dst, amount: bad.amount },                           'unknown_balance'],
    ['unknown source',                       { src: bad.src, amount: bad.amount },                                         'unknown_balance'],
    ['unknown destination',                  { dst: bad.dst, amount: bad.amount },                                         'unknown_balance'],
    ['equality before the amount',           { dst: bad.same, amount: bad.amount },                                        'same_balance_transfer'],
    ['the amount is last',                   { amount: bad.amount },                                                       'invalid_amount'],
  ];
  for (const [what, changes, expected] of order) test(what, () => assert.equal(judge(changes), expected));

  const amounts: readonly unknown[] = [
    undefined,
    null,
    true,
    false,
    '500',
    '',
    0,
    -0,
    -1,
    0.5,
    1e16,
    Infinity,
    [500],
    {},
  ];
  for (const amount of amounts) {
    test(`amount ${JSON.stringify(amount) ?? 'missing'}`, () => assert.equal(judge({ amount }), 'invalid_amount'));
  }

  const names: readonly unknown[] = [
    undefined,
    null,
    7,
    true,
    ['collection_pending'],
    '',
    'Collection_Pending',
    'constructor',
    '__proto__',
  ];
  for (const name of names) {
    test(`balance ${JSON.stringify(name) ?? 'missing'}`, () => {
      assert.equal(judge({ src: name }), 'unknown_balance');
      assert.equal(judge({ dst: name }), 'unknown_balance');
    });
  }

  const keys: readonly [what: string, key: unknown, valid: boolean][] = [
    ['missing', undefined, false],
    ['null', null, false],
    ['a number', 7, false],
    ['a boolean', true, false],
    ['a list', ['k'], false],
    ['empty', '', false],
    ['one byte', 'k', true],
    ['a blank', ' ', true],
    ['a zero character', 'a\u0000b', true],
    ['1,024 bytes', 'k'.repeat(1_024), true],
    ['1,025 bytes', 'k'.repeat(1_025), false],
    ['1,024 bytes in 512 characters', 'é'.repeat(512), true],
    ['1,026 bytes in 513 characters', 'é'.repeat(513), false],
    ['1,023 bytes in 341 characters', '€'.repeat(341), true],
    ['1,026 bytes in 342 characters', '€'.repeat(342), false],
    ['1,024 bytes in 256 characters of two units', '😀'.repeat(256), true],
    ['1,025 bytes in 256 such characters and one letter', `${'😀'.repeat(256)}k`, false],
    ['half a character', '\ud83d', false],
    ['half a character inside', 'a\ude00b', false],
  ];
  for (const [what, key, valid] of keys) {
    test(`key: ${what}`, () => {
      const judged = judge({ idempotency_key: key });
      if (valid) assert.deepEqual(judged, { src: good.src, dst: good.dst, amount: 500n, key });
      else assert.equal(judged, 'invalid_idempotency_key');
    });
  }
});

test('P-14 the content of a key is canonical, whatever the names need escaped', () => {
  const request = { src: 'a"b', dst: 'c', amount: 500n as never, key: 'k' };
  assert.equal(transferContent(request), '{"src":"a\\"b","dst":"c","amount":500}');
});
