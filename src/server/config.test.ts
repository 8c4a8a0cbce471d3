/** The environment and the flags of `purser serve`: defaults (P-03, P-24), and nonsense refused by its name. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { defaultEscrow } from '../orders/deadlines.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import { ConfigError, readConfig, type Config, type Env } from './config.ts';

const at = (host: string, port: number): Config['gateway'] => ({ host, port });

/** A node with real money. */
const real = 'cln+https://node:3010?rune-file=/a/rune';

suite('P-03, P-24 defaults', () => {
  test('of the source', () => {
    const { data, tls, store, ...config } = readConfig([], {});
    assert.match(data, /^\/.*\/data$/);
    assert.deepEqual(store, { engine: 'sqlite', file: join(data, 'purser.db') });
    assert.equal(tls, undefined);
    assert.deepEqual(config, {
      role: 'all',
      gateway: at('127.0.0.1', 9_100),
      risk: at('127.0.0.1', 9_200),
      ledger: at('127.0.0.1', 9_300),
      http: at('127.0.0.1', 9_090),
      policy: {
        balances: ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve', 'ops_float'],
        movementsMax: 3,
        windowMs: 60_000,
        singleMax: 5_000n,
        mapping: defaultMapping,
        escrow: defaultEscrow,
      },
      funding: { spool: undefined, feed: undefined },
      oidc: undefined,
      lightning: {
        setting: { backend: 'sandbox' },
        name: 'PURSER_LIGHTNING',
        payer: { host: '127.0.0.1', port: 9740 },
        payerIsChosen: false,
        keyFile: resolve('data/keys/l402.keys'),
        env: {},
      },
      velocity: 'memory',
      reconcileMs: 900_000,
      openingAmount: 10_000n,
      saga: {
        riskTimeoutMs: 2_000,
        ledgerTimeoutMs: 5_000,
        compensationAttempts: 3,
        compensationBaseMs: 1_000,
        compensationPauseMsMax: 30_000,
        riskUnreachable: 'proceed',
      },
    });
  });

  test('with BANK_LOCAL=0 three addresses and one port', () => {
    const { gateway, risk, ledger } = readConfig([], { BANK_LOCAL: '0' });
    assert.deepEqual(
      [gateway, risk, ledger],
      [at('127.0.0.10', 9_000), at('127.0.0.20', 9_000), at('127.0.0.30', 9_000)],
    );
  });

  test('an address of its own beats both', () => {
    for (const local of ['0', '1']) {
      const { gateway } = readConfig([], { BANK_LOCAL: local, PURSER_GATEWAY_ADDR: '127.0.0.5:1' });
      assert.deepEqual(gateway, at('127.0.0.5', 1));
    }
  });
});

