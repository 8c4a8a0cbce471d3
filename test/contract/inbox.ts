/** The inbox of the funding gateways on a real engine (S-13): credited once however many credit, and every row from the facts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { creditInbox } from '../../src/background/inbox-credits.ts';
import { createDecisions } from '../../src/flows/commands.ts';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { fundingFeeds, fundingInbox, fundingTables, standingRules } from '../../src/settlement/funding-tables.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { ledgerAccounts } from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { credit, fewTopUps, fundingCommands, keys, receive, ruleOf, signed } from '../rig/funding-commands.ts';
import { receiptOf } from '../rig/settlement-commands.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';

const ACME = 'account:org:acme' as AccountId;

const open = (place: Place): Promise<Store> =>
  place.open({ decisions: createDecisions({ ...policy, mapping: defaultMapping, fundingKeys: keys }) });

const receipt = (id: string, amount: bigint) => signed(receiptOf(id, ACME, amount).receipt);

async function balance(store: Store): Promise<bigint> {
  const [row] = await store.rows({ table: ledgerAccounts, where: { account_id: ACME }, by: 'account_id', limit: 1 });
  return row?.available ?? 0n;
}

async function assertVerified(place: Place): Promise<void> {
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const rowsOf = (store: Store) =>
  Promise.all([
    store.rows({ table: fundingInbox, by: 'received_at', limit: 1_000 }),
    store.rows({ table: standingRules, by: 'created_at', limit: 10 }),
    store.rows({ table: fundingFeeds, by: 'feed', limit: 10 }),
  ]);

export function inboxContract(name: string, createPlace: () => Place): void {
  suite(`${name}: the funding inbox`, () => {
    test('S-13 a rule credits what it allows, once, whoever else credits at the same time; also more than one page', async () => {
      const place = createPlace();
      const store = await open(place);
      const receipts = Array.from({ length: 300 }, (_, i) => receipt(`r${i}`, BigInt((i % 3) + 1)));
      await submitAll(
        store,
        receipts.map((each) => receive(each)),
      );
      assert.equal(await creditInbox(store), 0);
      await store.submit(ruleOf(2n));
      const direct = receipts.slice(0, 50).map((each) => store.submit({ type: 'apply-top-up', receipt: each }));
      const byHand = receipts.slice(25, 75).map((each) => store.submit(credit(each)));
      await Promise.all([creditInbox(store), creditInbox(store), ...direct, ...byHand]);
      await creditInbox(store);
      // Those of 3 that nobody credited by hand are above the limit.
      const waiting = await store.rows({
        table: fundingInbox,
        where: { state: 'waiting' },
        by: 'received_at',
        limit: 999,
      });
      const unlimited = receipts.filter(({ amount }, i) => amount === 3n && i >= 75);
      const direct3 = receipts.filter(({ amount }, i) => amount === 3n && i < 25);
      assert.equal(waiting.length, unlimited.length + direct3.length);
      const credited = receipts.reduce((sum, { amount }) => sum + amount, 0n) - 3n * BigInt(unlimited.length);
      assert.equal(await balance(store), credited);
      assert.equal(await creditInbox(store), 0);
      await store.close();
      await assertVerified(place);
    });

    test('S-04 random commands: verified, and rebuilt from the facts as they were', async () => {
      const place = createPlace();
      let store = await open(place);
      const commands = fc.sample(fc.oneof(...Object.values(fundingCommands), fewTopUps), { seed: 5, numRuns: 400 });
      for (let at = 0; at < commands.length; at += 40) await submitAll(store, commands.slice(at, at + 40));
      const [wrong, right, waits] = [receipt('g', 1n), receipt('g', 2n), receipt('w', 1_000_000n)];
      await submitAll(store, [receive(wrong), { type: 'apply-top-up', receipt: right }, credit(wrong), receive(waits)]);
      const before = await rowsOf(store);
      assert.ok(before.every((rows) => rows.length > 0));
      const states = new Set(before[0].map(({ state }) => state));
      assert.deepEqual([...states].toSorted(), ['credited', 'refused', 'waiting']);
      await store.close();
      await assertVerified(place);
      await place.rebuild();
      await assertVerified(place);
      store = await open(place);
      assert.deepEqual(await rowsOf(store), before);
      await store.close();
    });

    test('every table is compared', async () => {
      const place = createPlace();
      const store = await open(place);
      await store.submit(receive(receipt('r', 1n)));
      await store.close();
      const names = (await place.verify()).checks.map(({ name: each }) => each);
      for (const table of fundingTables) assert.ok(names.includes(table.name), table.name);
    });
  });
}
