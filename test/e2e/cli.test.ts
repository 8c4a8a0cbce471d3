/** Commands as processes against a real server: what they print, where, and how they exit. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { findCommand } from '../../src/cli/arguments.ts';
import { completion, programsOf } from '../../src/cli/completion.ts';
import { commands, verbAliases } from '../../src/cli/commands.ts';
import { environment } from '../../src/cli/credentials.ts';
import { exits } from '../../src/cli/exit.ts';
import { usageOf } from '../../src/cli/help.ts';
import { runCommand as runInside } from '../../src/cli/main.ts';
import type { Client } from '../../src/client/client.ts';
import { receiptFor, startApiServer, type ApiServer } from '../rig/api-server.ts';
import { LongCommand, runCommand, type Ended } from '../rig/command.ts';
import { HttpFront } from '../rig/http-front.ts';
import type { Json } from '../rig/frame-client.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

const ACME = 'account:org:acme';
const WEAVER = 'account:participant:weaver';

let server: ApiServer;
let purser: Client;
let env: Readonly<Record<string, string>>;
before(async () => {
  server = await startApiServer();
  purser = server.client();
  env = { PURSER_URL: server.url, PURSER_DATA: server.data };
  await purser.applyTopUp(receiptFor(ACME, 45_000));
  await purser.createHold({
    hold_id: 'hold:1',
    payer_account_id: ACME,
    payee_account_id: WEAVER,
    amount: 1_250,
    order_id: 'order:1',
  });
});

const run = (...args: readonly string[]): Promise<Ended> => runCommand(args, env);

const json = ({ out }: Ended): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

const receiptFlags = (receipt: string, amount: string): readonly string[] =>
  `--receipt ${receipt} --account account:org:new --amount ${amount} --gateway gw --external-amount 500 --external-currency EUR --payment-ref p`.split(
    ' ',
  );

const holdFlags = (order: string, amount: string): readonly string[] =>
  `--payer ${ACME} --payee ${WEAVER} --order ${order} --amount ${amount}`.split(' ');

suite('S-41 exit codes', { concurrency: 2 }, () => {
  interface Row {
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly code: number;
    /** On standard error, for people. */
    readonly says?: RegExp;
  }
  const move = (verb: string): readonly string[] => ['hold', verb, 'hold:done', '--reason', 'as agreed'];
  const rows: readonly Row[] = [
    { args: ['account', 'show', ACME], code: 0 },
    { args: ['account', 'show', 'account:org:unused'], code: 0 },
    { args: ['hold', 'create', ...holdFlags('too-much', '99999999')], code: 1, says: /insufficient_funds.*available=/ },
    { args: ['top-up', 'submit', ...receiptFlags('receipt-1', '999')], code: 1, says: /receipt_conflict.*"amount"/ },
    { args: ['account', 'inspect', ACME], code: 0 },
    { args: ['hold', 'inspect', 'hold:1'], code: 0 },
    { args: ['hold', 'inspect', 'hold:1', '--help'], code: 0 },
    { args: ['top-up', 'inspect', 'receipt-1'], code: 2, says: /has no "inspect"/ },
    { args: ['version', '--help'], code: 2, says: /version takes nothing else/ },
    { args: [], code: 0 },
    { args: ['accounts'], code: 2, says: /there is no "accounts": perhaps "purser account"/ },
    { args: ['alert'], code: 2, says: /perhaps "purser budget alerts"/ },
    { args: ['account'], code: 2, says: /needs one of show, list, entries/ },
    { args: ['account', 'shwo', ACME], code: 2, says: /has no "shwo"/ },
    { args: ['account', 'show'], code: 2, says: /ACCOUNT is missing.*account show --help/ },
    { args: ['account', 'show', ACME, WEAVER], code: 2, says: /one argument too many/ },
    { args: ['account', 'show', 'acme'], code: 2, says: /invalid_account/ },
    { args: ['account', 'show', ACME, '--wacth'], code: 2, says: /--wacth/ },
    { args: ['hold', 'list', '--state', 'open'], code: 2, says: /--state must be one of active, frozen/ },
    { args: ['hold', 'list', '--limit', '0'], code: 2, says: /--limit must be a whole number from 1 to 1000/ },
    { args: ['hold', 'list', '--cursor', 'x'], code: 2, says: /invalid_cursor/ },
    { args: ['hold', 'list', '--json', '--table'], code: 2, says: /two different forms/ },
    { args: ['hold', 'release', 'hold:1'], code: 2, says: /--reason TEXT is missing/ },
    { args: ['hold', 'release', '..', '--reason', 'x'], code: 2, says: /hold_id cannot be "\.\."/ },
    { args: ['hold', 'create', ...holdFlags('x', '12.50')], code: 2, says: /minor units.*: write 1250/ },
    { args: ['hold', 'create', ...holdFlags('x', '0')], code: 2, says: /--amount must be/ },
    { args: ['top-up', 'submit', ...receiptFlags('r', '1'), '--fee-amount', '1'], code: 2, says: /give all three/ },
    { args: ['fact', 'follow', '--after', 'now'], code: 2, says: /--after must be/ },
    { args: ['balance', '--url', 'localhost:9090'], code: 2, says: /--url must be a URL like/ },
    { args: ['balance', '--url', 'http://me:secret@localhost'], code: 2, says: /no user or password/ },
    { args: ['balance', '--key', 'pk_1'], code: 2, says: /--key/ },
    { args: ['balance'], env: { PURSER_KEY: 'no key' }, code: 2, says: /PURSER_KEY holds no key/ },
    { args: ['completion', 'tcsh'], code: 2, says: /needs one of bash, zsh, fish/ },
    { args: ['balance', '--url', 'http://127.0.0.1:2'], code: 3, says: /no answer.*purser serve/ },
    {
      args: ['balance', '--data', '/nowhere'],
      code: 4,
      says: /unauthorized[^]*No key was sent: set PURSER_KEY.*--data/,
    },
    { args: ['balance'], env: { PURSER_KEY: 'pk_1' }, code: 4, says: /does not know the key of PURSER_KEY/ },
    { args: ['balance', '--url', 'http://192.0.2.1:9090'], code: 4, says: /is not sent to/ },
    { args: ['hold', 'inspect', 'nowhere'], code: 5, says: /hold_not_found/ },
    { args: ['hold', 'show', 'nowhere'], code: 5, says: /hold_not_found[^]*purser hold list/ },
    { args: ['transfer', 'show', 'nowhere'], code: 5, says: /transfer_not_found[^]*purser transfer list/ },
    { args: ['key', 'revoke', '0'.repeat(16)], code: 5, says: /not_found[^]*purser key list/ },
  ];
  for (const { args, env: own, code, says } of rows) {
    const setting = own === undefined ? '' : `${JSON.stringify(own)} `;
    test(`${code}: ${setting}purser ${args.join(' ')}`.slice(0, 120), async () => {
      const ended = await runCommand(args, { ...env, ...own });
      assert.equal(ended.code, code, ended.err);
      if (says === undefined) assert.equal(ended.err, '');
      else assert.match(ended.err, says);
    });
  }

  test('1: a receipt with other content, and a move that is none', async () => {
    assert.equal((await run('top-up', 'submit', ...receiptFlags('mine', '500'))).code, 0);
    assert.equal(json(await run('top-up', 'submit', ...receiptFlags('mine', '500')))['outcome'], 'already_applied');
    assert.equal((await run('top-up', 'submit', ...receiptFlags('mine', '499'))).code, 1);
    assert.equal((await run('hold', 'create', '--hold-id', 'hold:done', ...holdFlags('order:done', '5'))).code, 0);
    assert.equal(json(await run(...move('release')))['state'], 'released');
    assert.equal((await run(...move('release'))).code, 0);
    const refused = await run(...move('refund'));
    assert.equal(refused.code, 1);
    assert.match(refused.err, /invalid_transition.*from=released to=refunded/);
    assert.deepEqual((json(refused)['error'] as { code: string }).code, 'invalid_transition');
  });

  test('3: a transfer whose answer never comes tells the key to ask again with', async () => {
    const front = await HttpFront.before(server.url);
    front.fates = ['lose-answer', 'lose-answer', 'lose-answer', 'lose-answer'];
    const transfer = ['transfer', 'create', '--src', 'ops_float', '--dst', 'dispute_reserve', '--amount', '3'];
    const lost = await runCommand([...transfer, '--url', front.url], env);
    assert.equal(lost.code, 3);
    const key = /ask again with --key (\S+)/.exec(lost.err)?.[1];
    assert.ok(key !== undefined, lost.err);
    const asked = await run(...transfer, '--key', key);
    const listed = json(await run('transfer', 'list', '--key', key))['items'] as { tx_id: string }[];
    assert.deepEqual([asked.code, json(asked)['tx_id']], [0, listed[0]?.tx_id]);
  });

  test('4: a token file that may not be read, or that holds none', async () => {
    const data = temporaryDirectory();
    writeFileSync(join(data, 'operator.token'), 'two words\n');
    assert.match((await run('balance', '--data', data)).err, /holds no key/);
    mkdirSync(join(data, 'other', 'operator.token'), { recursive: true });
    const unreadable = await run('balance', '--data', join(data, 'other'));
    assert.deepEqual([unreadable.code, /cannot read .*set PURSER_KEY/.test(unreadable.err)], [4, true]);
  });
});

