/** Creating and revoking keys: one outcome per id, nothing secret recorded, and replay gives the same rows. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { newKeys, revocations, testKey } from '../../test/rig/key-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { apiKeys } from '../access/tables.ts';
import type { Change, Decided } from '../base/decision.ts';
import type { CreateKeyCommand } from './access.ts';
import { replayFact } from './replay.ts';

const policy = { balances: ['a'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };
const NOW_MS = 1_800_000_000_000;

function decisions(): StrictDecisions {
  const strict = new StrictDecisions(policy);
  strict.nowMs = NOW_MS;
  return strict;
}

const answerOf = ({ answer }: Decided): Record<string, unknown> => JSON.parse(answer) as Record<string, unknown>;

suite('create-key', () => {
  const { command, key } = testKey({ merchant: 'acme', label: 'till 3', expiresAt: BigInt(NOW_MS + 1) * 1_000_000n });

  test('writes the row; its fact has the hash, and no part of the secret', () => {
    const strict = decisions();
    const decided = strict.run(command);
    const row = strict.row(apiKeys, command.keyId);
    assert.deepEqual([row?.hash, row?.role, row?.merchant, row?.revoked_at], [command.hash, 'buyer', 'acme', null]);
    assert.equal(answerOf(decided)['key_id'], command.keyId);
    const recorded = JSON.stringify(strict.facts);
    assert.ok(recorded.includes(command.hash));
    assert.ok(!recorded.includes(key.slice(-64)));
    assert.ok(!decided.answer.includes(command.hash));
  });

  test('again with the same content: the first answer, and the new hash counts for nothing', () => {
    const strict = decisions();
    const first = strict.run(command);
    const again = strict.run({ ...command, hash: 'ff'.repeat(32), actor: 'somebody else' });
    assert.deepEqual([again.answer, again.replayed, again.facts], [first.answer, true, undefined]);
    assert.equal(strict.row(apiKeys, command.keyId)?.hash, command.hash);
  });

  test('again with other content: a conflict that names the fields', () => {
    const strict = decisions();
    strict.run(command);
    const other = strict.run({ ...command, role: 'finance', merchant: null });
    assert.deepEqual([other.code, answerOf(other)['fields']], ['idempotency_conflict', ['role', 'merchant']]);
  });

  test('again after it was revoked: still dead', () => {
    const strict = decisions();
    strict.run(command);
    strict.run({ type: 'revoke-key', keyId: command.keyId, actor: 'x' });
    assert.equal(strict.run(command).replayed, true);
    assert.notEqual(strict.row(apiKeys, command.keyId)?.revoked_at, null);
  });

  // prettier-ignore
  const rows: readonly [what: string, over: Partial<CreateKeyCommand>, field: string | null][] = [
    ['an operator of one merchant',            { role: 'operator', merchant: 'acme' },             'role'],
    ['an operator of one account',             { role: 'operator', account: 'account:org:acme' },  'role'],
    ['payments of one merchant',               { role: 'payments', merchant: 'acme' },             'role'],
    ['a token of one merchant',                { role: 'control-plane', merchant: 'acme' },        'role'],
    ['an operator',                            { role: 'operator' },                               null],
    ['one that has expired',                   { expiresAt: BigInt(NOW_MS) * 1_000_000n },         'expires_at'],
    ['one that expires in the next moment',    { expiresAt: BigInt(NOW_MS) * 1_000_000n + 1n },    null],
  ];
  for (const [what, over, field] of rows)
    test(`${what}: ${field === null ? 'made' : 'refused, and nothing recorded'}`, () => {
      const strict = decisions();
      const decided = strict.run(testKey(over).command);
      assert.deepEqual([decided.code, answerOf(decided)['field'] ?? null], [field && 'invalid_request', field]);
      assert.equal(decided.facts?.length ?? 0, field === null ? 1 : 0);
    });
});

suite('revoke-key', () => {
  test('is for ever: repeated it changes nothing, and it knows no key that never was', () => {
    const strict = decisions();
    const { command } = testKey();
    strict.run(command);
    const first = strict.run({ type: 'revoke-key', keyId: command.keyId, actor: 'ann' });
    const again = strict.run({ type: 'revoke-key', keyId: command.keyId, actor: 'bob' });
    assert.deepEqual([again.answer, again.replayed, again.facts], [first.answer, true, undefined]);
    assert.equal(answerOf(again)['revoked_by'], 'ann');
    assert.equal(strict.run({ type: 'revoke-key', keyId: '00000000000000ff', actor: 'ann' }).code, 'not_found');
  });
});

test('replaying the facts gives the rows that the decisions gave, whatever is asked', () => {
  const standing = (changes: readonly Change[]): Map<unknown, unknown> =>
    new Map(changes.map(({ row }) => [row['key_id'], row]));
  fc.assert(
    fc.property(fc.array(fc.oneof(newKeys, revocations), { maxLength: 30 }), (commands) => {
      const strict = decisions();
      for (const each of commands) {
        const { at } = strict;
        const { facts = [], changes = [] } = strict.run(each);
        assert.deepEqual(standing(facts.flatMap((fact) => replayFact({ ...fact, at }, 0n))), standing(changes));
      }
    }),
  );
});
