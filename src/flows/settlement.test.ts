/** The settlement ledger against a model too simple to be wrong: every answer, every balance, conservation after every fact. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ACCOUNTS, holdOf, moves, newHolds, receiptOf, topUps } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { COMMUNITY_POOL, type AccountId } from '../settlement/accounts.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import { holds, ledgerAccounts, movements } from '../settlement/tables.ts';
import type { CreateHoldCommand, MoveHoldCommand, TopUpCommand } from './settlement.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

type SettlementCommand = TopUpCommand | CreateHoldCommand | MoveHoldCommand;

interface ModelHold {
  readonly payer: string;
  readonly payee: string;
  readonly amount: bigint;
  state: string;
}

/** S-10, S-20, S-22 in the words of the specification, over plain maps. */
class Model {
  readonly available = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  readonly #receipts = new Map<string, string>();
  readonly #holds = new Map<string, ModelHold>();
  applied = 0n;

  code(command: SettlementCommand): string {
    if (command.type === 'apply-top-up') return this.#topUp(command);
    return command.type === 'create-hold' ? this.#create(command) : this.#move(command);
  }

  total(): bigint {
    return [...this.available.values(), ...this.held.values()].reduce((sum, amount) => sum + amount, 0n);
  }

  #topUp({ receipt }: TopUpCommand): string {
    const content = JSON.stringify(receipt, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    const known = this.#receipts.get(receipt.receiptId);
    if (known !== undefined) return known === content ? 'replayed' : 'receipt_conflict';
    this.#receipts.set(receipt.receiptId, content);
    this.#add(this.available, receipt.accountId, receipt.amount);
    if (receipt.fee !== null) this.#add(this.available, receipt.fee.accountId, receipt.fee.amount);
    this.applied += receipt.amount + (receipt.fee?.amount ?? 0n);
    return 'done';
  }

  #create({ holdId, payer, payee, amount }: CreateHoldCommand): string {
    const known = this.#holds.get(holdId);
    if (known !== undefined) return known.amount === amount ? 'replayed' : 'idempotency_conflict';
    if ((this.available.get(payer) ?? 0n) < amount) return 'insufficient_funds';
    this.#holds.set(holdId, { payer, payee, amount, state: 'active' });
    this.#add(this.available, payer, -amount);
    this.#add(this.held, payer, amount);
    return 'done';
  }

  #move({ holdId, to }: MoveHoldCommand): string {
    const hold = this.#holds.get(holdId);
    if (hold === undefined) return 'hold_not_found';
    if (hold.state === to) return 'replayed';
    const open = hold.state === 'active' || (hold.state === 'frozen' && (to === 'released' || to === 'refunded'));
    if (!open) return 'invalid_transition';
    hold.state = to;
    if (to === 'frozen') return 'done';
    this.#add(this.held, hold.payer, -hold.amount);
    this.#add(this.available, to === 'released' ? hold.payee : hold.payer, hold.amount);
    return 'done';
  }

  #add(balances: Map<string, bigint>, account: string, amount: bigint): void {
    balances.set(account, (balances.get(account) ?? 0n) + amount);
  }
}

const everything = [...ACCOUNTS, COMMUNITY_POOL];

function assertEqual(ledger: StrictDecisions, model: Model): void {
  for (const account of everything) {
    const { available, held } = ledger.row(ledgerAccounts, account) ?? { available: 0n, held: 0n };
    assert.deepEqual([available, held], [model.available.get(account) ?? 0n, model.held.get(account) ?? 0n]);
    assert.ok(available >= 0n && held >= 0n);
  }
  assert.equal(model.total(), model.applied);
}

test('S-05, S-10, S-20, S-22, S-23 random commands: answers and balances are those of the model, and money is conserved', () => {
  const commands = fc.array(fc.oneof(topUps, newHolds, moves), { maxLength: 60 });
  const property = fc.property(commands, fc.boolean(), (list, mapped) => {
    const ledger = new StrictDecisions(mapped ? { ...policy, mapping: defaultMapping } : policy);
    const model = new Model();
    for (const command of list) {
      const facts = ledger.facts.length;
      const { code, replayed } = ledger.run(command);
      const expected = model.code(command);
      assert.equal(code ?? (replayed === true ? 'replayed' : 'done'), expected);
      assert.equal(ledger.facts.length - facts, expected === 'done' ? 1 : 0);
      assertEqual(ledger, model);
    }
  });
  fc.assert(property, { seed: 2_026, numRuns: 300 });
});

