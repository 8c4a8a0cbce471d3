/** What a confined key reaches, and what a free one: accounts, merchants, lists (R7). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { roles, type Caller, type Role } from './caller.ts';
import { permissions, type Permission } from './permissions.ts';
import { mayUseAccount, mayUseMerchant, merchantOf, reach, type Reach } from './scope.ts';

const ACME = 'account:org:acme';
const OTHER = 'account:org:other';
const ANN = 'account:participant:did:key:ann';

function caller(role: Role, over: Partial<Caller> = {}): Caller {
  return { keyId: 'k', role, merchant: null, account: null, controlPlane: false, ...over };
}

const ofMerchant = { merchant: 'acme' };
const ofAccount = { account: ANN };

suite('reach', () => {
  // prettier-ignore
  const rows: readonly [role: Role, over: Partial<Caller>, permission: Permission, expected: Reach][] = [
    ['operator', {},                          'accounts:read',  'all'],
    ['auditor',  {},                          'accounts:read',  'all'],
    ['auditor',  ofMerchant,                  'accounts:read',  { account: ACME }],
    ['service',  ofAccount,                   'accounts:read',  { account: ANN }],
    ['buyer',    {},                          'accounts:read',  'nothing'],
    ['buyer',    ofMerchant,                  'accounts:read',  { account: ACME }],
    ['buyer',    ofAccount,                   'holds:read',     { account: ANN }],
    ['buyer',    { ...ofMerchant, ...ofAccount }, 'holds:read', { account: ANN }],
    ['planner',  ofMerchant,                  'holds:read',     'nothing'],
    ['payments', {},                          'accounts:read',  'nothing'],
    ['buyer',    {},                          'orders:create',  'all'],
    ['buyer',    ofMerchant,                  'orders:create',  { account: ACME }],
    ['auditor',  ofMerchant,                  'facts:read',     'nothing'],
  ];
  for (const [role, over, permission, expected] of rows)
    test(`${role} ${JSON.stringify(over)} ${permission}`, () =>
      assert.deepEqual(reach(caller(role, over), permission), expected));
});

test('a key is confined to a merchant by name, or by the account of its organisation', () => {
  assert.equal(merchantOf(caller('buyer', { ...ofMerchant, ...ofAccount })), 'acme');
  assert.equal(merchantOf(caller('buyer', { account: ACME })), 'acme');
  assert.equal(merchantOf(caller('buyer', ofAccount)), null);
  assert.equal(merchantOf(caller('operator')), null);
});

suite('R7 what is another’s', () => {
  // prettier-ignore
  const rows: readonly [role: Role, over: Partial<Caller>, permission: Permission, accounts: readonly string[], merchants: readonly string[]][] = [
    ['operator', {},                          'accounts:read', [ACME, OTHER, ANN], ['acme', 'other']],
    ['buyer',    {},                          'accounts:read', [],                 []],
    ['buyer',    {},                          'orders:create', [ACME, OTHER, ANN], ['acme', 'other']],
    ['buyer',    ofMerchant,                  'orders:create', [ACME],             ['acme']],
    ['buyer',    { account: ACME },           'orders:create', [ACME],             ['acme']],
    ['buyer',    ofAccount,                   'orders:create', [ANN],              []],
    ['buyer',    { ...ofMerchant, ...ofAccount }, 'orders:create', [ANN],          ['acme']],
    ['finance',  ofMerchant,                  'accounts:read', [ACME],             ['acme']],
    ['planner',  ofMerchant,                  'orders:create', [],                 []],
  ];
  for (const [role, over, permission, accounts, merchants] of rows)
    test(`${role} ${JSON.stringify(over)} ${permission}`, () => {
      const who = caller(role, over);
      assert.deepEqual(
        [ACME, OTHER, ANN].filter((account) => mayUseAccount(who, permission, account)),
        accounts,
      );
      assert.deepEqual(
        ['acme', 'other'].filter((merchant) => mayUseMerchant(who, permission, merchant)),
        merchants,
      );
    });

  test('one party of several is enough, none is not', () => {
    const buyer = caller('buyer', ofMerchant);
    assert.equal(mayUseAccount(buyer, 'holds:read', OTHER, ACME), true);
    assert.equal(mayUseAccount(buyer, 'holds:read', OTHER, ANN), false);
    assert.equal(mayUseAccount(buyer, 'holds:read'), false);
  });

  test('no role and no permission lets a confined key reach what is another’s', () => {
    for (const role of roles)
      for (const permission of permissions)
        for (const over of [ofMerchant, ofAccount, { ...ofMerchant, ...ofAccount }]) {
          const who = caller(role, over);
          assert.equal(mayUseAccount(who, permission, OTHER), false, `${role} ${permission}`);
          assert.equal(mayUseMerchant(who, permission, 'other'), false, `${role} ${permission}`);
        }
  });
});