suite('keys', () => {
  test('key create, then what the key may and what it may not', async () => {
    const made = await run('key', 'create', '--role', 'buyer', '--account', ACME, '--json');
    assert.equal(made.code, 0, made.err);
    assert.deepEqual(Object.keys(json(made)), ['key_id', 'key']);
    const { key_id: id, key } = json(made) as { key_id: string; key: string };
    const own = { ...env, PURSER_KEY: key };
    assert.equal((await runCommand(['account', 'show', ACME], own)).code, 0);
    const other = await runCommand(['account', 'show', WEAVER], own);
    assert.equal(other.code, 4);
    assert.match(other.err, /forbidden[^]*key of PURSER_KEY may not/);
    const topUp = await runCommand(['top-up', 'submit', ...receiptFlags('by-key', '1')], own);
    assert.equal(topUp.code, 4);
    assert.match(topUp.err, /unset PURSER_KEY, and name the server's data directory/);
    const revoked = json(await run('key', 'revoke', id));
    assert.ok(typeof revoked['revoked_at'] === 'string');
    assert.equal((await runCommand(['account', 'show', ACME], own)).code, 4);
    const listed = json(await run('key', 'list', '--role', 'buyer'))['items'] as { key_id: string }[];
    assert.equal(listed[0]?.key_id, id);
    assert.ok(!(await run('key', 'list')).out.includes(key));
  });
});

suite('S-41 what operators look at', () => {
  test('account inspect and hold inspect are show: a table on a terminal, JSON in a pipe', async () => {
    for (const what of [
      ['account', ACME],
      ['hold', 'hold:1'],
    ] as const) {
      const [resource, id] = what;
      const [shown, inspected] = [await run(resource, 'show', id), await run(resource, 'inspect', id)];
      assert.deepEqual([inspected.code, inspected.out], [0, shown.out]);
      assert.equal(
        (await run(resource, 'inspect', id, '--table')).out,
        (await run(resource, 'show', id, '--table')).out,
      );
    }
    assert.equal(json(await run('hold', 'inspect', 'hold:1'))['hold_id'], 'hold:1');
  });

  test('every resource that has show has inspect', () => {
    const shown = commands.filter(({ verb }) => verb === 'show');
    assert.ok(shown.length >= 10);
    for (const command of shown) assert.equal(findCommand([command.resource, 'inspect', 'X']).command, command);
  });

  test('movement list: what top-ups asked for, by state and by cause', async () => {
    await until(
      'the movement is made',
      async () => (await purser.listMovements({ state: 'done' }).page()).items.length > 0,
    );
    const { items } = json(await run('movement', 'list', '--cause', 'receipt-1')) as {
      items: Record<string, unknown>[];
    };
    assert.deepEqual([items.length, items[0]?.['movement_key'], items[0]?.['state']], [1, 'receipt:receipt-1', 'done']);
    const inflow = await run('transfer', 'show', 'in-receipt-1', '--table');
    assert.match(inflow.out, /^FROM +-$/m);
    assert.match(inflow.out, /\nrisk +authorised by receipt:receipt-1 /);
    assert.match(
      (await run('movement', 'list', '--table')).out,
      /^receipt:receipt-1 +done +450\.00 +collection_pending /m,
    );
  });

  test('version and --version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Json;
    for (const asked of ['version', '--version'])
      assert.deepEqual(await run(asked), { code: 0, out: `purser ${String(version)}\n`, err: '' });
  });
});

