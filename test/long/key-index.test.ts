/** Further damage to a sealed run of the key index, beyond what test/faults shows: `purser verify` names the run. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { railWithFullRun } from '../faults/full-run.ts';
import { dataDirectories, failures, verify } from '../faults/purser.ts';
import { copyOf, sql, tamper } from '../faults/recorded.ts';

let data: string;

before(async () => {
  data = dataDirectories(await railWithFullRun()).ledger;
});

const chunk = 'where first = (select max(first) from key_entries)';

suite('a run of the key index', () => {
  // prettier-ignore
  const rows: readonly [what: string, statement: string, first: RegExp][] = [
    ['without its filter', `update key_runs set filter = zeroblob(length(filter))`, /^key-index: key_runs run=0: expected a filter/],
    ['without its last chunk', `delete from key_entries ${chunk}`, /^key-index: key_runs run=0: expected \d+ hashes/],
    ['with a chunk cut short', `update key_entries set entries = substr(entries, 1, 8) ${chunk}`, /^key-index: key_runs run=0: expected \d+ hashes/],
    ['with a chunk under another number', `update key_entries set first = first + 1 ${chunk}`, /^key-index: key_entries run=0 first=\d+:/],
    ['under another number', `update key_runs set run = 1`, /^key-index: key_runs run=0: expected a run for each full span/],
    ['with another seed', `update settings set value = '1'`, /^key-index: key_runs run=0: expected a filter/],
  ];
  for (const [what, statement, first] of rows) {
    test(what, async () => {
      const copy = copyOf(data);
      tamper(copy, sql(statement));
      assert.match(failures(await verify(copy)).join('\n'), first);
    });
  }
});
