/** Paid overrides in the funding inbox, on a real engine (J5): each once, only under the operator's rule, and never for money that is owed. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { creditInbox } from '../../src/background/inbox-credits.ts';
import { receiveOverrides } from '../../src/background/l402-receipts.ts';
import { invoices } from '../../src/budgets/tables.ts';
import { L402_GATEWAY } from '../../src/flows/inbox.ts';
import { fundingInbox } from '../../src/settlement/funding-tables.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { ledgerAccounts } from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { ask, gateDecisions, issued, plan, rule, settled } from '../rig/gate-commands.ts';
import { policy, type Place } from '../rig/store-place.ts';

const PRICE = { price: { kind: 'whole_excess' }, rate: { currency: 'USD', cents_per_btc: 10_000_000 } } as const;
/** 400 cents beyond the budget at 100,000 a bitcoin. */
const EXCESS = 400n;
const PRICE_SATS = 4_000n;

const open = (place: Place): Promise<Store> =>
  place.open({ decisions: gateDecisions({ ...policy, mapping: defaultMapping }) });

const never = (receipt: string, code: string): void => assert.fail(`${receipt}: ${code}`);

const setRule = (store: Store, maxAmount: bigint) =>
  store.submit({
    type: 'set-standing-rule',
    gatewayNodeId: L402_GATEWAY,
    maxAmount,
    requiresSignature: true,
    actor: 'operator',
  });

const inbox = (store: Store) => store.rows({ table: fundingInbox, by: 'received_at', limit: 100 });

/** Challenged and paid, but not used yet. */
async function paid(store: Store, po: string): Promise<string> {
  const { decisionId } = await ask(store, { amount: 500, po });
  await issued(store, decisionId);
  await settled(store, decisionId, PRICE_SATS * 1_000n);
  return decisionId;
}

async function used(store: Store, po: string): Promise<string> {
  const id = await paid(store, po);
  assert.equal((await ask(store, { amount: 500, po })).allowed, true);
  return id;
}

export function l402ReceiptsContract(name: string, createPlace: () => Place): void {
  suite(`${name}: paid overrides in the funding inbox`, () => {
    test('J5 with a rule an override that was used is a receipt, and so a top-up; a repeat after a kill is the same one', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 100n);
      await rule(store, PRICE);
      await used(store, 'before');
      assert.equal(await receiveOverrides(store, never), false);
      assert.deepEqual(await inbox(store), [], 'nobody has asked for it');

      // The rule came after the first; what it is for begins now.
      await setRule(store, EXCESS);
      await plan(store, 500n);
      const id = await used(store, 'p');
      await receiveOverrides(store, never);
      const [row, ...others] = await inbox(store);
      assert.deepEqual(others, []);
      const [invoice] = await store.rows({ table: invoices, where: { decision_id: id }, by: 'decision_id', limit: 1 });
      assert.equal(row?.receipt_id, `l402-${invoice?.payment_hash}`);
      assert.deepEqual(
        [row.account_id, row.amount, row.state, row.source, row.verified],
        ['account:org:acme', EXCESS, 'waiting', L402_GATEWAY, 1n],
      );
      const { external } = JSON.parse(row.content) as { external: object };
      assert.deepEqual(external, { amount: 4_000, currency: 'SAT', payment_ref: invoice?.payment_hash });

      // As if the server had died between the receipt and the note of its place.
      await store.submit({ type: 'note-feed', feed: L402_GATEWAY, cursor: String(invoice!.consumed_at! - 1n) });
      await receiveOverrides(store, never);
      assert.equal((await inbox(store)).length, 1);
      assert.equal(await creditInbox(store), 1);
      const account = { account_id: 'account:org:acme' };
      const [held] = await store.rows({ table: ledgerAccounts, where: account, by: 'account_id', limit: 1 });
      assert.equal(held?.available, EXCESS);
      await store.close();
      const { checks } = await place.verify();
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
    });

    test('J5 a rule that is taken away and set again is for what comes from then on, and not for what was used without it', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 100n);
      await rule(store, PRICE);
      await setRule(store, EXCESS);
      await used(store, 'with');
      await receiveOverrides(store, never);
      assert.equal((await inbox(store)).length, 1);
      await store.submit({ type: 'remove-standing-rule', gatewayNodeId: L402_GATEWAY, actor: 'operator' });
      await plan(store, 500n);
      await used(store, 'without');
      await setRule(store, EXCESS);
      // Another limit is no other rule.
      await setRule(store, EXCESS + 1n);
      await receiveOverrides(store, never);
      assert.equal((await inbox(store)).length, 1);
      await plan(store, 500n);
      await used(store, 'with it again');
      await setRule(store, EXCESS);
      await receiveOverrides(store, never);
      assert.equal((await inbox(store)).length, 2);
      await store.close();
      const { checks } = await place.verify();
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
    });

    test('J5 a toll, and a payment that nobody has used, are no receipts; above the rule they wait for the operator', async () => {
      const store = await open(createPlace());
      await setRule(store, EXCESS - 1n);
      await rule(store, {});
      const { decisionId } = await ask(store, { amount: 500, po: 'toll' });
      await issued(store, decisionId);
      await settled(store, decisionId);
      await ask(store, { amount: 500, po: 'toll' });
      await plan(store, 600n);
      await rule(store, PRICE);
      await paid(store, 'unused');
      await receiveOverrides(store, never);
      assert.deepEqual(await inbox(store), []);
      assert.equal((await ask(store, { amount: 500, po: 'unused' })).allowed, true);
      await receiveOverrides(store, never);
      assert.equal(await creditInbox(store), 0);
      assert.deepEqual(
        (await inbox(store)).map(({ state }) => state),
        ['waiting'],
      );
      await store.close();
    });

    test('S-13 somebody else who calls itself so is believed no more than anybody', async () => {
      const store = await open(createPlace());
      await setRule(store, 1_000n);
      const receipt = {
        receiptId: 'forged',
        accountId: 'account:org:acme' as never,
        amount: 1n,
        unit: 'ORC',
        gatewayNodeId: L402_GATEWAY,
        external: { amount: 1n, currency: 'SAT', paymentRef: 'none' },
        fee: null,
        occurredAt: null,
        policyRef: null,
        signature: null,
      } as const;
      await store.submit({ type: 'receive-receipt', receipt, source: 'spool' });
      assert.equal(await creditInbox(store), 0);
      const outcome = await store.submit({ type: 'credit-receipt', receipt, byRule: true, actor: 'rule:l402' });
      assert.equal(outcome.code, 'no_standing_rule');
      await store.close();
    });
  });
}