suite('forms', () => {
  /** The same in this process, with a terminal of its own. */
  async function onTerminal(...args: readonly string[]): Promise<Ended> {
    const written = { out: '', err: '' };
    const code = await runInside(args, {
      env,
      streams: {
        isTerminal: true,
        out: async (text) => void (written.out += text),
        err: (text) => void (written.err += text),
      },
      interrupted: () => AbortSignal.abort(),
      programs: [],
    });
    return { code, ...written };
  }

  test('S-41 a table on a terminal, JSON in a pipe, or what is asked for', async () => {
    const table = /^HOLD +hold:1\nSTATE +active\nAMOUNT +12\.50\n/;
    const shown = await onTerminal('hold', 'show', 'hold:1');
    assert.match(shown.out, table);
    assert.match(shown.out, /\nHISTORY\nAT +STATE +BY +REASON\n\S+ +active +\w+ +-\n$/);
    assert.match((await run('hold', 'show', 'hold:1', '--table')).out, table);
    const piped = await run('hold', 'show', 'hold:1');
    assert.equal(json(piped)['amount'], 1_250);
    assert.equal(piped.out.split('\n').length, 2);
    assert.deepEqual(await onTerminal('hold', 'show', 'hold:1', '--json'), piped);
  });

  test('amounts stand under each other, with two decimals', async () => {
    const { out } = await onTerminal('account', 'list');
    const [titles = '', ...lines] = out.trimEnd().split('\n');
    assert.match(titles, /^ACCOUNT +AVAILABLE +HELD +TOTAL +UNIT$/);
    const acme = lines.find((line) => line.startsWith(ACME)) ?? '';
    const total = / \d+\.\d\d +12\.50 +(\d+\.\d\d) +ORC$/.exec(acme)?.[1] ?? '';
    assert.equal(acme.lastIndexOf(total) + total.length, titles.indexOf('TOTAL') + 'TOTAL'.length);
  });

  test('a failure on a terminal is a sentence; in a pipe also JSON', async () => {
    const told = await onTerminal('hold', 'show', 'nowhere');
    assert.deepEqual([told.code, told.out], [5, '']);
    const piped = await run('hold', 'show', 'nowhere');
    const { error, request_id: requestId } = json(piped);
    assert.deepEqual([(error as { code: string }).code, typeof requestId], ['hold_not_found', 'string']);
  });

  test('text of others cannot steer the terminal', async () => {
    const front = await HttpFront.before(server.url);
    const hold = { ...(await purser.readHold({ hold_id: 'hold:1' })), order_id: 'x\u001b[31m\u202e' };
    front.fates = [{ status: 200, body: JSON.stringify(hold) }];
    const { out } = await run('hold', 'show', 'hold:1', '--table', '--url', front.url);
    assert.match(out, /^ORDER +x\?\[31m\?$/m);
  });

  test('every resource shows its things', async () => {
    const transfer = ['--src', 'ops_float', '--dst', 'dispute_reserve', '--amount', '3', '--key', 'shown'];
    const moved = await onTerminal('transfer', 'create', ...transfer);
    const id = /^TRANSFER +(\S+)/.exec(moved.out)?.[1] ?? '';
    assert.match((await onTerminal('transfer', 'create', ...transfer)).err, /nothing was moved again/);
    assert.match((await onTerminal('transfer', 'show', id)).out, /\ndebit +done +ops_float +\d+\.\d\d\n/);
    assert.match((await onTerminal('transfer', 'list')).out, new RegExp(`${id} +ok +0\\.03 `));
    assert.match((await onTerminal('balance')).out, /^TOTAL +\d+\.\d\d\n[^]*\nops_float +\d+\.\d\d\n/);
    assert.match((await onTerminal('account', 'entries', ACME)).out, / top_up +450\.00 +0\.00 +450\.00 /);
    assert.match((await onTerminal('top-up', 'list')).out, / account:org:acme +450\.00 +0\.00 /);
    assert.match((await onTerminal('fact', 'list', '--limit', '1')).out, /\n {2}1 {2}.* ledger\/opened\.v1 /);
    assert.match((await onTerminal('key', 'list')).out, / control-plane /);
  });
});

suite('paging', () => {
  test('one page and where the next one is, or all of them in the same form', async () => {
    const first = json(await run('fact', 'list', '--limit', '2'));
    assert.equal((first['items'] as unknown[]).length, 2);
    const second = json(await run('fact', 'list', '--limit', '2', '--cursor', String(first['next_cursor'])));
    assert.equal((second['items'] as { seq: number }[])[0]?.seq, 3);
    const all = json(await run('fact', 'list', '--limit', '2', '--after', '1', '--all'));
    const numbers = (all['items'] as { seq: number }[]).map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i + 2),
    );
    assert.ok(numbers.length > 4);
    assert.equal(all['next_cursor'], null);
    const none = await run('hold', 'list', '--state', 'frozen', '--all');
    assert.deepEqual(json(none), { items: [], next_cursor: null });
  });

  test('a person is told that there are more; the titles stand once', async () => {
    const page = await run('fact', 'list', '--limit', '2', '--table');
    assert.match(page.err, /There are more: --cursor \S+, or --all/);
    const all = await run('fact', 'list', '--limit', '2', '--table', '--all');
    assert.equal(all.out.match(/^ *SEQ /gm)?.length, 1);
    assert.equal(all.err, '');
  });
});

