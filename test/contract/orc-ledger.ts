/** The contract of a settlement ledger (S-03), for whatever implements it: eight operations, refusals as values, repeats that change nothing. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMUNITY_POOL, type AccountId } from '../../src/settlement/accounts.ts';
import type {
  GatewayReceiptRecord,
  HoldOutcome,
  HoldSpec,
  LedgerError,
  LedgerFact,
} from '../../src/settlement/ledger.ts';
import type { OrcAmount, OrcBalance, SettlementLedger, TopUpApplyOutcome } from '../../src/settlement/ledger.ts';
import { ACCOUNTS, receiptOf } from '../rig/settlement-commands.ts';

const [buyer, seller] = ACCOUNTS as [AccountId, AccountId] & typeof ACCOUNTS;
const POOL = COMMUNITY_POOL as AccountId;

/** A ledger that nobody has used, and how its use ends. */
export interface OpenLedger {
  readonly ledger: SettlementLedger;
  /** How many facts there are: what a repeat must not add to. */
  readonly facts: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const specOf = (orderId: string, amount: OrcAmount, rest: Partial<HoldSpec> = {}): HoldSpec => ({
  payer: buyer,
  payee: seller,
  orderId,
  amount,
  holdId: `h-${orderId}`,
  ...rest,
});

const receipt = (id: string, amount: OrcAmount, fee?: GatewayReceiptRecord['fee']): GatewayReceiptRecord =>
  receiptOf(id, buyer, amount, fee).receipt;

const figures = ({ available, held, total }: OrcBalance): OrcAmount[] => [available, held, total];

/** The outcome in a word: a refusal's code, the state of a hold, or what became of a receipt. */
function word(result: HoldOutcome | TopUpApplyOutcome | LedgerError): string {
  if ('error' in result) return result.error;
  if ('hold' in result) return result.replayed ? `${result.hold.state} already` : result.hold.state;
  return result.outcome;
}

export function ledgerContract(name: string, open: () => Promise<OpenLedger>): void {
  suite(`S-03 ${name}`, () => {
    test('S-02, S-03 balance: zero for whoever is not known, then available, held and total', async () => {
      const { ledger, close } = await open();
      assert.deepEqual(figures(await ledger.balance(buyer)), [0n, 0n, 0n]);
      await ledger.applyTopUp(receipt('r', 500n));
      await ledger.createHold(specOf('o', 200n));
      assert.deepEqual(await ledger.balance(buyer), { accountId: buyer, available: 300n, held: 200n, total: 500n });
      await close();
    });

    test('S-03, S-10 applyTopUp: applied, already applied, conflict by the names of the fields', async () => {
      const { ledger, facts, close } = await open();
      const fee = { basisPoints: 1_000n, amount: 50n, accountId: POOL };
      const first = await ledger.applyTopUp(receipt('r', 450n, fee));
      assert.equal(word(first), 'applied');
      const after = await facts();
      assert.deepEqual(await ledger.applyTopUp(receipt('r', 450n, fee)), { ...first, outcome: 'already_applied' });
      const other = await ledger.applyTopUp(receipt('r', 451n, fee));
      assert.deepEqual(other, { error: 'receipt_conflict', details: { fields: ['amount'] } });
      assert.equal(word(await ledger.applyTopUp(receipt('s', 450n, { ...fee, amount: 60n }))), 'fee_mismatch');
      assert.equal(await facts(), after);
      assert.deepEqual(figures(await ledger.balance(POOL)), [50n, 0n, 50n]);
      await close();
    });

    test('S-03, S-21 createHold: once per order, refused without money, never by the pool', async () => {
      const { ledger, facts, close } = await open();
      await ledger.applyTopUp(receipt('r', 500n));
      const first = await ledger.createHold(
        specOf('o', 200n, { deadlines: { autoReleaseAfter: 1_152_921_504_606n * 1_000_000n } }),
        {
          actor: 'desk',
        },
      );
      assert.ok('hold' in first);
      assert.deepEqual([first.hold.state, first.hold.payer, first.hold.amount], ['active', buyer, 200n]);
      assert.deepEqual(
        [first.hold.deadlines.workBy, first.hold.deadlines.autoReleaseAfter],
        [null, 1_152_921_504_606n * 1_000_000n],
      );
      assert.deepEqual(
        first.hold.history.map(({ type, subject, actor }) => [type, subject, actor]),
        [['ledger/hold-created.v1', 'h-o', 'desk']],
      );
      await ledger.releaseHold('h-o');
      const after = await facts();
      const again = await ledger.createHold(
        specOf('o', 200n, { deadlines: { autoReleaseAfter: 1_152_921_504_606n * 1_000_000n } }),
      );
      assert.deepEqual(again, { hold: first.hold, replayed: true });
      const other = await ledger.createHold(
        specOf('o', 201n, { deadlines: { autoReleaseAfter: 1_152_921_504_606n * 1_000_000n } }),
      );
      assert.deepEqual(other, { error: 'idempotency_conflict', details: { fields: ['amount'] } });
      const dear = await ledger.createHold(specOf('p', 301n));
      assert.deepEqual(dear, { error: 'insufficient_funds', details: { available: 300 } });
      for (const accounts of [{ payer: POOL }, { payee: buyer }])
        assert.equal(word(await ledger.createHold(specOf('q', 1n, accounts))), 'invalid_account');
      assert.equal(await facts(), after);
      await close();
    });

    test('S-21 a hold that sets no end has one', async () => {
      const { ledger, close } = await open();
      await ledger.applyTopUp(receipt('r', 500n));
      const made = await ledger.createHold({ payer: buyer, payee: seller, orderId: 'o', amount: 1n });
      assert.ok('hold' in made && made.hold.holdId !== '');
      const { workBy } = made.hold.deadlines;
      const seconds = workBy === null ? 0 : Number((workBy - made.hold.createdAt) / 1_000_000_000n);
      assert.ok(Math.abs(seconds - 604_800) <= 60, String(seconds));
      await close();
    });

    // prettier-ignore
    const rows: readonly [what: string, moves: readonly ((ledger: SettlementLedger) => Promise<HoldOutcome | LedgerError>)[], words: string[], buyer: bigint[], seller: bigint][] = [
      ['voided',               [(l) => l.voidHold('h-o', 'gone')],                                 ['voided'],                              [500n, 0n, 500n],   0n],
      ['released',             [(l) => l.releaseHold('h-o')],                                      ['released'],                            [300n, 0n, 300n],   200n],
      ['refunded',             [(l) => l.refundHold('h-o')],                                       ['refunded'],                            [500n, 0n, 500n],   0n],
      ['frozen',               [(l) => l.freezeHold('h-o')],                                       ['frozen'],                              [300n, 200n, 500n], 0n],
      ['frozen, released',     [(l) => l.freezeHold('h-o'), (l) => l.releaseHold('h-o')],          ['frozen', 'released'],                  [300n, 0n, 300n],   200n],
      ['frozen, refunded',     [(l) => l.freezeHold('h-o'), (l) => l.refundHold('h-o')],           ['frozen', 'refunded'],                  [500n, 0n, 500n],   0n],
      ['frozen, never voided', [(l) => l.freezeHold('h-o'), (l) => l.voidHold('h-o', 'x')],        ['frozen', 'invalid_transition'],        [300n, 200n, 500n], 0n],
      ['released twice',       [(l) => l.releaseHold('h-o'), (l) => l.releaseHold('h-o')],         ['released', 'released already'],        [300n, 0n, 300n],   200n],
      ['ended for good',       [(l) => l.refundHold('h-o'), (l) => l.releaseHold('h-o')],          ['refunded', 'invalid_transition'],      [500n, 0n, 500n],   0n],
      ['not there',            [(l) => l.releaseHold('none'), (l) => l.voidHold('none', 'x')],     ['hold_not_found', 'hold_not_found'],    [300n, 200n, 500n], 0n],
    ];
    for (const [what, moves, words, left, paid] of rows) {
      test(`S-03, S-20, S-22 ${what}`, async () => {
        const { ledger, close } = await open();
        await ledger.applyTopUp(receipt('r', 500n));
        await ledger.createHold(specOf('o', 200n));
        const found: string[] = [];
        for (const move of moves) found.push(word(await move(ledger)));
        assert.deepEqual(found, words);
        assert.deepEqual(figures(await ledger.balance(buyer)), left);
        assert.equal((await ledger.balance(seller)).available, paid);
        await close();
      });
    }

    test('S-03 a refused move names both states; who moved it and why stands in its history', async () => {
      const { ledger, close } = await open();
      await ledger.applyTopUp(receipt('r', 500n));
      await ledger.createHold(specOf('o', 200n));
      await ledger.freezeHold('h-o', { reason: 'disputed', actor: 'arbiter' });
      await ledger.refundHold('h-o', { reason: 'not delivered' });
      const refused = await ledger.releaseHold('h-o');
      assert.deepEqual(refused, { error: 'invalid_transition', details: { from: 'refunded', to: 'released' } });
      const hold = await ledger.holdStatus('h-o');
      const facts: readonly LedgerFact[] = hold?.history ?? [];
      assert.ok(facts.every(({ subject, seq }, i) => subject === 'h-o' && seq > (facts[i - 1]?.seq ?? 0n)));
      assert.deepEqual(
        hold?.history.map(({ type, state, reason, actor }) => [type, state, reason, actor]),
        [
          ['ledger/hold-created.v1', 'active', null, null],
          ['ledger/hold-frozen.v1', 'frozen', 'disputed', 'arbiter'],
          ['ledger/hold-refunded.v1', 'refunded', 'not delivered', null],
        ],
      );
      assert.equal(await ledger.holdStatus('none'), undefined);
      await close();
    });
  });
}
