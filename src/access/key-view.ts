/** A key as its owner and its server see it: what the API shows of it, who calls with it, whether it still opens anything. */
import { instantAt, timeOf, timeOrNull } from '../base/time.ts';
import type { Caller } from './caller.ts';
import type { KeyRole, KeyRow } from './tables.ts';

/** A key without its secret or the hash of it; times in RFC 3339 UTC. */
export interface KeyView {
  readonly key_id: string;
  readonly role: KeyRole;
  readonly merchant: string | null;
  readonly account: string | null;
  readonly label: string | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
}

export function keyView(row: KeyRow): KeyView {
  return {
    key_id: row.key_id,
    role: row.role,
    merchant: row.merchant,
    account: row.account,
    label: row.label,
    created_at: timeOf(row.created_at),
    created_by: row.created_by,
    expires_at: timeOrNull(row.expires_at),
    revoked_at: timeOrNull(row.revoked_at),
    revoked_by: row.revoked_by,
  };
}

/** Neither revoked nor expired. */
export function isLive({ revoked_at: revokedAt, expires_at: expiresAt }: KeyRow, nowMs: number): boolean {
  return revokedAt === null && (expiresAt === null || instantAt(nowMs) < expiresAt);
}

export function callerOf({ key_id: keyId, role, merchant, account }: KeyRow): Caller {
  const controlPlane = role === 'control-plane';
  return { keyId, role: controlPlane ? 'operator' : role, merchant, account, controlPlane };
}