suite('commands that go on', () => {
  test('account show --watch: a line per change, until it is interrupted', async () => {
    const account = 'account:org:watched';
    const watch = new LongCommand(['account', 'show', account, '--watch'], env);
    const total = async (): Promise<unknown> => (JSON.parse(await watch.line()) as { total: number }).total;
    assert.equal(await total(), 0);
    await purser.applyTopUp(receiptFor(account, 10));
    assert.equal(await total(), 10);
    assert.equal(await watch.interrupt(), 0);
    assert.equal(watch.errors, '');
  });

  test('hold show and balance can be watched, too', async () => {
    for (const args of [['hold', 'show', 'hold:1'], ['balance']]) {
      const watch = new LongCommand([...args, '--watch', '--table'], env);
      await watch.line();
      assert.equal(await watch.interrupt('SIGTERM'), 0);
    }
  });

  test('fact follow: past and future, one JSON object per line', async () => {
    const follow = new LongCommand(['fact', 'follow', '--after', '0', '--type', 'ledger/opened.v1'], env);
    for (let seq = 1; seq <= 5; seq++) assert.equal((JSON.parse(await follow.line()) as { seq: number }).seq, seq);
    assert.equal(await follow.interrupt(), 0);
  });
});

suite('words about the words', () => {
  test('help of everything, of a resource, of a command', async () => {
    const { out } = await run('help');
    assert.match(out, /purser serve/);
    for (const { resource, verb } of commands) assert.ok(out.includes(`purser ${`${resource} ${verb}`.trim()}`));
    assert.match((await run('hold', '--help')).out, /purser hold release HOLD/);
    const create = (await run('hold', 'create', '--help')).out;
    assert.match(create, /--amount MINOR +how much, in minor units: 1250 is 12\.50 \(needed\)/);
  });

  test('docs/cli.md and docs/reference.md have every command, variable and exit code', () => {
    const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    const rows = (text: string, pattern: RegExp): string[][] =>
      [...text.matchAll(pattern)].map((match) => match.slice(1));
    assert.deepEqual(
      rows(page('cli.md').replaceAll(String.raw`\|`, '|'), /^\| `(purser .*)` \| (.*) \|$/gm),
      commands.map((command) => [usageOf(command), command.summary]),
    );
    assert.deepEqual(
      rows(page('cli.md'), /^\| `(PURSER_\w+)` \| (?:`(.+?)`|none) \|/gm).map(([name, value = '']) => [name, value]),
      Object.entries(environment),
    );
    const codes = Object.values(exits).map(({ code, meaning }) => [String(code), meaning]);
    assert.deepEqual(rows(page('cli.md'), /^\| (\d+) \| (.*) \|$/gm), codes);
    for (const [alias, verb] of Object.entries(verbAliases))
      assert.ok(page('cli.md').includes(`\`${alias}\` is another word for \`${verb}\``), alias);
    const section = page('reference.md')
      .split(/^## /m)
      .find((part) => part.startsWith('Exit codes of commands'));
    assert.deepEqual(rows(section ?? '', /^\| (\d+) \| (.*) \|$/gm), codes);
  });

  test('completion for bash parses and offers what may come', async () => {
    const { code, out } = await run('completion', 'bash');
    assert.equal(code, 0);
    execFileSync('bash', ['-n'], { input: out });
    const offered = (...words: readonly string[]): string[] => {
      const typed = words.map((word) => `'${word}'`).join(' ');
      const asks = `COMP_WORDS=(purser ${typed}); COMP_CWORD=${words.length}; _purser; echo "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', `${out}\n${asks}`], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
    };
    assert.deepEqual(offered('ho'), ['hold']);
    assert.ok(offered('').includes('serve'));
    assert.deepEqual(offered('hold', 're'), ['release', 'refund']);
    assert.deepEqual(offered('hold', 'ins'), ['inspect']);
    assert.deepEqual(offered('hold', 'inspect', 'hold:1', '--w'), ['--watch']);
    assert.deepEqual(offered('vers'), ['version']);
    assert.deepEqual(offered('hold', 'list', '--state', 'r'), ['released', 'refunded']);
    assert.deepEqual(offered('hold', 'release', 'hold:1', '--re'), ['--reason']);
    assert.deepEqual(offered('verify', '--d'), ['--data']);
    assert.deepEqual(offered('completion', 'z'), ['zsh']);
  });

  test('completion for zsh and fish names every command and flag', () => {
    const programs = programsOf('  purser verify    [--data DIR|--store URL] [--json]  check\n');
    assert.deepEqual(programs, [{ name: 'verify', flags: ['--data', '--store', '--json'] }]);
    for (const shell of ['zsh', 'fish'] as const) {
      const script = completion(shell, programs);
      for (const { verb } of commands) assert.ok(script.includes(verb), verb);
      assert.ok(script.includes('inspect') && script.includes('version'));
      for (const flag of ['auto-release-after', 'watch', 'cursor', 'store']) assert.ok(script.includes(flag), flag);
      assert.equal(script.split("'").length % 2, 1, 'quotes come in pairs');
      assert.ok(!script.includes('undefined'));
    }
    execFileSync('bash', ['-n'], { input: completion('zsh', programs).replace('${(j: :)words[2,CURRENT-1]}', '') });
  });
});
