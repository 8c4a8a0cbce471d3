/** Who calls over HTTP: a role, and what it is confined to. */

export const roles = ['operator', 'payments', 'buyer', 'provider', 'planner', 'finance', 'auditor', 'service'] as const;
export type Role = (typeof roles)[number];

/** A caller whose key was found good. */
export interface Caller {
  /** Names the key in facts and logs; the key itself is nowhere. */
  readonly keyId: string;
  readonly role: Role;
  /** Confined to this merchant (an organisation's id); null: to none in particular. */
  readonly merchant: string | null;
  /** Confined to this account of the settlement ledger; null: to none in particular. */
  readonly account: string | null;
  /** Came with the control-plane token, which alone may top up (S-11). */
  readonly controlPlane: boolean;
}
