/** The settlement ledger on a real engine: nothing is reserved twice, one of two opposite moves wins, and every row follows from the facts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { MoveHoldCommand } from '../../src/flows/settlement.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import {
  holds,
  holdMoves,
  ledgerAccounts,
  ledgerEntries,
  movements,
  type MovementRow,
} from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { ACCOUNTS, holdOf, moves, newHolds, receiptOf, topUps } from '../rig/settlement-commands.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';

const [payer, , payee] = ACCOUNTS as [string, string, string] & typeof ACCOUNTS;

const applied = (row: MovementRow): PaymentCommand => ({
  type: 'apply-movement',
  movementKey: row.movement_key,
  src: row.src,
  dst: row.dst,
  inflowTx: row.inflow_tx,
  attempt: row.refusals + 1n,
});

const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve'];

async function open(place: Place): Promise<Store> {
  const store = await place.open({ decisions: createDecisions({ ...policy, balances, mapping: defaultMapping }) });
  await store.submit({ type: 'open-balances', names: balances, amount: 10_000n });
  return store;
}

async function balanceOf(store: Store, accountId: string): Promise<[available: bigint, held: bigint]> {
  const [row] = await store.rows({
    table: ledgerAccounts,
    where: { account_id: accountId },
    by: 'account_id',
    limit: 1,
  });
  return [row?.available ?? 0n, row?.held ?? 0n];
}

async function assertVerified(place: Place): Promise<void> {
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const holdNumber = (i: number, amount: bigint): PaymentCommand =>
  holdOf({ holdId: `h${i}`, orderId: `o${i}`, payer, payee }, amount);

const moveOf = (holdId: string, to: MoveHoldCommand['to']): PaymentCommand => ({
  type: 'move-hold',
  holdId,
  payer,
  payee,
  to,
  reason: null,
  actor: null,
});

export function settlementContract(name: string, createPlace: () => Place): void {
  suite(`${name}: settlement`, () => {
    test('S-23 a thousand holds at once reserve exactly what is there', async () => {
      const place = createPlace();
      const store = await open(place);
      await store.submit(receiptOf('r', ACCOUNTS[0]!, 3_333n));
      const outcomes = await submitAll(
        store,
        Array.from({ length: 1_000 }, (_, i) => holdNumber(i, 10n)),
      );
      assert.equal(outcomes.filter(({ code }) => code === null).length, 333);
      assert.equal(outcomes.filter(({ code }) => code === 'insufficient_funds').length, 667);
      assert.deepEqual(await balanceOf(store, payer), [3n, 3_330n]);
      await store.close();
      await assertVerified(place);
    });

    for (const [one, other] of [
      ['released', 'refunded'],
      ['frozen', 'released'],
      ['voided', 'released'],
    ] as const) {
      test(`S-20 of ${one} and ${other} at once one wins, and the other hears from where it could not go`, async () => {
        const store = await open(createPlace());
        await store.submit(receiptOf('r', ACCOUNTS[0]!, 100n));
        await store.submit(holdNumber(1, 100n));
        const outcomes = await submitAll(store, [moveOf('h1', one), moveOf('h1', other), moveOf('h1', one)]);
        const [hold] = await store.rows({ table: holds, by: 'created_at', limit: 1 });
        const both = one === 'frozen';
        assert.equal(hold?.state, both ? other : one);
        assert.deepEqual(
          outcomes.map(({ code, replayed }) => code ?? (replayed ? 'replayed' : 'done')),
          both ? ['done', 'done', 'invalid_transition'] : ['done', 'invalid_transition', 'replayed'],
        );
        const history = await store.rows({ table: holdMoves, where: { hold_id: 'h1' }, by: 'at', limit: 10 });
        assert.deepEqual(
          history.map(({ state }) => state),
          both ? ['active', one, other] : ['active', one],
        );
        await store.close();
      });
    }

    test('S-04, S-05 random commands in crowds: conserved, the same after opening again, verified, rebuilt from the facts', async () => {
      const place = createPlace();
      const commands = fc.sample(fc.oneof(topUps, newHolds, moves), { seed: 7, numRuns: 400 });
      let store = await open(place);
      for (let at = 0; at < commands.length; at += 40) await submitAll(store, commands.slice(at, at + 40));
      const rows = await store.rows({ table: ledgerAccounts, by: 'account_id', limit: 100 });
      const entries = await store.rows({ table: ledgerEntries, by: 'at', limit: 1_000 });
      assert.ok(rows.length >= 3 && entries.length >= 10);
      for (const { account_id: accountId, available, held } of rows) {
        const own = entries.filter(({ account_id: id }) => id === accountId);
        assert.deepEqual([own.at(-1)?.available_after, own.at(-1)?.held_after], [available, held]);
        assert.equal(
          own.reduce((sum, entry) => sum + entry.available_change + entry.held_change, 0n),
          available + held,
        );
      }
      const pending = await store.rows({ table: movements, where: { state: 'pending' }, by: 'created_at', limit: 100 });
      assert.ok(pending.length > 0);
      await submitAll(store, pending.map(applied));
      await store.close();
      await assertVerified(place);
      await place.rebuild();
      await assertVerified(place);
      store = await open(place);
      assert.deepEqual(await store.rows({ table: ledgerAccounts, by: 'account_id', limit: 100 }), rows);
      assert.deepEqual(await store.rows({ table: ledgerEntries, by: 'at', limit: 1_000 }), entries);
      await store.close();
    });
  });
}
