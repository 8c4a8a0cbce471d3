/** S-21, S-34: when things happen by themselves. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { afterCompletion, defaultEscrow, withWorkBy } from './deadlines.ts';

const none = { workBy: null, acceptBy: null, disputeBy: null, autoReleaseAfter: null };
const S = 1_000_000_000n;

suite('S-21 deadlines', () => {
  test('the work is done within seven days, unless the order says otherwise', () => {
    assert.equal(withWorkBy(none, 5n, defaultEscrow).workBy, 5n + 604_800n * S);
    assert.equal(withWorkBy({ ...none, workBy: 9n }, 5n, defaultEscrow).workBy, 9n);
  });

  // prettier-ignore
  const rows: readonly [what: string, terms: Partial<typeof none | Record<string, bigint>>, dispute: bigint, release: bigint][] = [
    ['172800 s to dispute, 86400 s to release',     {},                                        172_800n * S, 86_400n * S],
    ['the times that the order sets',               { disputeBy: 8n, autoReleaseAfter: 7n },   8n,           7n],
    ['the payer has time until the order says',     { acceptBy: 90_000n * S },                 172_800n * S, 90_000n * S],
    ['and never less than the policy gives',        { acceptBy: 6n },                          172_800n * S, 86_400n * S],
    ['work that comes too late to be looked at',    { acceptBy: -1n },                         172_800n * S, 86_400n * S],
  ];
  for (const [what, terms, disputeBy, autoReleaseAfter] of rows) {
    test(`after completion: ${what}`, () => {
      assert.deepEqual(afterCompletion({ ...none, ...terms }, 0n, defaultEscrow), { disputeBy, autoReleaseAfter });
    });
  }
});
