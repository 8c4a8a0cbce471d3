/**
 * Who may do what: one line per permission, all of them here. The operator may do everything, except what takes the
 * control-plane token itself (S-11). A role that has no line here for something may not do it.
 */
import type { Caller, Role } from './caller.ts';
import { roles } from './caller.ts';

/** `control-plane`: the token of a server's data directory, which no role of a key replaces. */
type Grantee = Role | 'control-plane';

interface Grant {
  /** May do it to whatever their key is not kept from: one confined to a merchant or an account reaches only that one's. */
  readonly all: readonly Grantee[];
  /** May do it only to what the account or merchant of their key is a party of; a key without either reaches nothing. */
  readonly own?: readonly Role[];
  /** Concerns no merchant, or all of them at once: a confined key may not, whatever its role (B-27). */
  readonly unconfined?: true;
}

const grant = <T extends Readonly<Record<`${string}:${string}`, Grant>>>(table: T): T => table;

// prettier-ignore
const grants = grant({
  'transfers:create':    { all: ['operator', 'payments'], unconfined: true },
  'transfers:read':      { all: ['operator', 'payments', 'finance', 'auditor', 'service'], unconfined: true },
  'balances:read':       { all: ['operator', 'payments', 'finance', 'auditor', 'service'], unconfined: true },
  'stats:read':          { all: ['operator', 'payments', 'finance', 'auditor', 'service'], unconfined: true },
  'compensations:read':  { all: ['operator', 'payments', 'finance', 'auditor', 'service'], unconfined: true },
  'movements:read':      { all: ['operator', 'payments', 'finance', 'auditor', 'service'], unconfined: true },
  'facts:read':          { all: ['operator', 'auditor'], unconfined: true },
  'metrics:read':        { all: ['operator', 'auditor'], unconfined: true },

  'top-ups:create':      { all: ['control-plane'], unconfined: true },
  'top-ups:read':        { all: ['operator', 'finance', 'auditor', 'service'] },
  'accounts:read':       { all: ['operator', 'finance', 'auditor', 'service'], own: ['buyer', 'provider', 'planner'] },
  'holds:create':        { all: ['operator', 'service'] },
  'holds:move':          { all: ['operator'] },
  'holds:read':          { all: ['operator', 'buyer', 'provider', 'finance', 'auditor', 'service'] },
  'orgs:manage':         { all: ['operator'], unconfined: true },
  'orgs:read':           { all: ['operator', 'finance', 'auditor', 'service'], own: ['buyer', 'planner'] },

  // A buyer's or provider's key that is confined to nothing is a module that acts for all of them (J6).
  'offers:publish':      { all: ['operator', 'provider'] },
  'offers:read':         { all: roles },
  'orders:create':       { all: ['operator', 'buyer', 'service'] },
  'orders:read':         { all: ['operator', 'buyer', 'provider', 'auditor', 'service'] },
  'executions:provide':  { all: ['operator', 'provider'] },
  'executions:accept':   { all: ['operator', 'buyer'] },
  'disputes:open':       { all: ['operator', 'buyer'] },
  'disputes:resolve':    { all: ['operator'] },

  'budgets:read':        { all: ['operator', 'buyer', 'planner', 'finance', 'auditor', 'service'] },
  'budgets:plan':        { all: ['operator', 'planner'] },
  'policies:manage':     { all: ['operator', 'planner', 'finance'] },
  'periods:close':       { all: ['operator', 'planner', 'finance'] },

  'gate:ask':            { all: ['operator', 'buyer', 'planner', 'service'] },
  'decisions:report':    { all: ['operator', 'buyer', 'planner', 'finance', 'service'] },
  'decisions:read':      { all: ['operator', 'buyer', 'planner', 'finance', 'auditor', 'service'] },
  'releases:ask':        { all: ['operator', 'buyer', 'planner', 'service'] },
  'releases:decide':     { all: ['operator', 'planner', 'finance'] },
  'invoices:read':       { all: ['operator', 'planner', 'finance', 'auditor', 'service'] },

  'actuals:record':      { all: ['operator', 'finance', 'service'] },
  'actuals:read':        { all: ['operator', 'planner', 'finance', 'auditor', 'service'] },
  'reconciliations:run': { all: ['operator', 'finance'] },
  'reconciliations:read':{ all: ['operator', 'planner', 'finance', 'auditor', 'service'] },
  'exports:make':        { all: ['operator', 'finance'] },
  'exports:read':        { all: ['operator', 'finance', 'auditor'] },
  'evidence:read':       { all: ['operator', 'buyer', 'planner', 'finance', 'auditor', 'service'] },

  'keys:manage':         { all: ['operator'], unconfined: true },
});

export type Permission = keyof typeof grants;

export const permissions: readonly Permission[] = Object.keys(grants).filter(isPermission);

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(grants, name);
}

/** Roles whose keys cannot be confined: what they may do concerns everybody, and some of it would lift the confinement. */
const neverConfined: ReadonlySet<string> = new Set<Grantee>(['operator', 'payments', 'control-plane']);

export const mayBeConfined = (role: Grantee): boolean => !neverConfined.has(role);

/** May this caller do it at all? To what, is for `scope.ts` to say. */
export function allows(caller: Caller, permission: Permission): boolean {
  const { own = [], unconfined }: Grant = grants[permission];
  if (unconfined === true && (caller.merchant !== null || caller.account !== null)) return false;
  return reachesAll(caller, permission) || own.includes(caller.role);
}

/** Is the caller's role one that is kept to its own only by the confinement of its key? */
export function reachesAll({ role, controlPlane }: Caller, permission: Permission): boolean {
  const { all }: Grant = grants[permission];
  return all.includes(role) || (controlPlane && all.includes('control-plane'));
}
