/** The identity provider whose tokens are let in beside keys; without an issuer there is none. */
import { roles, type Role } from '../access/caller.ts';
import { rolesByName, type OidcSettings } from '../http/oidc.ts';
import { senseless } from './config-error.ts';
import { readWebAddress } from './funding-config.ts';

/** Every variable of it. */
export const oidcEnvironment = {
  PURSER_OIDC_ISSUER: '',
  PURSER_OIDC_AUDIENCE: '',
  PURSER_OIDC_ROLE_CLAIM: 'purser_role',
  PURSER_OIDC_MERCHANT_CLAIM: 'purser_merchant',
  PURSER_OIDC_ROLES: '',
} as const;

/** Throws ConfigError. */
export function readOidc(read: (name: keyof typeof oidcEnvironment) => string): OidcSettings | undefined {
  const issuer = read('PURSER_OIDC_ISSUER');
  const mapped = readRoles(read('PURSER_OIDC_ROLES'));
  const [roleClaim, merchantClaim] = (['PURSER_OIDC_ROLE_CLAIM', 'PURSER_OIDC_MERCHANT_CLAIM'] as const).map((name) => {
    if (read(name) === '') throw senseless(name, 'must name a claim');
    return read(name);
  });
  if (readWebAddress('PURSER_OIDC_ISSUER', issuer) === undefined) return undefined;
  const audience = read('PURSER_OIDC_AUDIENCE');
  // Whatever the issuer signs, for whichever program: without an audience all of it would open this server.
  if (audience === '') throw senseless('PURSER_OIDC_AUDIENCE', 'must be set together with PURSER_OIDC_ISSUER');
  return { issuer, audience, roleClaim: roleClaim!, merchantClaim: merchantClaim!, roles: mapped };
}

/** `value=role,…`; nothing: each role by its own name. */
function readRoles(text: string): ReadonlyMap<string, Role> {
  if (text === '') return rolesByName;
  return new Map(
    text.split(',').map((pair) => {
      const at = pair.lastIndexOf('=');
      const role = roles.find((name) => name === pair.slice(at + 1));
      if (at > 0 && role !== undefined) return [pair.slice(0, at), role];
      throw senseless('PURSER_OIDC_ROLES', `must be VALUE=ROLE with commas between, roles ${roles.join(', ')}`);
    }),
  );
}