const hold = { holdId: 'h', orderId: 'o', payer: ACCOUNTS[0]!, payee: ACCOUNTS[1]! };

const move = (to: MoveHoldCommand['to']): MoveHoldCommand => ({
  type: 'move-hold',
  holdId: 'h',
  payer: hold.payer,
  payee: hold.payee,
  to,
  reason: 'why',
  actor: 'who',
});

suite('S-10 the same receipt never credits twice', () => {
  test('another content is a conflict that names what differs', () => {
    const ledger = new StrictDecisions(policy);
    ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
    const { answer, code } = ledger.run(receiptOf('r', ACCOUNTS[1]!, 101n));
    assert.equal(code, 'receipt_conflict');
    assert.deepEqual(JSON.parse(answer), { error: 'receipt_conflict', fields: ['account_id', 'amount'] });
  });

  test('S-12, R9 net and fee are booked together, and a fee that is not its share is refused', () => {
    const ledger = new StrictDecisions(policy);
    const share = { basisPoints: 1_000n, amount: 5_000n, accountId: COMMUNITY_POOL as AccountId };
    assert.equal(ledger.run(receiptOf('r', ACCOUNTS[0]!, 45_000n, share)).code, null);
    assert.equal(ledger.row(ledgerAccounts, ACCOUNTS[0]!)?.available, 45_000n);
    assert.equal(ledger.row(ledgerAccounts, COMMUNITY_POOL)?.available, 5_000n);
    assert.equal(ledger.run(receiptOf('s', ACCOUNTS[0]!, 45_000n, { ...share, amount: 4_998n })).code, 'fee_mismatch');
  });

  test('no balance grows beyond what a JSON number holds', () => {
    const ledger = new StrictDecisions(policy);
    const max = BigInt(Number.MAX_SAFE_INTEGER);
    assert.equal(ledger.run(receiptOf('r', ACCOUNTS[0]!, max)).code, null);
    assert.equal(ledger.run(receiptOf('s', ACCOUNTS[0]!, 1n)).code, 'balance_too_large');
  });
});

suite('the outbox has the movement that the mapping names (J2, system flow step 7)', () => {
  // prettier-ignore
  const rows: readonly [moves: readonly MoveHoldCommand['to'][], key: string, way: string | undefined][] = [
    [['released'],              'hold:h:released', 'payout_available -> settlement_bank'],
    [['refunded'],              'hold:h:refunded', undefined],
    [['voided'],                'hold:h:voided',   undefined],
    [['frozen'],                'hold:h:frozen',   'payout_available -> dispute_reserve'],
    [['frozen', 'released'],    'hold:h:released', 'dispute_reserve -> settlement_bank'],
    [['frozen', 'refunded'],    'hold:h:refunded', 'dispute_reserve -> payout_available'],
  ];
  for (const [states, key, way] of rows) {
    test(states.join(', then '), () => {
      const ledger = new StrictDecisions({ ...policy, mapping: defaultMapping });
      ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
      ledger.run(holdOf(hold, 60n));
      for (const state of states) assert.equal(ledger.run(move(state)).code, null);
      const movement = ledger.row(movements, key);
      assert.equal(movement && `${movement.src} -> ${movement.dst}`, way);
      if (way !== undefined) assert.equal(movement?.amount, 60n);
    });
  }

  test('a top-up books its gross as an inflow first', () => {
    const ledger = new StrictDecisions({ ...policy, mapping: defaultMapping });
    const share = { basisPoints: 1_000n, amount: 10n, accountId: COMMUNITY_POOL as AccountId };
    ledger.run(receiptOf('r', ACCOUNTS[0]!, 90n, share));
    const { src, dst, inflow_tx: inflow, amount } = ledger.row(movements, 'receipt:r')!;
    assert.deepEqual([src, dst, inflow, amount], ['collection_pending', 'payout_available', 'in-r', 100n]);
  });
});

test('S-21 another order may not take the id of a hold that is there', () => {
  const ledger = new StrictDecisions(policy);
  ledger.run(receiptOf('r', ACCOUNTS[0]!, 100n));
  ledger.run(holdOf(hold, 10n));
  assert.equal(ledger.run(holdOf({ ...hold, orderId: 'other' }, 10n)).code, 'idempotency_conflict');
  assert.equal(ledger.row(holds, 'h')?.amount, 10n);
});
