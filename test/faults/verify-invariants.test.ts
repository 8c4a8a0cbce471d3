/** `purser verify` finds decisions that wrote wrong rows into their own facts: each planted bug breaks the invariant that is meant to find it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { engines } from '../planted/filled-places.ts';
import { settlementDecisions } from '../planted/every-table.ts';
import { wrongDecisions } from '../planted/wrong-decisions.ts';
import { unsound } from '../../src/store/verify.ts';
import { at, purser, verify } from './purser.ts';

const NAMES = 'S1 S2 S3 S4 S5 S6 S7 S8 O1 O2 O3 O4 O5 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10'.split(' ');

test('every invariant has a planted bug that breaks it, and it alone if it does not follow from others', () => {
  const alone = wrongDecisions.filter(({ broken }) => broken.length === 1).map(({ broken: [name] }) => name);
  assert.deepEqual(new Set([...alone, 'S4']), new Set(NAMES));
  assert.ok(wrongDecisions.some(({ broken }) => broken.includes('S4')));
});

test('the help of verify names every family of invariants that it proves', async () => {
  const { stdout } = await purser(['verify', '--help']);
  const last = (family: string): string => NAMES.findLast((name) => name.startsWith(family)) ?? '';
  for (const family of ['S', 'O', 'B']) assert.ok(stdout.includes(`(${family}1..${last(family)})`), stdout);
  assert.ok(stdout.includes('(I1..I7)'));
});

for (const engine of engines) {
  suite(`${engine.name}: invariants`, () => {
    test('S-05, S-34, B-05 what the product wrote into every table passes', async () => {
      const place = await engine.copy();
      const report = await verify(place.at);
      assert.deepEqual([report.code, report.checks.filter(({ ok }) => !ok)], [0, []]);
      const invariants = report.checks.filter(({ name }) => NAMES.includes(name));
      assert.deepEqual(
        invariants.map(({ name }) => name),
        NAMES,
      );
      for (const { name, counted } of invariants)
        assert.ok(
          Object.values(counted).every((rows) => rows > 0),
          `${name} had nothing to look at`,
        );
    });

    for (const { bug, broken, decisions, run } of wrongDecisions) {
      test(`${broken.join(', ')}: ${bug}`, async () => {
        const place = await engine.copy();
        const store = await place.open({ decisions: decisions(settlementDecisions()) });
        await run(store);
        await store.close();
        const report = await place.verify();
        const violated = report.checks.filter(({ ok }) => !ok);
        assert.deepEqual(
          violated.map(({ name }) => name),
          broken,
        );
        for (const { firstBad } of violated) {
          assert.match(String(firstBad?.key), /^(?:\w+=\S|all$)/);
          assert.ok(firstBad?.expected !== 'null' && firstBad?.found !== 'null');
        }
        assert.equal(unsound(report), undefined, 'it was recorded so: a restored copy would be no better');
      });
    }

    test('a bug is named for people and for scripts, and rebuild does not hide it', async () => {
      const place = await engine.copy();
      const { decisions, run } = wrongDecisions.find(({ broken }) => broken.includes('B4'))!;
      const store = await place.open({ decisions: decisions(settlementDecisions()) });
      await run(store);
      await store.close();
      await place.rebuild();
      const report = await verify(place.at);
      assert.equal(report.code, 1);
      const [found, ...others] = report.checks.filter(({ ok }) => !ok);
      assert.deepEqual([found?.name, found?.first_bad?.table, others], ['B4', 'facts', []]);
      assert.match(String(found?.first_bad?.key), /^seq=\d+ subject=d-new$/);
      const { stdout } = await purser(['verify', ...at(place.at)]);
      assert.match(
        stdout,
        /^CHECK name=B4 status=VIOLATED otb_gate_decisions=\d+ table=facts key="seq=\d+ subject=d-new" /m,
      );
    });
  });
}
