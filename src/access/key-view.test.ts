/** What is shown of a key, when it is dead, and who calls with it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { callerOf, isLive, keyView } from './key-view.ts';
import type { KeyRow } from './tables.ts';

const row: KeyRow = {
  key_id: '00000000000000a1',
  role: 'buyer',
  merchant: 'acme',
  account: null,
  label: 'till 3',
  hash: 'ab'.repeat(32),
  created_at: 1_800_000_000_123_456_768n,
  expires_at: 1_800_000_001_000_000_000n,
  revoked_at: null,
  created_by: 'server',
  revoked_by: null,
  version: 1n,
};

suite('a key', () => {
  test('is shown without its hash, with times of people', () => {
    assert.deepEqual(keyView(row), {
      key_id: '00000000000000a1',
      role: 'buyer',
      merchant: 'acme',
      account: null,
      label: 'till 3',
      created_at: '2027-01-15T08:00:00.123Z',
      created_by: 'server',
      expires_at: '2027-01-15T08:00:01.000Z',
      revoked_at: null,
      revoked_by: null,
    });
  });

  test('lives until its very end, and for ever without one; a revoked one is dead', () => {
    assert.equal(isLive(row, 1_800_000_000_999.9), true);
    assert.equal(isLive(row, 1_800_000_001_000), false);
    assert.equal(isLive({ ...row, expires_at: null }, 9e15), true);
    assert.equal(isLive({ ...row, revoked_at: 1n }, 0), false);
  });

  test('names its caller; the token of a data directory is an operator that may top up', () => {
    const caller = { keyId: row.key_id, role: 'buyer', merchant: 'acme', account: null, controlPlane: false };
    assert.deepEqual(callerOf(row), caller);
    assert.deepEqual(callerOf({ ...row, role: 'operator', merchant: null }), {
      ...caller,
      role: 'operator',
      merchant: null,
    });
    assert.deepEqual(callerOf({ ...row, role: 'control-plane', merchant: null }), {
      ...caller,
      role: 'operator',
      merchant: null,
      controlPlane: true,
    });
  });
});
