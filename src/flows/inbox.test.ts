/** S-13: adapters put receipts into the inbox, the token or a standing rule credits them, each once however it came. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { credit, GATEWAY, keys, receive, removeRule, ruleOf, signed } from '../../test/rig/funding-commands.ts';
import { receiptOf } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { COMMUNITY_POOL, type AccountId } from '../settlement/accounts.ts';
import { fundingFeeds, fundingInbox, standingRules } from '../settlement/funding-tables.ts';
import { ledgerAccounts } from '../settlement/tables.ts';
import type { GatewayReceiptRecord } from '../settlement/top-up.ts';
import type { PaymentCommand } from './commands.ts';
import { allows } from './inbox.ts';

const ACME = 'account:org:acme' as AccountId;
const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n, fundingKeys: keys };

const receiptWith = (id: string, amount: bigint, fee: GatewayReceiptRecord['fee'] = null): GatewayReceiptRecord =>
  receiptOf(id, ACME, amount, fee).receipt;

const topUp = (receipt: GatewayReceiptRecord): PaymentCommand => ({ type: 'apply-top-up', receipt });

/** Runs commands; each outcome in a word. */
function play(rail: StrictDecisions, ...commands: readonly PaymentCommand[]): string[] {
  return commands.map((command) => {
    const { code, replayed } = rail.run(command);
    return code ?? (replayed === true ? 'again' : 'done');
  });
}

const available = (rail: StrictDecisions): bigint => rail.row(ledgerAccounts, ACME)?.available ?? 0n;
const stateOf = (rail: StrictDecisions, id: string): string | undefined => rail.row(fundingInbox, id)?.state;

const good = signed(receiptWith('r', 100n));
const bad = { ...good, amount: 101n };
const plain = receiptWith('r', 100n);

suite('S-13 the inbox', () => {
  test('a receipt in it is no money, until the token credits it; once', () => {
    const rail = new StrictDecisions(policy);
    assert.deepEqual(play(rail, receive(good), receive(good)), ['done', 'again']);
    assert.deepEqual([available(rail), stateOf(rail, 'r')], [0n, 'waiting']);
    assert.deepEqual(play(rail, credit(good), credit(good), receive(good)), ['done', 'again', 'again']);
    assert.deepEqual([available(rail), stateOf(rail, 'r')], [100n, 'credited']);
    assert.deepEqual(
      rail.facts.slice(-3).map(({ type }) => type),
      ['funding/receipt-received.v1', 'ledger/top-up-applied.v1', 'funding/receipt-credited.v1'],
    );
  });

  test('what is not in it, or not so, is not credited', () => {
    const rail = new StrictDecisions(policy);
    assert.deepEqual(play(rail, credit(good), receive(plain), credit(good)), [
      'receipt_not_found',
      'done',
      'receipt_not_found',
    ]);
    assert.equal(available(rail), 0n);
  });

  const orders: readonly [what: string, commands: readonly PaymentCommand[], words: string[]][] = [
    ['over HTTP before it comes', [topUp(good), receive(good), credit(good)], ['done', 'done', 'again']],
    ['over HTTP while it waits', [receive(good), topUp(good), credit(good)], ['done', 'done', 'again']],
    ['over HTTP when it was credited', [receive(good), credit(good), topUp(good)], ['done', 'done', 'again']],
  ];
  for (const [what, commands, words] of orders) {
    test(`S-10 ${what}: credited once`, () => {
      const rail = new StrictDecisions(policy);
      assert.deepEqual(play(rail, ...commands), words);
      assert.deepEqual([available(rail), stateOf(rail, 'r')], [100n, 'credited']);
    });
  }

  test('S-12 a bad signature leaves no trace, and does not use up the id', () => {
    const rail = new StrictDecisions(policy);
    const before = rail.facts.length;
    assert.deepEqual(play(rail, receive(bad), topUp(bad)), ['invalid_signature', 'invalid_signature']);
    assert.deepEqual([rail.facts.length, stateOf(rail, 'r')], [before, undefined]);
    assert.deepEqual(play(rail, receive(good), credit(good)), ['done', 'done']);
  });

  test('S-12 without the key nothing is checked, without a signature neither', () => {
    const { fundingKeys: _, ...unknowing } = policy;
    assert.deepEqual(play(new StrictDecisions(unknowing), topUp(bad)), ['done']);
    assert.deepEqual(play(new StrictDecisions(policy), topUp(plain)), ['done']);
  });

  test('the same id with other content: a conflict by the names of the fields, also with what was applied', () => {
    const rail = new StrictDecisions(policy);
    assert.deepEqual(play(rail, receive(plain)), ['done']);
    assert.deepEqual(JSON.parse(rail.run(receive(receiptWith('r', 7n))).answer), {
      error: 'receipt_conflict',
      fields: ['amount'],
    });
    assert.deepEqual(play(rail, topUp(receiptWith('s', 1n)), receive(receiptWith('s', 2n))), [
      'done',
      'receipt_conflict',
    ]);
    assert.equal(stateOf(rail, 's'), undefined);
  });

  test('a receipt that turns out to contradict an applied one is refused for good; a right one may take its place', () => {
    const rail = new StrictDecisions(policy);
    const wrong = receiptWith('r', 7n);
    assert.deepEqual(play(rail, receive(wrong), topUp(plain), credit(wrong), credit(wrong), receive(wrong)), [
      'done',
      'done',
      'receipt_conflict',
      'receipt_refused',
      'again',
    ]);
    assert.deepEqual([stateOf(rail, 'r'), rail.row(fundingInbox, 'r')?.reason], ['refused', 'receipt_conflict']);
    assert.deepEqual(play(rail, receive(plain)), ['done']);
    assert.deepEqual([stateOf(rail, 'r'), available(rail)], ['credited', 100n]);
  });

  test('a fee that is no share does not come in', () => {
    const fee = { basisPoints: 1_000n, amount: 1n, accountId: COMMUNITY_POOL as AccountId };
    assert.deepEqual(play(new StrictDecisions(policy), receive(receiptWith('r', 90n, fee))), ['fee_mismatch']);
  });
});

