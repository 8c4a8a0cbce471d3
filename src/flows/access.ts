/** The commands of keys: one is created under its own id, and revoked for ever. Facts hold hashes, never a secret. */
import { mayBeConfined } from '../access/permissions.ts';
import { keyView } from '../access/key-view.ts';
import { apiKeys, type KeyRole, type KeyRow } from '../access/tables.ts';
import type { Command, Decided, Decision } from '../base/decision.ts';
import { instantAt } from '../base/time.ts';
import { refusal, repeated, replayed, type Keyed } from './answers.ts';
import { rowFact } from './row-facts.ts';

export interface CreateKeyCommand extends Command {
  readonly type: 'create-key';
  readonly keyId: string;
  readonly role: KeyRole;
  readonly merchant: string | null;
  readonly account: string | null;
  readonly label: string | null;
  /** Of the secret, which gets no further than to whoever made it. Only the first command of an id has one that counts. */
  readonly hash: string;
  /** Nanoseconds. */
  readonly expiresAt: bigint | null;
  /** The key of whoever asked, or `server`. */
  readonly actor: string;
}

export interface RevokeKeyCommand extends Command {
  readonly type: 'revoke-key';
  readonly keyId: string;
  readonly actor: string;
}

export const accessDecisions: {
  readonly 'create-key': Decision<CreateKeyCommand>;
  readonly 'revoke-key': Decision<RevokeKeyCommand>;
} = {
  'create-key': {
    reads: ({ keyId }) => ({ key: keySpace(keyId), rows: [{ table: apiKeys, key: [keyId] }] }),
    decide(command, view) {
      const { keyId, role, merchant, account, label, hash, expiresAt, actor } = command;
      const request = contentOf(command);
      // The caller's new secret belongs to no key: only the one of the first time does.
      const known = repeated(view, { key: keySpace(keyId), request, conflict: 'idempotency_conflict' });
      if (known !== undefined) return known;
      if (!mayBeConfined(role) && (merchant !== null || account !== null))
        return refusal('invalid_request', { field: 'role', message: 'a key of this role cannot be confined' });
      if (expiresAt !== null && expiresAt <= instantAt(view.nowMs))
        return refusal('invalid_request', { field: 'expires_at', message: 'must be in the future' });
      const row: KeyRow = {
        key_id: keyId,
        role,
        merchant,
        account,
        label,
        hash,
        created_at: view.at,
        expires_at: expiresAt,
        revoked_at: null,
        created_by: actor,
        revoked_by: null,
        version: 1n,
      };
      return record('access/key-created.v1', row, { key: keySpace(keyId), request });
    },
  },
  'revoke-key': {
    reads: ({ keyId }) => ({ rows: [{ table: apiKeys, key: [keyId] }] }),
    decide({ keyId, actor }, view) {
      const before = view.row(apiKeys, [keyId]);
      if (before === undefined) return refusal('not_found');
      if (before.revoked_at !== null) return replayed(keyView(before));
      const row: KeyRow = { ...before, revoked_at: view.at, revoked_by: actor, version: before.version + 1n };
      return record('access/key-revoked.v1', row);
    },
  },
};

export const ACCESS_FACTS = ['access/key-created.v1', 'access/key-revoked.v1'] as const;

const keySpace = (keyId: string): string => `key:${keyId}`;

/** What the caller asked for: the same id with anything else is a conflict. */
function contentOf({ role, merchant, account, label, expiresAt }: CreateKeyCommand): string {
  return JSON.stringify({ role, merchant, account, label, expires_at: expiresAt?.toString() ?? null });
}

function record(type: (typeof ACCESS_FACTS)[number], row: KeyRow, keyed?: Keyed): Decided {
  const answer = JSON.stringify(keyView(row));
  const changes = [{ table: apiKeys, row }];
  const fact = rowFact({ type, subject: row.key_id, changes, keyed: keyed && { ...keyed, answer } });
  return { answer, code: null, facts: [fact], changes };
}
