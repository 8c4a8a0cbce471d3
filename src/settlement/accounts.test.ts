/** The namespace of settlement accounts (S-02). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountId, accountOf, COMMUNITY_POOL } from './accounts.ts';

test('S-02 participants, organisations and the pool are accounts; an id may hold colons', () => {
  for (const name of ['account:org:acme', 'account:participant:did:key:z6Mk_a.b-c', COMMUNITY_POOL])
    assert.equal(accountId(name), name);
  assert.equal(accountOf('org', 'acme'), 'account:org:acme');
});

test('everything else is none', () => {
  const names = [
    '',
    'acme',
    'account:org:',
    'account:user:x',
    'account:org:a b',
    'account:org:a\n',
    `account:org:${'x'.repeat(129)}`,
    'account:community-pool:x',
    7,
    null,
  ];
  for (const name of names) assert.equal(accountId(name), 'invalid_account', String(name));
});
