/** Commands of keys, few ids and few contents, so that they meet each other often; and keys that tests call with. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { formatKey, hashSecret } from '../../src/access/api-key.ts';
import { roles } from '../../src/access/caller.ts';
import type { CreateKeyCommand, RevokeKeyCommand } from '../../src/flows/access.ts';

const keyId = fc.constantFrom('00000000000000a1', '00000000000000a2', '00000000000000a3');
const actor = fc.constantFrom('server', '00000000000000a1');

export const newKeys: fc.Arbitrary<CreateKeyCommand> = fc.record({
  type: fc.constant('create-key'),
  keyId,
  role: fc.constantFrom(...roles, 'control-plane' as const),
  merchant: fc.constantFrom(null, null, 'acme'),
  account: fc.constantFrom(null, null, 'account:org:acme'),
  label: fc.constantFrom(null, 'till "3" \u2028'),
  hash: fc.constantFrom('00'.repeat(32), 'ff'.repeat(32)),
  // Not all digits of the second fit a double.
  expiresAt: fc.constantFrom(null, 4_000_000_000_123_456_789n, 1n),
  actor,
});

export const revocations: fc.Arbitrary<RevokeKeyCommand> = fc.record({
  type: fc.constant('revoke-key'),
  keyId,
  actor,
});

export interface TestKey {
  readonly command: CreateKeyCommand;
  /** What its holder sends. */
  readonly key: string;
}

/** A new key, and the command that makes it known. */
export function testKey(over: Partial<CreateKeyCommand> = {}): TestKey {
  const secret = randomBytes(32);
  const id = over.keyId ?? randomBytes(8).toString('hex');
  const command: CreateKeyCommand = {
    type: 'create-key',
    keyId: id,
    role: 'buyer',
    merchant: null,
    account: null,
    label: null,
    hash: hashSecret(secret.toString('hex')),
    expiresAt: null,
    actor: 'server',
    ...over,
  };
  return { command, key: formatKey(id, secret) };
}
