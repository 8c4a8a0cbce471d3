/** `purser inbox` and `purser rule` as processes against a real server with a spool (S-13, S-41). */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { startApiServer } from '../rig/api-server.ts';
import { GATEWAY, PUBLIC_KEY, signed, wireOf } from '../rig/funding-commands.ts';
import { runCommand, type Ended } from '../rig/command.ts';
import { receiptOf } from '../rig/settlement-commands.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';

suite('S-13, S-41 receipts from the command line', () => {
  const root = temporaryDirectory();
  const data = join(root, 'data');
  let env: Readonly<Record<string, string>> = {};

  before(async () => {
    const spool = join(root, 'spool');
    mkdirSync(spool);
    const keys = join(root, 'keys.json');
    writeFileSync(keys, JSON.stringify({ [GATEWAY]: PUBLIC_KEY }), { mode: 0o644 });
    for (const [id, amount] of [
      ['small', 1_250n],
      ['large', 99_999n],
    ] as const) {
      const receipt = signed(receiptOf(id, 'account:org:acme' as AccountId, amount).receipt);
      writeFileSync(join(spool, `${id}.json`), JSON.stringify(wireOf(receipt)));
    }
    const { url } = await startApiServer({ data, env: { PURSER_FUNDING_SPOOL: spool, PURSER_FUNDING_KEYS: keys } });
    env = { PURSER_URL: url, PURSER_DATA: data };
  });

  const run = (...args: readonly string[]): Promise<Ended> => runCommand(args, env);
  const json = ({ out }: Ended): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;
  const itemsOf = (ended: Ended): string[] =>
    (json(ended)['items'] as Record<string, unknown>[]).map(
      (item) => `${String(item['receipt_id'])} ${String(item['state'])}`,
    );

  test('they wait; one is credited by hand, one by a rule, each once', async () => {
    await until('both wait', async () => itemsOf(await run('inbox', 'list')).length === 2);
    assert.deepEqual(itemsOf(await run('inbox', 'list', '--state', 'waiting')).toSorted(), [
      'large waiting',
      'small waiting',
    ]);
    const table = (await run('inbox', 'list', '--table')).out;
    assert.match(table, /small +waiting +account:org:acme +12\.50 +12\.50 +gateway-1 +good +spool/);
    assert.equal(json(await run('inbox', 'credit', 'large'))['outcome'], 'applied');
    assert.equal(json(await run('inbox', 'credit', 'large'))['outcome'], 'already_applied');
    const rule = await run('rule', 'set', GATEWAY, '--max-amount', '1250');
    assert.deepEqual([rule.code, json(rule)['max_amount'], json(rule)['requires_signature']], [0, 1_250, true]);
    await until('the rule has credited it', async () => itemsOf(await run('inbox', 'list')).includes('small credited'));
    assert.equal(json(await run('account', 'show', 'account:org:acme'))['available'], 101_249);
    assert.equal(
      json(await run('rule', 'set', GATEWAY, '--max-amount', '7', '--signature', 'optional'))['requires_signature'],
      false,
    );
    assert.equal(json(await run('rule', 'show', GATEWAY))['max_amount'], 7);
    assert.equal(json(await run('rule', 'remove', GATEWAY))['state'], 'removed');
    assert.equal(json(await run('rule', 'remove', GATEWAY))['state'], 'removed');
  });

  test('exit codes: not there 5, no token 4, wrong usage 2', async () => {
    for (const args of [
      ['inbox', 'credit', 'none'],
      ['rule', 'show', 'none'],
      ['rule', 'remove', 'none'],
    ])
      assert.equal((await run(...args)).code, 5, args.join(' '));
    const key = String(json(await run('key', 'create', '--role', 'operator'))['key']);
    for (const args of [
      ['inbox', 'credit', 'large'],
      ['rule', 'set', GATEWAY, '--max-amount', '1'],
    ]) {
      const refused = await runCommand(args, { ...env, PURSER_KEY: key });
      assert.equal(refused.code, 4, args.join(' '));
      assert.match(refused.err, /Only the operator token may do this/);
    }
    assert.equal((await run('rule', 'set', GATEWAY, '--max-amount', '12.50')).code, 2);
    assert.equal((await run('rule', 'set', GATEWAY)).code, 2);
  });
});
