/**
 * From a request's headers to its caller. Keys are rows that all servers on a database share; each server remembers for a
 * moment what it has looked up, so a key that is revoked elsewhere stops within that moment, and one revoked here at once.
 */
import { hash } from 'node:crypto';
import { isSecretOf, parseKey, type PresentedKey } from '../access/api-key.ts';
import type { Caller } from '../access/caller.ts';
import { callerOf, isLive } from '../access/key-view.ts';
import { apiKeys, type KeyRow } from '../access/tables.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { isToken, type TokenVerifier } from './oidc.ts';

/** What a request says about its sender. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly apiKey?: string | undefined;
  /** The address that the connection comes from. */
  readonly peer: string;
}

/** A row as it was when the look-up began. */
interface Known {
  readonly row: KeyRow;
  readonly sinceMs: number;
}

export class Authenticator {
  readonly #store: Pick<Store, 'rows'>;
  readonly #clock: Clock;
  readonly #tokens: TokenVerifier | undefined;
  /** Hashes of tokens that were good, the latest last. */
  readonly #goodTokens = new Set<string>();
  readonly #failures = new FailedAttempts();
  readonly #known = new Map<string, Known>();
  /** Look-ups under way: a crowd with one key asks once. */
  readonly #looking = new Map<string, Promise<KeyRow | undefined>>();
  /** Revoked through this server, for ever; a look-up that began before must not bring them back. */
  readonly #revoked = new Set<string>();

  /** `tokens` says who comes with a token of the identity provider; without it such tokens are none. */
  constructor(store: Pick<Store, 'rows'>, clock: Clock, tokens?: TokenVerifier) {
    this.#store = store;
    this.#clock = clock;
    this.#tokens = tokens;
  }

  /**
   * The caller; undefined when there is no key, or none that is good (401); `limited` after too many bad ones (429). Rejects
   * with StoreUnavailable while keys cannot be looked up: nobody is let in on what may have changed.
   */
  async authenticate({ authorization: lines, apiKey, peer }: Credentials): Promise<Caller | undefined | 'limited'> {
    const authorization = withoutTokens(lines);
    const token = this.#tokens === undefined ? undefined : presentedToken(authorization, apiKey);
    if (this.#tokens !== undefined && token !== undefined) return this.#admitToken(this.#tokens, token, peer);
    const presented = presentedKey(authorization, apiKey);
    if (presented === 'none') return undefined;
    if (presented === 'senseless') return this.#failed(peer);
    return this.#admit(presented, peer);
  }

  /** From now on this server lets nobody in with the key, whatever it remembers. */
  revoked(keyId: string): void {
    this.#revoked.add(keyId);
    this.#known.delete(keyId);
  }

  async #admit({ keyId, secret }: PresentedKey, peer: string): Promise<Caller | undefined | 'limited'> {
    // A row that the secret was compared with already; a hash per request is enough.
    let genuine: KeyRow | undefined;
    const isTrusted = (): boolean => {
      const known = this.#known.get(keyId)?.row;
      genuine = known !== undefined && isSecretOf(secret, known.hash) ? known : undefined;
      return genuine !== undefined;
    };
    const look = async (): Promise<Caller | undefined> => {
      const row = await this.#find(keyId);
      if (row === undefined || (row !== genuine && !isSecretOf(secret, row.hash))) return undefined;
      return this.#isGood(row) ? callerOf(row) : undefined;
    };
    return this.#let({ isTrusted, look, peer });
  }

  /** A token is looked at each time, because it runs out. */
  async #admitToken(verify: TokenVerifier, token: string, peer: string): Promise<Caller | undefined | 'limited'> {
    const seen = hash('sha256', token);
    const look = async (): Promise<Caller | undefined> => {
      const caller = await verify(token);
      this.#goodTokens.delete(seen);
      if (caller === undefined) return undefined;
      this.#goodTokens.add(seen);
      if (this.#goodTokens.size > limits.keyCacheEntriesMax)
        this.#goodTokens.delete(this.#goodTokens.values().next().value!);
      return caller;
    };
    return this.#let({ isTrusted: () => this.#goodTokens.has(seen), look, peer });
  }

  /** Who has shown something good here before is never held up by the failures of others. */
  async #let({
    isTrusted,
    look,
    peer,
  }: {
    readonly isTrusted: () => boolean;
    readonly look: () => Promise<Caller | undefined>;
    readonly peer: string;
  }): Promise<Caller | undefined | 'limited'> {
    if (!isTrusted()) return this.#failures.attempt(peer, this.#clock, look);
    return (await look()) ?? this.#failed(peer);
  }

  #isGood(row: KeyRow): boolean {
    return !this.#revoked.has(row.key_id) && isLive(row, this.#clock.nowMs());
  }

  #take(peer: string): boolean {
    return this.#failures.take(peer, this.#clock.uptimeMs());
  }

  #failed(peer: string): undefined | 'limited' {
    return this.#take(peer) ? undefined : 'limited';
  }

  async #find(keyId: string): Promise<KeyRow | undefined> {
    const known = this.#known.get(keyId);
    if (known !== undefined && this.#clock.uptimeMs() - known.sinceMs < limits.keyCacheMs) return known.row;
    let looking = this.#looking.get(keyId);
    if (looking === undefined) {
      looking = this.#lookUp(keyId).finally(() => this.#looking.delete(keyId));
      this.#looking.set(keyId, looking);
    }
    return looking;
  }

  async #lookUp(keyId: string): Promise<KeyRow | undefined> {
    const sinceMs = this.#clock.uptimeMs();
    const row = await findRow(this.#store, apiKeys, 'key_id', keyId);
    this.#known.delete(keyId);
    // An id that no key has is not remembered: whoever makes up ids must not fill the memory.
    if (row === undefined) return undefined;
    this.#known.set(keyId, { row, sinceMs });
    if (this.#known.size > limits.keyCacheEntriesMax) this.#known.delete(this.#known.keys().next().value!);
    return row;
  }
}

/** Several lines come joined. What a wallet added to pay by (L402, LSAT) is no key, and says nothing about one (L-02). */
function withoutTokens(lines: string | undefined): string | undefined {
  if (lines?.includes(',') !== true) return lines;
  return lines.split(/, *(?=(?:bearer|l402|lsat) )/i).find((line) => /^bearer /i.test(line));
}

/** A token of the identity provider, which comes in no other way and with nothing beside it. */
function presentedToken(authorization: string | undefined, apiKey: string | undefined): string | undefined {
  const [, token = ''] = /^bearer +(.*)$/i.exec(authorization ?? '') ?? [];
  return apiKey === undefined && isToken(token.trim()) ? token.trim() : undefined;
}

/** `none`: no key at all. An Authorization of another scheme (L402, for one) is no key and says nothing about one. */
function presentedKey(
  authorization: string | undefined,
  apiKey: string | undefined,
): PresentedKey | 'none' | 'senseless' {
  const bearer = /^bearer(?: +(.*))?$/i.exec(authorization ?? '');
  const offered = [...(bearer === null ? [] : [bearer[1] ?? '']), ...(apiKey === undefined ? [] : [apiKey])];
  const [first, second = first] = offered.map((text) => text.trim());
  if (first === undefined) return 'none';
  return first === second ? (parseKey(first) ?? 'senseless') : 'senseless';
}
