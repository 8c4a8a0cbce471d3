/** Who may do what, written out once more: a line that is changed here and there alike was meant. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { roles, type Caller } from './caller.ts';
import { allows, isPermission, mayBeConfined, permissions, type Permission } from './permissions.ts';

/** `all`: everything. `own`: only what the key's account or merchant is a party of. `-`: not at all. */
type Mark = 'all' | 'own' | '-';

/** Kept apart from the roles: the token of a data directory. */
const columns = ['control-plane', ...roles] as const;

// prettier-ignore
const table: Readonly<Record<Permission, readonly Mark[]>> = {
  //                      token  operat paymen buyer  provid planne financ audito service
  'transfers:create':    ['all', 'all', 'all', '-',   '-',   '-',   '-',   '-',   '-'],
  'transfers:read':      ['all', 'all', 'all', '-',   '-',   '-',   'all', 'all', 'all'],
  'balances:read':       ['all', 'all', 'all', '-',   '-',   '-',   'all', 'all', 'all'],
  'stats:read':          ['all', 'all', 'all', '-',   '-',   '-',   'all', 'all', 'all'],
  'compensations:read':  ['all', 'all', 'all', '-',   '-',   '-',   'all', 'all', 'all'],
  'movements:read':      ['all', 'all', 'all', '-',   '-',   '-',   'all', 'all', 'all'],
  'facts:read':          ['all', 'all', '-',   '-',   '-',   '-',   '-',   'all', '-'],
  'metrics:read':        ['all', 'all', '-',   '-',   '-',   '-',   '-',   'all', '-'],
  'top-ups:create':      ['all', '-',   '-',   '-',   '-',   '-',   '-',   '-',   '-'],
  'top-ups:read':        ['all', 'all', '-',   '-',   '-',   '-',   'all', 'all', 'all'],
  'accounts:read':       ['all', 'all', '-',   'own', 'own', 'own', 'all', 'all', 'all'],
  'holds:create':        ['all', 'all', '-',   '-',   '-',   '-',   '-',   '-',   'all'],
  'holds:move':          ['all', 'all', '-',   '-',   '-',   '-',   '-',   '-',   '-'],
  'holds:read':          ['all', 'all', '-',   'own', 'own', '-',   'all', 'all', 'all'],
  'orgs:manage':         ['all', 'all', '-',   '-',   '-',   '-',   '-',   '-',   '-'],
  'orgs:read':           ['all', 'all', '-',   'own', '-',   'own', 'all', 'all', 'all'],
  'offers:publish':      ['all', 'all', '-',   '-',   'all', '-',   '-',   '-',   '-'],
  'offers:read':         ['all', 'all', 'all', 'all', 'all', 'all', 'all', 'all', 'all'],
  'orders:create':       ['all', 'all', '-',   'all', '-',   '-',   '-',   '-',   'all'],
  'orders:read':         ['all', 'all', '-',   'all', 'all', '-',   '-',   'all', 'all'],
  'executions:provide':  ['all', 'all', '-',   '-',   'all', '-',   '-',   '-',   '-'],
  'executions:accept':   ['all', 'all', '-',   'all', '-',   '-',   '-',   '-',   '-'],
  'disputes:open':       ['all', 'all', '-',   'all', '-',   '-',   '-',   '-',   '-'],
  'disputes:resolve':    ['all', 'all', '-',   '-',   '-',   '-',   '-',   '-',   '-'],
  'budgets:read':        ['all', 'all', '-',   'all', '-',   'all', 'all', 'all', 'all'],
  'budgets:plan':        ['all', 'all', '-',   '-',   '-',   'all', '-',   '-',   '-'],
  'policies:manage':     ['all', 'all', '-',   '-',   '-',   'all', 'all', '-',   '-'],
  'periods:close':       ['all', 'all', '-',   '-',   '-',   'all', 'all', '-',   '-'],
  'gate:ask':            ['all', 'all', '-',   'all', '-',   'all', '-',   '-',   'all'],
  'decisions:report':    ['all', 'all', '-',   'all', '-',   'all', 'all', '-',   'all'],
  'decisions:read':      ['all', 'all', '-',   'all', '-',   'all', 'all', 'all', 'all'],
  'releases:ask':        ['all', 'all', '-',   'all', '-',   'all', '-',   '-',   'all'],
  'releases:decide':     ['all', 'all', '-',   '-',   '-',   'all', 'all', '-',   '-'],
  'invoices:read':       ['all', 'all', '-',   '-',   '-',   'all', 'all', 'all', 'all'],
  'actuals:record':      ['all', 'all', '-',   '-',   '-',   '-',   'all', '-',   'all'],
  'actuals:read':        ['all', 'all', '-',   '-',   '-',   'all', 'all', 'all', 'all'],
  'reconciliations:run': ['all', 'all', '-',   '-',   '-',   '-',   'all', '-',   '-'],
  'reconciliations:read':['all', 'all', '-',   '-',   '-',   'all', 'all', 'all', 'all'],
  'exports:make':        ['all', 'all', '-',   '-',   '-',   '-',   'all', '-',   '-'],
  'exports:read':        ['all', 'all', '-',   '-',   '-',   '-',   'all', 'all', '-'],
  'evidence:read':       ['all', 'all', '-',   'all', '-',   'all', 'all', 'all', 'all'],
  'keys:manage':         ['all', 'all', '-',   '-',   '-',   '-',   '-',   '-',   '-'],
};