suite('values that are taken', () => {
  // prettier-ignore
  const rows: readonly [env: Env, args: readonly string[], read: (config: Config) => unknown, expected: unknown][] = [
    [{ BANK_INITIAL_BALANCE: '0' },          [], ({ openingAmount }) => openingAmount,           0n],
    [{ PURSER_RECONCILE_MINUTES: '1' },      [], ({ reconcileMs }) => reconcileMs,               60_000],
    [{ BANK_INITIAL_BALANCE: '9007199254740991' }, [], ({ openingAmount }) => openingAmount,     9_007_199_254_740_991n],
    [{ BANK_FRAUD_TIMEOUT: '0.25' },         [], ({ saga }) => saga.riskTimeoutMs,               250],
    [{ BANK_ACCT_TIMEOUT: '0.001' },         [], ({ saga }) => saga.ledgerTimeoutMs,             1],
    [{ BANK_VELOCITY_WINDOW: '86400' },      [], ({ policy }) => policy.windowMs,                86_400_000],
    [{ BANK_VELOCITY_LIMIT: '0' },           [], ({ policy }) => policy.movementsMax,            0],
    [{ BANK_SINGLE_TX_LIMIT: '1' },          [], ({ policy }) => policy.singleMax,               1n],
    [{ BANK_ROLLBACK_RETRIES: '1' },         [], ({ saga }) => saga.compensationAttempts,        1],
    [{ BANK_ROLLBACK_BASE_S: '1.5' },        [], ({ saga }) => saga.compensationBaseMs,          1_500],
    [{ BANK_BALANCES: 'a,b:1' },             [], ({ policy }) => policy.balances,                ['a', 'b:1']],
    [{ PURSER_ESCROW_WORK_S: '5' },          [], ({ policy }) => policy.escrow,                  { ...defaultEscrow, workNs: 5_000_000_000n }],
    [{ PURSER_ESCROW_DISPUTE_S: '6' },       [], ({ policy }) => policy.escrow,                  { ...defaultEscrow, disputeWindowNs: 6_000_000_000n }],
    [{ PURSER_ESCROW_AUTO_RELEASE_S: '7' },  [], ({ policy }) => policy.escrow,                  { ...defaultEscrow, autoReleaseNs: 7_000_000_000n }],
    [{ PURSER_OIDC_ISSUER: 'https://id.example/r', PURSER_OIDC_AUDIENCE: 'purser', PURSER_OIDC_ROLES: 'till=buyer,a=b=auditor' }, [], ({ oidc }) => [oidc?.issuer, oidc?.audience, oidc?.roleClaim, oidc?.merchantClaim, ...(oidc?.roles ?? [])], ['https://id.example/r', 'purser', 'purser_role', 'purser_merchant', ['till', 'buyer'], ['a=b', 'auditor']]],
    [{ PURSER_RISK_UNREACHABLE: 'refuse' },  [], ({ saga }) => saga.riskUnreachable,             'refuse'],
    [{ PURSER_VELOCITY: 'store' }, ['--store', 'postgres://u@h/d'], ({ velocity }) => velocity,  'store'],
    [{ PURSER_VELOCITY: 'store' },  ['--role', 'ledger'], ({ velocity }) => velocity,            'memory'],
    [{ PURSER_GATEWAY_ADDR: '[::1]:9' },     [], ({ gateway }) => gateway,                       at('::1', 9)],
    [{ PURSER_GATEWAY_ADDR: 'localhost:9' }, [], ({ gateway }) => gateway,                       at('127.0.0.1', 9)],
    [{ PURSER_DATA: '/a' },                  [], ({ data }) => data,                             '/a'],
    [{ PURSER_DATA: '/a' },   ['--data', '/b'], ({ data }) => data,                              '/b'],
    [{},                      ['--role', 'risk'], ({ http }) => http,                            undefined],
    [{}, ['--role', 'risk', '--http', '127.0.0.1:1'], ({ http }) => http,                        at('127.0.0.1', 1)],
    [{ HOME: 'x', BANK_TRANSFERS: 'x' },     [], ({ role }) => role,                             'all'],
  ];
  for (const [env, args, read, expected] of rows) {
    test(`${JSON.stringify(env)} ${args.join(' ')}`, () => assert.deepEqual(read(readConfig(args, env)), expected));
  }
});

suite('nonsense stops the start with its name', () => {
  const file = join(temporaryDirectory(), 'pem');
  writeFileSync(file, 'text');
  const numbers = [
    '',
    ' ',
    '-1',
    '1e3',
    '0x10',
    '1_000',
    'many',
    'NaN',
    'Infinity',
    '1,5',
    ' 1',
    '99999999999999999999',
  ];
  const escrow = ['PURSER_ESCROW_WORK_S', 'PURSER_ESCROW_DISPUTE_S', 'PURSER_ESCROW_AUTO_RELEASE_S'];
  const whole = [
    ...escrow,
    'BANK_INITIAL_BALANCE',
    'BANK_VELOCITY_LIMIT',
    'BANK_SINGLE_TX_LIMIT',
    'BANK_ROLLBACK_RETRIES',
  ];
  const seconds = ['BANK_FRAUD_TIMEOUT', 'BANK_ACCT_TIMEOUT', 'BANK_VELOCITY_WINDOW', 'BANK_ROLLBACK_BASE_S'];
  const addresses = ['PURSER_GATEWAY_ADDR', 'PURSER_RISK_ADDR', 'PURSER_LEDGER_ADDR'];
  const rows: (readonly [name: string, env: Env, args?: readonly string[]])[] = [
    ...whole.flatMap((name) => [...numbers, '1.5'].map((text) => [name, { [name]: text }] as const)),
    ...seconds.flatMap((name) => [...numbers, '0', '0.0001', '86401'].map((text) => [name, { [name]: text }] as const)),
    ...addresses.flatMap((name) =>
      [
        '',
        '9100',
        '127.0.0.1',
        '127.0.0.1:',
        ':9100',
        '127.0.0.1:65536',
        'example.org:1',
        '::1:9',
        '127.0.0.256:1',
      ].map((text) => [name, { [name]: text }] as const),
    ),
    ...escrow.flatMap((name) => ['0', '315360001'].map((text) => [name, { [name]: text }] as const)),
    ['PURSER_OIDC_AUDIENCE', { PURSER_OIDC_ISSUER: 'https://id.example' }],
    ['PURSER_OIDC_ISSUER', { PURSER_OIDC_ISSUER: 'http://id.example', PURSER_OIDC_AUDIENCE: 'x' }],
    ['BANK_ROLLBACK_RETRIES', { BANK_ROLLBACK_RETRIES: '0' }],
    ['BANK_ROLLBACK_RETRIES', { BANK_ROLLBACK_RETRIES: '17' }],
    ['PURSER_RECONCILE_MINUTES', { PURSER_RECONCILE_MINUTES: '0' }],
    ['PURSER_RECONCILE_MINUTES', { PURSER_RECONCILE_MINUTES: '1441' }],
    ['BANK_LOCAL', { BANK_LOCAL: 'yes' }],
    ['BANK_BALANCES', { BANK_BALANCES: '' }],
    ['BANK_BALANCES', { BANK_BALANCES: 'one' }],
    ['BANK_BALANCES', { BANK_BALANCES: 'a,a' }],
    ['BANK_BALANCES', { BANK_BALANCES: 'a,,b' }],
    ['BANK_BALANCES', { BANK_BALANCES: 'a, b' }],
    ['PURSER_RISK_UNREACHABLE', { PURSER_RISK_UNREACHABLE: 'maybe' }],
    ['PURSER_VELOCITY', { PURSER_VELOCITY: 'database' }],
    ['PURSER_VELOCITY', { PURSER_VELOCITY: 'database' }, ['--role', 'ledger']],
    ['--store', { PURSER_VELOCITY: 'store' }],
    ['PURSER_VELOCITY', { PURSER_VELOCITY: 'store' }, ['--role', 'risk']],
    ['--lightning and PURSER_LIGHTNING contradict', { PURSER_LIGHTNING: real }, ['--lightning', 'sandbox']],
    ['--lightning and PURSER_LIGHTNING contradict', { PURSER_LIGHTNING: 'sandbox' }, ['--lightning', real]],
    ['--role', {}, ['--role', 'bank']],
    ['--http', {}, ['--http', 'nowhere']],
    ['--http', {}, ['--http', '0.0.0.0:1']],
    ['--dta', {}, ['--dta', 'x']],
    ['serve', {}, ['extra']],
    ['--store', {}, ['--store', 'postgres://x']],
    ['--store', {}, ['--store', 'postgres://user:secret@host/database']],
    ['--store', {}, ['--store', 'sqlite:/x']],
    ['TLS', {}, ['--tls-cert', file]],
    ['no such file', {}, ['--tls-cert', 'no such file', '--tls-key', file, '--tls-client-ca', file]],
  ];
  for (const [name, env, args = []] of rows) {
    test(`${JSON.stringify(env)} ${args.map((arg) => (arg === file ? 'FILE' : arg)).join(' ')}`, () => {
      assert.throws(
        () => readConfig(args, env),
        (error) => error instanceof ConfigError && error.message.includes(name),
      );
    });
  }
});

