/**
 * The ledger's calls against a model that is too simple to be wrong: random interleavings of what transfers send, with
 * repeats, races and restarts. Every answer must be the model's, and when all transfers have ended every invariant holds.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import { LedgerAudit } from '../../src/payments/invariants.ts';
import type { Store } from '../../src/store/store.ts';
import { openRail, policy, type Place } from '../rig/store-place.ts';

const accounts = policy.balances;

interface Transfer {
  readonly txId: string;
  readonly src: string;
  readonly dst: string;
  readonly amount: bigint;
}

type Call = 'debit' | 'credit' | 'rollback';

/** P-21..P-23 in the words of the specification, over plain maps. */
class Model {
  readonly balances = new Map(accounts.map((id) => [id, 10_000n]));
  readonly #rows = new Map<string, Partial<Record<Call, bigint | null>>>();

  has(txId: string, call: Call): boolean {
    return this.#rows.get(txId)?.[call] !== undefined;
  }

  answer(call: Call, { txId, src, dst, amount }: Transfer): string {
    const rows = this.#rows.get(txId) ?? {};
    this.#rows.set(txId, rows);
    const enter = (account: string, change: bigint): string => {
      const balance = this.balances.get(account)! + change;
      this.balances.set(account, balance);
      rows[call] = balance;
      return recorded(balance);
    };
    if (call === 'rollback') {
      if (rows.rollback !== undefined) return recorded(rows.rollback);
      if (rows.credit !== undefined) return refused('already_credited');
      if (rows.debit !== undefined) return enter(src, amount);
      rows.rollback = null;
      return recorded(null);
    }
    if (rows.rollback !== undefined) return refused('rolled_back');
    if (call === 'credit') return rows.credit === undefined ? enter(dst, amount) : recorded(rows.credit);
    if (rows.debit !== undefined) return refused('duplicate_tx');
    return this.balances.get(src)! < amount ? refused('insufficient_funds') : enter(src, -amount);
  }
}

const refused = (error: string): string => `{"ok":false,"error":"${error}"}`;
const recorded = (balance: bigint | null): string =>
  balance === null ? '{"ok":true}' : `{"ok":true,"balance":${balance}}`;

function commandOf(call: Call, { txId, src, dst, amount }: Transfer): PaymentCommand {
  if (call === 'rollback') return { type: 'rollback', txId, accounts };
  return { type: call, account: call === 'debit' ? src : dst, amount, txId };
}

/** A transfer sends CREDIT only once its DEBIT was answered; everything else it may send at any time, and again. */
function mayCall(call: Call, { txId }: Transfer, model: Model): boolean {
  return call !== 'credit' || model.has(txId, 'debit') || model.has(txId, 'rollback');
}

const account = fc.constantFrom(...accounts);

const transfers = fc
  .array(fc.record({ src: account, dst: account, amount: fc.bigInt(1n, 6_000n), ownForm: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) =>
    list
      .filter(({ src, dst }) => src !== dst)
      .map(({ ownForm, ...rest }, i): Transfer => ({ ...rest, txId: ownForm ? `tx-000000000${i}` : `transfer ${i}` })),
  );

/** Calls that are sent at once, or a restart. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.array(fc.tuple(fc.nat(), fc.constantFrom<Call>('debit', 'debit', 'credit', 'credit', 'rollback')), {
      minLength: 1,
      maxLength: 12,
    }),
  },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

async function send(store: Store, model: Model, calls: readonly (readonly [Call, Transfer])[]): Promise<void> {
  const sent: Promise<{ readonly answer: string }>[] = [];
  const expected: string[] = [];
  for (const [call, transfer] of calls) {
    if (!mayCall(call, transfer, model)) continue;
    sent.push(store.submit(commandOf(call, transfer)));
    expected.push(model.answer(call, transfer));
  }
  const answers = await Promise.all(sent);
  assert.deepEqual(
    answers.map(({ answer }) => answer),
    expected,
  );
}

/** What a resumed saga does at last: a debit without an end goes forward, or back. */
function endings(list: readonly Transfer[], model: Model, forward: boolean): [Call, Transfer][] {
  return list
    .filter(({ txId }) => model.has(txId, 'debit') && !model.has(txId, 'credit') && !model.has(txId, 'rollback'))
    .map((transfer, i) => [(i % 2 === 0) === forward ? 'credit' : 'rollback', transfer]);
}

async function assertSound(store: Store, model: Model): Promise<void> {
  const balances = new Map((await store.balances()).map(({ id, balance }) => [id, balance]));
  assert.deepEqual(balances, model.balances);
  const audit = new LedgerAudit(new Map(accounts.map((id) => [id, 10_000n])));
  for (const row of await store.log({ after: 0n, limit: 100_000 })) audit.add(row);
  assert.deepEqual(audit.end(balances), []);
}

export function ledgerContract(name: string, createPlace: () => Place): void {
  suite(`${name}: ledger calls in any order`, () => {
    test('I1-I7: answers are those of the model, restarts change nothing, and ended transfers leave a sound ledger', async (t) => {
      const seed = 2_026;
      t.diagnostic(`fast-check seed ${seed}`);
      const property = fc.asyncProperty(
        transfers,
        fc.array(step, { maxLength: 12 }),
        fc.boolean(),
        async (list, steps, forward) => {
          const place = createPlace();
          const model = new Model();
          let store = await openRail(place);
          try {
            for (const calls of steps) {
              if (calls === 'restart') {
                await store.close();
                store = await openRail(place);
              } else if (list.length > 0) {
                await send(
                  store,
                  model,
                  calls.map(([i, call]) => [call, list[i % list.length]!] as const),
                );
              }
            }
            await send(store, model, endings(list, model, forward));
            await assertSound(store, model);
          } finally {
            await store.close();
          }
        },
      );
      await fc.assert(property, { seed, numRuns: 25 });
    });
  });
}
