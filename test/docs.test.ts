/** Lists that stand in the code and on a page are compared here: a page that drifts is worse than none. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from '../src/base/limits.ts';
import { errorTable } from '../src/http/statuses.ts';
import { apiErrors } from '../src/operations/codes.ts';
import { paymentErrors } from '../src/payments/answers.ts';
import { operationsOf } from '../src/server/api.ts';
import { environment, serveFlags } from '../src/server/config.ts';

const page = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

const firstCells = (text: string): string[] => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);

const section = (text: string, title: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';

test('every error code has its section in docs/errors.md, and every section its code', () => {
  const documented = [...page('errors.md').matchAll(/^### `([^`]+)`$/gm)].map((match) => match[1]!);
  assert.deepEqual(documented.toSorted(), [...new Set([...paymentErrors, ...apiErrors])].toSorted());
});

test('docs/errors.md has every code of the HTTP API with its status', () => {
  const rows = [...section(page('errors.md'), 'HTTP statuses').matchAll(/^\| `(\w+)` \| (\d+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, status]) => [code, Number(status)]),
    Object.entries(errorTable).map(([code, { status }]) => [code, status]),
  );
});

test('docs/http.md has every operation with its permission', () => {
  const gateway = { rail: () => assert.fail(), stats: {}, balances: ['a', 'b'] };
  // Only their definitions are looked at, so there need be nothing behind them.
  const parts = {
    store: { submit() {} },
    readBalances: () => '',
    gateway,
    ledger: {},
    gate: {},
    records: {},
    poke() {},
  };
  const operations = operationsOf(parts as never, { feed: {}, metrics: {}, counts: {}, authenticator: {} } as never);
  const rows = [...section(page('http.md'), 'Operations').matchAll(/^\| `([A-Z]+ [^`]+)` \| `([^`]+)` \|$/gm)];
  assert.deepEqual(
    rows.map(([, operation, permission]) => [operation, permission]),
    operations.map(({ method, path, permission }) => [`${method} ${path}`, permission]),
  );
});

test('N-05: the page of each backend names the smallest credential that works, and how to make it', () => {
  for (const backend of ['lnd', 'cln', 'phoenixd', 'nwc']) {
    const [first = ''] = [...page(`lightning/${backend}.md`).matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]!);
    assert.match(first, /smallest credential|may only receive/i, backend);
  }
});

test('docs/limits.md has every limit with its value', () => {
  const documented = [...page('limits.md').matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map((match) => [
    match[1]!,
    Number(match[2]!.replaceAll(',', '')),
  ]);
  assert.deepEqual(documented, Object.entries(limits));
});

test('R5 the page of errors says which window the "daily" limit has', () => {
  const daily = page('errors.md')
    .split(/^### /m)
    .find((part) => part.startsWith('`daily_transfer_limit_exceeded`'));
  const { BANK_VELOCITY_WINDOW: seconds } = environment;
  assert.match(daily ?? '', new RegExp(`BANK_VELOCITY_WINDOW.* the window is ${seconds} seconds unless configured`));
});

test('R11 no text of the product claims a patent', () => {
  const root = new URL('..', import.meta.url);
  const pages = readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).map((name) => `src/${name}`);
  const texts = ['README.md', 'CHANGELOG.md', ...pages, ...sources].filter((name) => /\.(md|ts|svg)$/.test(name));
  assert.ok(texts.length > 400);
  const claiming = texts.filter((name) => /\bpatent/i.test(readFileSync(new URL(name, root), 'utf8')));
  assert.deepEqual(claiming, []);
});

test('docs/reference.md has every variable with its default', () => {
  const rows = [...section(page('reference.md'), 'Environment').matchAll(/^\| `(\w+)` \| (?:`([^`]*)`|none) \|/gm)];
  assert.deepEqual(
    rows.map((match) => [match[1], match[2] ?? '']),
    Object.entries(environment),
  );
});

test('docs/reference.md has every flag of purser serve', () => {
  const flags = firstCells(section(page('reference.md'), '`purser serve`')).map((cell) => cell.split(' ')[0]!.slice(2));
  assert.deepEqual(flags.toSorted(), serveFlags.toSorted());
});
