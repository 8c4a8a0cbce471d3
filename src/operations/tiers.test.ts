/** Every endpoint of the budget gate has exactly one tier, and keeps what the tier promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tierFaults } from './tiers.ts';

test('B-08: an operation without a tier, or with what another tier promises, is named', () => {
  const read = { method: 'GET', path: '/l402-otb/budget' } as const;
  const gate = { method: 'POST', path: '/l402-otb/gate' } as const;
  // prettier-ignore
  const rows: readonly [operation: Parameters<typeof tierFaults>[0][number], fault: RegExp | undefined][] = [
    [{ ...read, tier: 'reference', polled: true, keptSeconds: 60 },   undefined],
    [{ ...gate, tier: 'stream' },                                     undefined],
    [{ ...read, tier: 'change-feed' },                                undefined],
    [{ method: 'POST', path: '/l402-otb/reconcile', tier: 'change-feed' }, undefined],
    [{ method: 'POST', path: '/exports/otb-state', tier: 'bulk-window' }, undefined],
    [{ method: 'GET', path: '/v1/balances' },                         undefined],
    [read,                                                            /has no tier/],
    [{ ...read, tier: 'reference' },                                  /no read with an ETag/],
    [{ ...gate, tier: 'reference', polled: true },                    /no read with an ETag/],
    [{ ...read, tier: 'stream', polled: true, keptSeconds: 60 },      /may be kept/],
    [{ ...gate, tier: 'change-feed' },                                /no read of what is new/],
    [{ ...read, tier: 'bulk-window' },                                /is no export/],
    [{ method: 'GET', path: '/exports/{job_id}', tier: 'stream' },    /an export of the tier stream/],
  ];
  for (const [operation, fault] of rows) {
    const [found, ...more] = tierFaults([operation]);
    assert.deepEqual(more, []);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', fault);
  }
  assert.match(
    tierFaults([
      { ...gate, tier: 'stream' },
      { ...gate, tier: 'change-feed' },
    ])[0] ?? '',
    /there twice/,
  );
});
