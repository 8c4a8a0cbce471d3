/** The store's contract for evidence and reconciliation: facts about one subject, the way from a fact to the head, sums of a window. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { actuals } from '../../src/budgets/tables.ts';
import { chainHash, factHash, GENESIS, merkleRoot } from '../../src/journal/chain.ts';
import type { Sums } from '../../src/store/store.ts';
import { actualsOf, BUCKET, itemOf, MERCHANT } from '../rig/reconciliation-commands.ts';
import { openRail, policy, small, submitAll, type Place } from '../rig/store-place.ts';

export function proofsContract(name: string, createPlace: () => Place): void {
  suite(`${name}: proofs and sums`, () => {
    test('B-06: from any fact to the head, batch by batch, with the hashes of each', async () => {
      const place = createPlace();
      const store = await openRail(place, { decisions: createDecisions(policy) });
      for (const round of ['a', 'b', 'c']) await submitAll(store, small(9, round));
      const journal = await place.journal();
      const { facts } = journal;
      const batches = journal.batches.map((batch) => ({ ...batch }));
      for (const { seq } of facts) {
        const expected = batches.filter(({ lastSeq }) => lastSeq >= seq);
        assert.deepEqual(await store.batches({ from: seq, limit: 100 }), expected);
        assert.deepEqual(await store.batches({ from: seq, limit: 1 }), expected.slice(0, 1));
      }
      const [first] = await store.batches({ from: 1, limit: 1 });
      assert.ok(first !== undefined);
      assert.equal(first.root, merkleRoot(facts.slice(0, first.lastSeq).map(factHash)));
      assert.equal(first.chain, chainHash(GENESIS, first));
      assert.deepEqual(await store.batches({ from: 0, limit: 1 }), []);
      await store.close();
    });

    test('B-06: facts about one subject, in order and by page; those of the rail are none', async () => {
      const store = await openRail(createPlace(), { decisions: createDecisions(policy) });
      const items = [itemOf('r1'), itemOf('r2'), itemOf('r1', { kind: 'invoice' })];
      await submitAll(store, [actualsOf(...items), ...small(3, 'k'), actualsOf(itemOf('nul \0'))]);
      const about = (subject: string, after = 0) => store.factsAbout({ subject, after, limit: 10 });
      const [found, ...more] = await about(`${MERCHANT}|receipt|r1`);
      assert.deepEqual([found?.type, more], ['otb/actuals-recorded.v1', []]);
      assert.deepEqual(await store.facts({ after: (found?.seq ?? 0) - 1, limit: 1 }), [found]);
      assert.equal((await about(`${MERCHANT}|receipt|nul \0`)).length, 1);
      assert.deepEqual(await about(`${MERCHANT}|receipt|r1`, found?.seq), []);
      assert.deepEqual(await about('a'), [], 'an opening balance is no fact of the gate');
      await store.close();
    });

    test('B-07: sums of a window of rows, by group, until no row is left', async () => {
      const store = await openRail(createPlace(), { decisions: createDecisions(policy) });
      const items = Array.from({ length: 25 }, (_, i) =>
        itemOf(`r${i}`, { amountCents: BigInt(i), kind: i % 2 === 0 ? 'receipt' : 'invoice' }),
      );
      await submitAll(store, [actualsOf(...items)]);
      const totals = new Map<string, bigint>();
      let window: Sums | undefined;
      let rows = 0;
      do {
        const after = window?.last ?? undefined;
        window = await store.sums({
          table: actuals,
          where: { bucket: BUCKET },
          by: 'at',
          limit: 10,
          group: 'kind',
          of: ['amount_cents'],
          ...(after === undefined ? {} : { after }),
        });
        rows += window.rows;
        for (const { group, sums } of window.groups) totals.set(group, (totals.get(group) ?? 0n) + (sums[0] ?? 0n));
      } while (window.rows === 10);
      assert.equal(rows, 25);
      assert.deepEqual(
        [...totals].toSorted(([one], [other]) => one.localeCompare(other)),
        [
          ['invoice', 144n],
          ['receipt', 156n],
        ],
      );
      await store.close();
    });
  });
}
