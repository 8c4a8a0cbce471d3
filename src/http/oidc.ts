/**
 * Callers who come with a token of the operator's identity provider (OpenID Connect) instead of a key. The token is a JWT that
 * the issuer signed for this audience; its claims say who calls, in which role, and for which merchant. Nobody becomes the
 * control plane that way (S-11).
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import * as z from 'zod';
import { roles, type Caller, type Role } from '../access/caller.ts';
import { mayBeConfined } from '../access/permissions.ts';
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import { StoreUnavailable } from '../store/store.ts';

export interface OidcSettings {
  /** As it stands in tokens, to the letter; its configuration is at `<issuer>/.well-known/openid-configuration`. */
  readonly issuer: string;
  readonly audience: string;
  /** The claims with the role and with the merchant; a dot leads into an object: `realm_access.roles`. */
  readonly roleClaim: string;
  readonly merchantClaim: string;
  /** Roles by what the claim says; what is not in it means nothing. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** The caller of a good token; undefined: it is none. Rejects with StoreUnavailable while the issuer's keys cannot be had. */
export type TokenVerifier = (token: string) => Promise<Caller | undefined>;

/** Signatures that only the issuer can make: with a shared secret everybody who can check could sign. */
const ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

/** Says that a token may act for every merchant: without it a role that can be confined has to name one. */
const EVERY_MERCHANT = '*';

/** Three parts with dots between: no key looks like that. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export const isToken = (text: string): boolean => TOKEN.test(text);

/** Every role by its own name: what holds when nothing else is configured. */
export const rolesByName: ReadonlyMap<string, Role> = new Map(roles.map((role) => [role, role]));

export function oidcVerifier(settings: OidcSettings, uptimeMs: () => number): TokenVerifier {
  const { issuer, audience } = settings;
  const keys = new IssuerKeys(issuer, uptimeMs);
  const rules = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: limits.oidcClockSkewMs / 1_000,
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys.find, rules);
      return callerOf(payload, settings);
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
}

/** Who the claims say it is. Exactly one role must come of them, and a merchant where there can be one. */
function callerOf(payload: JWTPayload, settings: OidcSettings): Caller | undefined {
  const said = textsOf(claim(payload, settings.roleClaim)).flatMap((text) => settings.roles.get(text) ?? []);
  const [role, ...others] = new Set(said);
  const merchant = claim(payload, settings.merchantClaim);
  const { sub = '' } = payload;
  if (role === undefined || others.length > 0 || !isId(sub)) return undefined;
  const caller = { keyId: `oidc:${sub}`, role, account: null, controlPlane: false };
  if (!mayBeConfined(role)) return merchant === undefined ? { ...caller, merchant: null } : undefined;
  if (merchant === EVERY_MERCHANT) return { ...caller, merchant: null };
  return isMerchant(merchant) ? { ...caller, merchant } : undefined;
}

/** It names somebody in facts, logs and accounts. */
const isId = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z0-9:._@|-]{1,128}$/.test(text);

/** As merchants are called everywhere: with another character there is no such merchant, and it would part what names join with it. */
const isMerchant = (text: unknown): text is string => isId(text) && !/[@|]/.test(text);

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');

/** A claim by its name, or, where there is none of that name, by the way to it. */
function claim(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined),
      payload,
    );
}

const configuration = z.object({ issuer: z.string(), jwks_uri: z.url() });

type FindKey = ReturnType<typeof createRemoteJWKSet>;

/** The issuer's public keys, fetched when they are needed, and again when a token names one that is new. */
class IssuerKeys {
  readonly #issuer: string;
  readonly #uptimeMs: () => number;
  #found: Promise<FindKey> | undefined;
  #notBeforeMs = -Infinity;

  constructor(issuer: string, uptimeMs: () => number) {
    this.#issuer = issuer;
    this.#uptimeMs = uptimeMs;
  }

  readonly find = async (...token: Parameters<FindKey>): Promise<Awaited<ReturnType<FindKey>>> => {
    try {
      const find = await this.#keys();
      return await find(...token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new StoreUnavailable('the keys of the identity provider cannot be had', { cause: error });
    }
  };

  async #keys(): Promise<FindKey> {
    if (this.#uptimeMs() < this.#notBeforeMs) throw new Error('it could not be reached a moment ago');
    this.#found ??= this.#discover();
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      this.#notBeforeMs = this.#uptimeMs() + limits.oidcPauseMs;
      throw error;
    }
  }

  async #discover(): Promise<FindKey> {
    const address = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const signal = AbortSignal.timeout(limits.oidcAnswerMs);
    const response = await fetch(address, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (response.status !== 200) throw new Error(`${address} answers ${response.status}`);
    const { issuer, jwks_uri: uri } = configuration.parse(await response.json());
    const url = new URL(uri);
    if (issuer !== this.#issuer) throw new Error(`${address} is the configuration of ${issuer}`);
    // Keys that came over an open line are nobody's; on the issuer's own one they are as good as its configuration.
    if (url.protocol !== 'https:' && url.origin !== new URL(this.#issuer).origin)
      throw new Error('the keys must be at an address with https');
    return createRemoteJWKSet(url, { timeoutDuration: limits.oidcAnswerMs });
  }
}

/** The issuer's keys are there, and none of them is the token's. */
const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;