suite('N-02: a flag goes before its variable, but not where one says sandbox and the other a real node', () => {
  // prettier-ignore
  const rows: readonly [flag: string, variable: string, backend: string][] = [
    ['sandbox', '',         'sandbox'],
    ['sandbox', 'none',     'sandbox'],
    ['sandbox', 'sandbox',  'sandbox'],
    ['none',    real,       'off'],
    ['none',    'sandbox',  'off'],
    [real,      'none',     'cln'],
    [real,      `${real}2`, 'cln'],
  ];
  for (const [flag, variable, backend] of rows)
    test(`${flag} beside "${variable}": ${backend}`, () => {
      const { setting } = readConfig(['--lightning', flag], { PURSER_LIGHTNING: variable }).lightning;
      assert.equal(setting === 'off' ? setting : setting.backend, backend);
    });
});

suite('P-03 what is not loopback needs TLS', () => {
  const file = join(temporaryDirectory(), 'pem');
  writeFileSync(file, 'text');
  const tls = ['--tls-cert', file, '--tls-key', file, '--tls-client-ca', file];
  // prettier-ignore
  const rows: readonly [address: string, loopback: boolean][] = [
    ['127.0.0.1:1',            true],
    ['127.255.255.254:1',      true],
    ['[::1]:1',                true],
    ['0.0.0.0:1',              false],
    ['[::]:1',                 false],
    ['10.0.0.1:1',             false],
    ['128.0.0.1:1',            false],
    ['[::ffff:10.0.0.1]:1',    false],
  ];
  for (const [address, loopback] of rows) {
    for (const part of ['GATEWAY', 'RISK', 'LEDGER']) {
      test(`${part} at ${address}: ${loopback ? 'fine' : 'only with TLS'}`, () => {
        const env = { [`PURSER_${part}_ADDR`]: address };
        if (loopback) assert.doesNotThrow(() => readConfig([], env));
        else assert.throws(() => readConfig([], env), /--tls-cert/);
        assert.doesNotThrow(() => readConfig(tls, env));
      });
    }
  }

  test('a role is judged by the address it binds, not by those it calls', () => {
    const env = { PURSER_LEDGER_ADDR: '10.0.0.1:1' };
    assert.doesNotThrow(() => readConfig(['--role', 'risk'], env));
    assert.throws(() => readConfig(['--role', 'ledger'], env), /--tls-cert/);
  });
});