suite('S-13 standing rules', () => {
  const fee = { basisPoints: 1_000n, amount: 10n, accountId: COMMUNITY_POOL as AccountId };
  // prettier-ignore
  const rows: readonly [what: string, rule: PaymentCommand | undefined, receipt: GatewayReceiptRecord, word: string][] = [
    ['no rule',                                undefined,          good,                                   'no_standing_rule'],
    ['signed, at the limit',                   ruleOf(100n),       good,                                   'done'],
    ['signed, above the limit',                ruleOf(99n),        good,                                   'no_standing_rule'],
    ['the limit is on net and fee together',   ruleOf(99n),        signed(receiptWith('r', 90n, fee)),     'no_standing_rule'],
    ['net and fee at the limit',               ruleOf(100n),       signed(receiptWith('r', 90n, fee)),     'done'],
    ['unsigned, where it must be signed',      ruleOf(100n),       plain,                                  'no_standing_rule'],
    ['unsigned, where it need not',            ruleOf(100n, false), plain,                                 'done'],
    ['unsigned, above the limit',              ruleOf(99n, false), plain,                                  'no_standing_rule'],
  ];
  for (const [what, rule, receipt, word] of rows) {
    test(what, () => {
      const rail = new StrictDecisions(policy);
      play(rail, receive(receipt), ...(rule === undefined ? [] : [rule]));
      assert.deepEqual(play(rail, credit(receipt, true)), [word]);
      assert.equal(stateOf(rail, 'r'), word === 'done' ? 'credited' : 'waiting');
    });
  }

  test('a rule that is removed allows nothing; one of another gateway neither', () => {
    const rail = new StrictDecisions(policy);
    const other = { ...plain, gatewayNodeId: 'gateway-2' };
    assert.deepEqual(play(rail, ruleOf(1_000n, false), receive(other), credit(other, true)), [
      'done',
      'done',
      'no_standing_rule',
    ]);
    assert.deepEqual(play(rail, removeRule, removeRule, receive(receiptWith('s', 1n))), ['done', 'again', 'done']);
    assert.deepEqual(play(rail, credit(receiptWith('s', 1n), true)), ['no_standing_rule']);
    assert.equal(allows(rail.row(standingRules, GATEWAY), { gross: 1n }, true), false);
  });

  test('the same rule again changes nothing; another is another state', () => {
    const rail = new StrictDecisions(policy);
    assert.deepEqual(play(rail, removeRule, ruleOf(5n), ruleOf(5n), ruleOf(6n)), [
      'rule_not_found',
      'done',
      'again',
      'done',
    ]);
    assert.equal(rail.row(standingRules, GATEWAY)?.version, 2n);
  });
});

test('S-13 how far a feed was read is recorded once', () => {
  const rail = new StrictDecisions(policy);
  const note = (cursor: string): PaymentCommand => ({ type: 'note-feed', feed: 'f', cursor });
  assert.deepEqual(play(rail, note('1'), note('1'), note('2')), ['done', 'again', 'done']);
  assert.equal(rail.row(fundingFeeds, 'f')?.cursor, '2');
});
