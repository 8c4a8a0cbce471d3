/** B-22: one path per category and day, and hierarchies that have none are refused. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { flawOf, hierarchyOf, pathOf, type Placing } from './hierarchy.ts';

const at = (category: string, parent: string | null = null, from: string | null = null): Placing => ({
  category,
  parent,
  from,
});

const DAY = '2026-11-21';
const shop = [at('apparel'), at('shoes', 'apparel'), at('boots', 'shoes'), at('home')];

suite('B-22 paths', () => {
  // prettier-ignore
  const rows: readonly [what: string, hierarchy: readonly Placing[], category: string, day: string, path: string[] | undefined][] = [
    ['from the class up to the merchant', shop, 'boots',                   DAY, ['boots', 'shoes', 'apparel', '']],
    ['the merchant itself',               shop, '',                        DAY, ['']],
    ['what is not there',                 shop, 'hats',                    DAY, undefined],
    ['a location of a category',          shop, 'boots@berlin',            DAY, ['boots@berlin', 'boots', 'shoes', 'apparel', '']],
    ['a location of what is not there',   shop, 'hats@berlin',             DAY, undefined],
    ['a location with a line of its own', [...shop, at('boots@rome', 'home')], 'boots@rome', DAY, ['boots@rome', 'home', '']],
    ['without a hierarchy',               [],   'anything',                DAY, ['anything', '']],
    ['a location without a hierarchy',    [],   'anything@rome',           DAY, ['anything@rome', 'anything', '']],
    ['before a move',  [...shop, at('boots', 'home', '2026-12-01')], 'boots', '2026-11-30', ['boots', 'shoes', 'apparel', '']],
    ['after it',       [...shop, at('boots', 'home', '2026-12-01')], 'boots', '2026-12-01', ['boots', 'home', '']],
    ['moves may stand in any order', [at('boots', 'home', '2026-12-01'), ...shop], 'boots', '2027-01-01', ['boots', 'home', '']],
    ['before it is there', [...shop, at('hats', 'apparel', '2027-01-01')], 'hats', DAY, undefined],
  ];
  for (const [what, hierarchy, category, day, path] of rows)
    test(what, () => {
      assert.deepEqual(pathOf(hierarchy, category, day), path);
      assert.equal(flawOf(hierarchy), undefined);
    });

  test('as it stands in a row', () => {
    assert.deepEqual(hierarchyOf(JSON.stringify(shop)), shop);
    assert.deepEqual(hierarchyOf(undefined), []);
  });
});

const chain = (length: number): Placing[] =>
  Array.from({ length }, (_, i) => at(`c${i}`, i === 0 ? null : `c${i - 1}`));

suite('B-22 refused', () => {
  // prettier-ignore
  const rows: readonly [what: string, hierarchy: readonly Placing[], index: number, said: RegExp][] = [
    ['a parent that is not there',    [at('a', 'b')],                                  0, /"b", which is not there$/],
    ['a parent that comes later',     [at('a', 'b'), at('b', null, '2027-01-01')],     0, /which is not there$/],
    ['its own parent',                [at('a', 'a')],                                  0, /its own parent/],
    ['a ring',                        [at('a', 'b'), at('b', 'c'), at('c', 'a')],      0, /above itself$/],
    ['a ring from a day on',          [at('a'), at('b', 'a'), at('a', 'b', '2027-01-01')], 0, /above itself on 2027-01-01/],
    ['twice for the same day',        [at('a'), at('a', null, null)],                  1, /twice/],
    ['a day that is none',            [at('a', null, '2026-02-30')],                   0, /no day/],
    ['too many levels',               chain(limits.hierarchyLevelsMax + 1),                           limits.hierarchyLevelsMax, /more than 7 others/],
    ['too many levels in any order',  chain(limits.hierarchyLevelsMax + 1).toReversed(),              0, /more than 7 others/],
  ];
  for (const [what, hierarchy, index, said] of rows)
    test(what, () => {
      const flaw = flawOf(hierarchy);
      assert.equal(flaw?.index, index);
      assert.match(flaw.what, said);
    });

  test('exactly as many levels as there may be', () =>
    assert.equal(flawOf(chain(limits.hierarchyLevelsMax)), undefined));
});

test('B-22: without a flaw every category has one path on every day on which it is there, and it ends at the merchant', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const placing = fc.record({
    category: name,
    parent: fc.option(name),
    from: fc.option(fc.constantFrom('2026-01-01', '2026-06-01')),
  });
  fc.assert(
    fc.property(fc.array(placing, { maxLength: 8 }), (hierarchy) => {
      fc.pre(flawOf(hierarchy) === undefined && hierarchy.length > 0);
      for (const day of ['2025-01-01', '2026-01-01', '2026-12-31'])
        for (const category of ['a', 'b', 'c', 'd', 'e']) {
          const path = pathOf(hierarchy, category, day);
          const isThere = hierarchy.some((each) => each.category === category && (each.from ?? '') <= day);
          assert.equal(path !== undefined, isThere);
          assert.ok(
            path === undefined || (path[0] === category && path.at(-1) === '' && new Set(path).size === path.length),
          );
        }
    }),
    { numRuns: 1_000 },
  );
});
