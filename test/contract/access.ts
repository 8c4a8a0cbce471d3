/**
 * Keys on an engine: who gets in on which server, what stops them, and that the table follows from the facts. Servers that
 * share a database are as many stores on one place; an engine of a single server shows the same with one store.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { apiKeys, type KeyRow } from '../../src/access/tables.ts';
import { limits } from '../../src/base/limits.ts';
import { createDecisions } from '../../src/flows/commands.ts';
import { Authenticator } from '../../src/http/authenticate.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { testKey } from '../rig/key-commands.ts';
import { policy, type Place } from '../rig/store-place.ts';

export interface AccessPlace extends Place {
  /** Runs SQL behind the servers' back. */
  tamper(sql: string): Promise<void>;
}

const failures = async (place: Place): Promise<string[]> =>
  (await place.verify()).checks.filter(({ ok }) => !ok).map(({ name }) => name);

interface Server {
  readonly store: Store;
  readonly door: Authenticator;
}

const open = (place: Place): Promise<Store> => place.open({ decisions: createDecisions(policy) });

/** A clock that only a test moves. */
class Stage {
  uptimeMs = 0;
  readonly #clock = { nowMs: () => Date.now(), uptimeMs: () => this.uptimeMs };

  serverOn(store: Store): Server {
    return { store, door: new Authenticator(store, this.#clock) };
  }
}

async function roleAt({ door }: Server, key: string): Promise<string | undefined> {
  const caller = await door.authenticate({ authorization: `Bearer ${key}`, peer: '127.0.0.1' });
  return caller === 'limited' ? caller : caller?.role;
}

const rowsOf = (store: Store): Promise<readonly KeyRow[]> =>
  store.rows({ table: apiKeys, by: 'created_at', limit: 1_000 });

const revoke = ({ store }: Server, keyId: string): Promise<Outcome> =>
  store.submit({ type: 'revoke-key', keyId, actor: 'server' });

export function accessContract(
  name: string,
  createPlace: () => AccessPlace,
  { isShared }: { readonly isShared: boolean },
): void {
  suite(`${name}: keys`, () => {
    /** Two servers, with stores of their own where the engine can be shared. */
    async function servers(
      stage: Stage,
      place: Place,
    ): Promise<{ one: Server; other: Server; close: () => Promise<void> }> {
      const store = await open(place);
      const second = isShared ? await open(place) : store;
      return {
        one: stage.serverOn(store),
        other: stage.serverOn(second),
        async close() {
          await store.close();
          if (second !== store) await second.close();
        },
      };
    }

    test('a key made on one server is good on another at once, as what it was made for', async () => {
      const { one, other, close } = await servers(new Stage(), createPlace());
      const { command, key } = testKey({ role: 'planner', merchant: 'acme' });
      assert.equal(await roleAt(other, key), undefined);
      await one.store.submit(command);
      assert.deepEqual([await roleAt(one, key), await roleAt(other, key)], ['planner', 'planner']);
      await close();
    });

    test('a crowd with a good key that a server has never seen is let in to the last; of wrong ones no more are looked up than may fail', async () => {
      const { one, other, close } = await servers(new Stage(), createPlace());
      const { command, key } = testKey();
      await one.store.submit(command);
      const crowd = (keyOf: () => string): Promise<(string | undefined)[]> =>
        Promise.all(Array.from({ length: 200 }, () => roleAt(other, keyOf())));
      assert.deepEqual(new Set(await crowd(() => key)), new Set(['buyer']));
      const strangers = await crowd(() => testKey().key);
      assert.equal(strangers.filter((found) => found === undefined).length, limits.keyFailuresPerPeerMax);
      assert.equal(strangers.filter((found) => found === 'limited').length, 200 - limits.keyFailuresPerPeerMax);
      assert.deepEqual(new Set(await crowd(() => key)), new Set(['buyer']));
      await close();
    });

    test('a revoked key stops at once where it was revoked, and everywhere within the named time', async () => {
      const stage = new Stage();
      const { one, other, close } = await servers(stage, createPlace());
      const { command, key } = testKey();
      await one.store.submit(command);
      assert.deepEqual([await roleAt(one, key), await roleAt(other, key)], ['buyer', 'buyer']);
      await revoke(one, command.keyId);
      one.door.revoked(command.keyId);
      assert.equal(await roleAt(one, key), undefined);
      stage.uptimeMs = limits.keyCacheMs;
      assert.equal(await roleAt(other, key), undefined);
      await close();
    });

    test('servers that make the same id at once agree on whose secret counts', async () => {
      const { one, other, close } = await servers(new Stage(), createPlace());
      const keyId = '00000000000000a1';
      const [mine, theirs] = [testKey({ keyId }), testKey({ keyId })];
      const [first, second] = await Promise.all([one.store.submit(mine.command), other.store.submit(theirs.command)]);
      assert.deepEqual([first.replayed, second.replayed].filter(Boolean), [true]);
      const [good, bad] = first.replayed ? [theirs, mine] : [mine, theirs];
      for (const server of [one, other])
        assert.deepEqual([await roleAt(server, good.key), await roleAt(server, bad.key)], ['buyer', undefined]);
      await close();
    });

    test('revoked by two at once: one fact, one answer', async () => {
      const { one, other, close } = await servers(new Stage(), createPlace());
      const { command } = testKey();
      await one.store.submit(command);
      const outcomes = await Promise.all([revoke(one, command.keyId), revoke(other, command.keyId)]);
      assert.equal(new Set(outcomes.map(({ answer }) => answer)).size, 1);
      assert.equal((await one.store.facts({ after: 0, limit: 100, type: 'access/key-revoked.v1' })).length, 1);
      await close();
    });

    test('the table is what the facts say, survives a restart, and is written anew from them', async () => {
      const place = createPlace();
      const store = await open(place);
      const label = 'nul sign \u2400 quote " backslash \\';
      // A digit that no double holds, and text that an engine might not hold as it is.
      const keys = [
        testKey({ label, expiresAt: 4_000_000_000_123_456_789n }),
        testKey({ role: 'control-plane' }),
        testKey(),
      ];
      for (const { command } of keys) await store.submit(command);
      await revoke({ store, door: new Stage().serverOn(store).door }, keys[2]!.command.keyId);
      const before = await rowsOf(store);
      assert.deepEqual(
        before.map((row) => [row.label, row.expires_at, row.version]),
        [
          [label, 4_000_000_000_123_456_789n, 1n],
          [null, null, 1n],
          [null, null, 2n],
        ],
      );
      await store.close();
      assert.deepEqual(await failures(place), []);
      await place.rebuild();
      const again = await open(place);
      assert.deepEqual(await rowsOf(again), before);
      await again.close();
      assert.deepEqual(await failures(place), []);
    });

    // prettier-ignore
    const damages: readonly [what: string, sql: string][] = [
      ['a revoked key that lives again',   `update api_keys set revoked_at = null where revoked_at is not null`],
      ['a key that was made an operator',  `update api_keys set role = 'operator' where role = 'buyer'`],
      ['another secret',                   `update api_keys set hash = replace(hash, 'a', 'b')`],
      ['a key that nobody made',           `insert into api_keys select 'ffffffffffffffff', role, merchant, account, label, hash, created_at + 1, expires_at, revoked_at, created_by, revoked_by, version from api_keys where revoked_at is null`],
      ['a key that is gone',               `delete from api_keys where revoked_at is null`],
    ];
    for (const [what, sql] of damages)
      test(`verification finds ${what}, and rebuilding mends it`, async () => {
        const place = createPlace();
        const store = await open(place);
        const [live, dead] = [testKey({ hash: 'ab'.repeat(32) }), testKey()];
        for (const { command } of [live, dead]) await store.submit(command);
        await revoke({ store, door: new Stage().serverOn(store).door }, dead.command.keyId);
        await store.close();
        await place.tamper(sql);
        assert.deepEqual(await failures(place), ['api_keys']);
        await place.rebuild();
        assert.deepEqual(await failures(place), []);
      });
  });
}
