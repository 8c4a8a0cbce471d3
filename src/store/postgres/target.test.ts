/** A store's URL: what it says, what is taken for granted, and what is refused without showing a password. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreError } from '../store.ts';
import { hasPassword, isPostgresUrl, readTarget, shown } from './target.ts';

test('user, host and database are enough on loopback', () => {
  assert.deepEqual(readTarget('postgres://u@127.0.0.1/d'), {
    hosts: [{ host: '127.0.0.1', port: 5432 }],
    user: 'u',
    password: undefined,
    database: 'd',
    tls: undefined,
    readers: 4,
  });
});

test('several hosts, ports, IPv6, an encoded password, parameters', () => {
  const target = readTarget('postgresql://u%40x:p%2Fw@db1:1,[::1]:2,db3/d%20x?sslmode=require&pool=9');
  assert.deepEqual(target.hosts, [
    { host: 'db1', port: 1 },
    { host: '::1', port: 2 },
    { host: 'db3', port: 5432 },
  ]);
  const { user, password, database, readers, tls } = target;
  assert.deepEqual([user, password, database, readers, tls?.verify], ['u@x', 'p/w', 'd x', 9, 'nothing']);
  assert.equal(shown(target), 'postgres://u@x@db1:1,[::1]:2,db3:5432/d x');
});

test('a password of its own goes before the one in the URL', () => {
  assert.equal(readTarget('postgres://u:a@h/d?sslmode=disable', 'b').password, 'b');
});

test('beyond loopback the certificate is verified unless the operator says otherwise', () => {
  assert.equal(readTarget('postgres://u@db/d').tls?.verify, 'full');
  assert.equal(readTarget('postgres://u@127.0.0.1,db/d').tls?.verify, 'full');
  assert.equal(readTarget('postgres://u@localhost,127.0.0.2/d').tls, undefined);
  assert.equal(readTarget('postgres://u@db/d?sslmode=verify-ca').tls?.verify, 'authority');
});

test('what has a password is found', () => {
  assert.ok(hasPassword('postgres://u:p@h/d') && hasPassword('postgres://u:@h/d'));
  assert.ok(!hasPassword('postgres://u@h:5432/d') && !hasPassword('postgres://u@h/d?x=a:b@c'));
  assert.ok(isPostgresUrl('postgres://x') && isPostgresUrl('postgresql://x') && !isPostgresUrl('sqlite:x'));
});

suite('refused, and the password is not shown', () => {
  const urls = [
    'postgres://',
    'postgres://h/d',
    'postgres://:secret@h/d',
    'postgres://u:secret@h',
    'postgres://u:secret@h:99999/d',
    'postgres://u:secret@h:0/d',
    'postgres://u:secret@h,/d',
    'postgres://u:secret@h/d?sslmode=maybe',
    'postgres://u:secret@h/d?pool=0',
    'postgres://u:secret@h/d?pool=65',
    'postgres://u:secret@h/d?unknown=1',
    'postgres://u:secret@h/d?sslmode=require&sslrootcert=/nowhere/ca',
    'postgres://u:%@h/d',
  ];
  for (const url of urls) {
    test(url, () => {
      assert.throws(
        () => readTarget(url),
        (error) => error instanceof StoreError && !error.message.includes('secret'),
      );
    });
  }
});
