/** API keys and control-plane tokens, as far as a server has to remember them: who they are, never what they are. */
import type { Table } from '../base/decision.ts';
import type { Role } from './caller.ts';

/** What a key may be made for; a `control-plane` key is the token in a server's data directory. */
export type KeyRole = Role | 'control-plane';

/** Instants are nanoseconds. */
export type KeyRow = Readonly<{
  key_id: string;
  role: KeyRole;
  merchant: string | null;
  account: string | null;
  label: string | null;
  /** SHA-256 of the secret, in hex. */
  hash: string;
  created_at: bigint;
  expires_at: bigint | null;
  revoked_at: bigint | null;
  /** The keys of those who did it, or `server`. */
  created_by: string;
  revoked_by: string | null;
  version: bigint;
}>;

export const apiKeys: Table<KeyRow> = {
  name: 'api_keys',
  key: ['key_id'],
  columns: [
    'key_id',
    'role',
    'merchant',
    'account',
    'label',
    'hash',
    'created_at',
    'expires_at',
    'revoked_at',
    'created_by',
    'revoked_by',
    'version',
  ],
  integers: ['created_at', 'expires_at', 'revoked_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};