/** What concerns no merchant or all of them: nobody whose key is confined. */
const concernsAll: ReadonlySet<Permission> = new Set<Permission>([
  'transfers:create',
  'transfers:read',
  'balances:read',
  'stats:read',
  'compensations:read',
  'movements:read',
  'facts:read',
  'metrics:read',
  'top-ups:create',
  'orgs:manage',
  'keys:manage',
]);

function caller(column: (typeof columns)[number], over: Partial<Caller> = {}): Caller {
  const controlPlane = column === 'control-plane';
  return { keyId: 'k', role: controlPlane ? 'operator' : column, merchant: null, account: null, controlPlane, ...over };
}

suite('permissions', () => {
  test('the table above has every permission and every role', () => {
    assert.deepEqual(Object.keys(table), permissions);
    for (const [permission, marks] of Object.entries(table)) assert.equal(marks.length, columns.length, permission);
  });

  for (const permission of permissions) {
    test(`${permission}: ${columns.filter((_, i) => table[permission][i] !== '-').join(' ')}`, () => {
      for (const [i, column] of columns.entries()) {
        const marked = table[permission][i] !== '-';
        assert.equal(allows(caller(column), permission), marked, column);
        const confined = marked && !concernsAll.has(permission);
        assert.equal(allows(caller(column, { merchant: 'acme' }), permission), confined, `${column} of a merchant`);
        assert.equal(allows(caller(column, { account: 'account:org:acme' }), permission), confined, `${column} of one`);
      }
    });
  }

  test('S-11 no key tops up, whatever its role', () => {
    assert.deepEqual(
      columns.filter((column) => allows(caller(column), 'top-ups:create')),
      ['control-plane'],
    );
  });

  test('a role that no version knows may do nothing', () => {
    const stranger = { ...caller('buyer'), role: 'owner' } as unknown as Caller;
    assert.deepEqual(
      permissions.filter((permission) => allows(stranger, permission)),
      [],
    );
  });

  test('keys whose rights would lift their confinement cannot be confined', () => {
    assert.deepEqual(
      columns.filter((column) => !mayBeConfined(column)),
      ['control-plane', 'operator', 'payments'],
    );
  });

  test('names of permissions, and what is none', () => {
    assert.equal(isPermission('keys:manage'), true);
    for (const name of ['keys:read', 'toString', '__proto__', '']) assert.equal(isPermission(name), false, name);
  });
});
