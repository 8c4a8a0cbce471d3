/** Walks over the journal: its end, and pages with and without a filter, each fact once. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limits } from '../../base/limits.ts';
import { journalOf } from '../../../test/rig/journal-in-memory.ts';
import { factText, journalEnd, readFactPage } from './facts.ts';

suite('the end of the journal', () => {
  for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 1_000, 1_023, 1_024, 1_025]) {
    test(`${length} facts, from nothing, from the middle and from the end`, async () => {
      const journal = journalOf(length);
      for (const known of [0, Math.floor(length / 2), length]) assert.equal(await journalEnd(journal, known), length);
    });
  }
});

suite('pages of facts', () => {
  test('every fact once, whatever the size of the page', async () => {
    const journal = journalOf(23);
    for (const limit of [1, 5, 22, 23, 24]) {
      const seqs: number[] = [];
      for (let after = 0, more = true; more;) {
        const page = await readFactPage(journal, { after, limit });
        assert.ok(page.facts.length <= limit);
        seqs.push(...page.facts.map(({ seq }) => seq));
        ({ seen: after, more } = page);
      }
      assert.deepEqual(
        seqs,
        Array.from({ length: 23 }, (_, i) => i + 1),
      );
    }
  });

  test('a rare type is found in bounded steps', async () => {
    const length = limits.pageScanFactsMax * 2 + 10;
    const journal = journalOf(length, (seq) => ({ type: seq === length ? 'rare' : 'often' }));
    const pages: number[] = [];
    for (let after = 0, more = true; more;) {
      const before = journal.read;
      const page = await readFactPage(journal, { after, limit: 5, type: 'rare' });
      pages.push(page.facts.length);
      assert.ok(journal.read - before <= limits.pageScanFactsMax + limits.pageReadFacts);
      ({ seen: after, more } = page);
    }
    assert.deepEqual(pages, [0, 0, 1]);
  });

  test('a fact is written with its body as it was recorded', () => {
    const body = '{"amount":9007199254740993}';
    const fact = { seq: 1, at: 256n, type: 't', subject: 's"', key: null, request: null, answer: null, body };
    assert.equal(
      factText(fact),
      `{"seq":1,"at":"1970-01-01T00:00:00.000000256Z","type":"t","subject":"s\\"","key":null,"body":${body}}`,
    );
  });
});
