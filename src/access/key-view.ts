/** A key as its owner and its server see it: what the API shows of it, who calls with it, whether it still opens anything. */
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

const NS_PER_MS = 1_000_000n;

const timeOf = (instant: bigint): string => new Date(Number(instant / NS_PER_MS)).toISOString();

export function keyView(row: KeyRow): KeyView {
  return {
    key_id: row.key_id,
    role: row.role,
    merchant: row.merchant,
    account: row.account,
    label: row.label,
    created_at: timeOf(row.created_at),
    created_by: row.created_by,
    expires_at: row.expires_at === null ? null : timeOf(row.expires_at),
    revoked_at: row.revoked_at === null ? null : timeOf(row.revoked_at),
    revoked_by: row.revoked_by,
  };
}

/** Neither revoked nor expired. */
export function isLive({ revoked_at: revokedAt, expires_at: expiresAt }: KeyRow, nowMs: number): boolean {
  return revokedAt === null && (expiresAt === null || BigInt(Math.floor(nowMs)) * NS_PER_MS < expiresAt);
}

export function callerOf({ key_id: keyId, role, merchant, account }: KeyRow): Caller {
  const controlPlane = role === 'control-plane';
  return { keyId, role: controlPlane ? 'operator' : role, merchant, account, controlPlane };
}
