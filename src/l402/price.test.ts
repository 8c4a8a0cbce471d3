/** What an override costs: never less than it should, never a part of a satoshi, never more than one step too much. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { priceSats, type PriceRule, type Pricing } from './price.ts';

const rate = { currency: 'USD', centsPerBtc: 10_000_000n }; // a cent is ten satoshi
const toll: PriceRule = { kind: 'toll', sats: 100n };
const whole: PriceRule = { kind: 'whole_excess' };
const bp = (points: bigint): PriceRule => ({ kind: 'excess_bp', bp: points });

suite('B-24: prices', () => {
  // prettier-ignore
  const rows: readonly [what: string, rule: PriceRule, cents: bigint, stepSats: bigint, centsPerBtc: bigint, expected: bigint][] = [
    ['a toll, whatever the excess',             toll,        1n,          1n,   10_000_000n, 100n],
    ['a toll is not rounded to a step',         toll,        999_999n,    64n,  10_000_000n, 100n],
    ['the whole excess',                        whole,       500n,        1n,   10_000_000n, 5_000n],
    ['a step that is met exactly',              whole,       500n,        100n, 10_000_000n, 5_000n],
    ['up to the next step',                     whole,       501n,        100n, 10_000_000n, 5_100n],
    ['a step above the price',                  whole,       1n,          100n, 10_000_000n, 100n],
    ['a part of a satoshi is a whole one',      whole,       1n,          1n,   300_000_000n, 1n],
    ['a third of a satoshi too much is another', whole,      10n,         1n,   300_000_000n, 4n],
    ['basis points',                            bp(250n),    10_000n,     1n,   10_000_000n, 2_500n],
    ['one basis point of a cent',               bp(1n),      1n,          1n,   10_000_000n, 1n],
    ['all basis points are the whole',          bp(10_000n), 501n,        1n,   10_000_000n, 5_010n],
    ['more than the whole',                     bp(20_000n), 501n,        1n,   10_000_000n, 10_020n],
    ['an amount beyond doubles',                whole, 9_007_199_254_740_991n, 1n, 429_000_000_000n, 2_099_580_245_861n],
    ['all bitcoin there will ever be',          whole,       21_000_000n * 100n, 1n, 100n, 2_100_000_000_000_000n],
  ];
  for (const [what, rule, cents, stepSats, centsPerBtc, expected] of rows)
    test(what, () =>
      assert.equal(priceSats({ rule, rate: { ...rate, centsPerBtc }, stepSats }, { cents, currency: 'USD' }), expected),
    );

  test('it is at least what is asked for, and less than a step more', () => {
    const positive = (max: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 1n, max });
    const parts = fc.record({
      cents: positive(2n ** 53n),
      points: positive(100_000n),
      centsPerBtc: positive(2n ** 40n),
      stepSats: positive(10_000n),
      more: positive(2n ** 53n),
    });
    fc.assert(
      fc.property(parts, ({ cents, points, centsPerBtc, stepSats, more }) => {
        const pricing: Pricing = { rule: bp(points), rate: { ...rate, centsPerBtc }, stepSats };
        const price = priceSats(pricing, { cents, currency: 'USD' });
        const exact = (cents * points * 10_000n) / centsPerBtc;
        if (price === 'price_too_high') return assert.ok(exact + stepSats > 2_100_000_000_000_000n);
        assert.ok(typeof price === 'bigint' && price <= 2_100_000_000_000_000n);
        assert.equal(price % stepSats, 0n);
        assert.ok(price >= 1n);
        // In units that need no division: satoshi x basis points of the whole x cents per bitcoin.
        const [paid, due] = [price * 10_000n * centsPerBtc, cents * points * 100_000_000n];
        assert.ok(paid >= due);
        assert.ok(paid - due < stepSats * 10_000n * centsPerBtc);
        const dearer = priceSats(pricing, { cents: cents + more, currency: 'USD' });
        assert.ok(dearer === 'price_too_high' || (typeof dearer === 'bigint' && dearer >= price));
      }),
    );
  });

  test('excesses within a step cost the same, so that a price does not give the budget away', () => {
    const price = (cents: bigint): unknown =>
      priceSats({ rule: whole, rate, stepSats: 1_000n }, { cents, currency: 'USD' });
    assert.deepEqual(new Set([1n, 50n, 99n, 100n].map(price)), new Set([1_000n]));
    assert.equal(price(101n), 2_000n);
  });

  test('without a rate, or with one of another currency, there is no price by excess', () => {
    const excess = { cents: 1n, currency: 'EUR' };
    assert.equal(priceSats({ rule: whole, rate: null, stepSats: 1n }, excess), 'no_rate');
    assert.equal(priceSats({ rule: bp(1n), rate, stepSats: 1n }, excess), 'rate_of_other_currency');
    assert.equal(priceSats({ rule: toll, rate: null, stepSats: 1n }, excess), 100n);
  });

  test('more than all bitcoin there will ever be is no price, however large the parts', () => {
    const priced = (cents: bigint, centsPerBtc: bigint): unknown =>
      priceSats({ rule: whole, rate: { ...rate, centsPerBtc }, stepSats: 1n }, { cents, currency: 'USD' });
    assert.equal(priced(2_100_000_001n, 100n), 'price_too_high');
    assert.equal(priced(2n ** 53n, 1n), 'price_too_high');
  });

  test('nothing is priced without its parts', () => {
    const excess = { cents: 1n, currency: 'USD' };
    assert.throws(() => priceSats({ rule: { kind: 'toll', sats: 0n }, rate, stepSats: 1n }, excess));
    assert.throws(() => priceSats({ rule: whole, rate, stepSats: 0n }, excess));
    assert.throws(() => priceSats({ rule: bp(0n), rate, stepSats: 1n }, excess));
    assert.throws(() => priceSats({ rule: whole, rate: { ...rate, centsPerBtc: 0n }, stepSats: 1n }, excess));
    assert.throws(() => priceSats({ rule: whole, rate, stepSats: 1n }, { ...excess, cents: 0n }));
  });
});
