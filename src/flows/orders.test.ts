/** The buyer bridge against a naive model; idempotency of orders; a crash after any of the commands. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  BUYER,
  offerOf,
  on,
  openOf,
  orderCommands,
  orderOf,
  placeOf,
  PROVIDER,
  refOf,
  setOrg,
  HOUR_NS,
} from '../../test/rig/order-commands.ts';
import { OrderModel } from '../../test/rig/order-model.ts';
import { receiptOf } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { executions, offerQueues, orders } from '../orders/tables.ts';
import type { AccountId } from '../settlement/accounts.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import { holdMoves, holds, ledgerAccounts, ledgerEntries } from '../settlement/tables.ts';
import type { PaymentCommand } from './commands.ts';
import type { ExecutionRef } from './executions.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n, mapping: defaultMapping };
const FUNDS = 1_500n;

const answerOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** A bridge with money, a custodian and one offer. */
function opened(funds = FUNDS): StrictDecisions {
  const bridge = new StrictDecisions(policy);
  bridge.run(receiptOf('r', BUYER as AccountId, funds));
  bridge.run(setOrg);
  bridge.run(offerOf());
  return bridge;
}

const balance = (bridge: StrictDecisions, account: string): [available: bigint, held: bigint] => {
  const row = bridge.row(ledgerAccounts, account);
  return [row?.available ?? 0n, row?.held ?? 0n];
};

function codeOf({ code, replayed }: { readonly code: string | null; readonly replayed?: boolean }): string {
  return code ?? (replayed === true ? 'replayed' : 'done');
}

test('S-05, S-20 to S-23, S-30 to S-34 random commands: outcomes, balances and queues are those of the model', () => {
  const wait = fc.constantFrom(1n, 25n, 49n, 24n * 8n).map((hours) => ({ type: 'wait' as const, hours }));
  // Who withdraws every offer at once sees nothing else happen.
  const weights: Readonly<Record<string, number>> = { 'place-order': 8, 'open-execution': 8, 'report-result': 6 };
  const rare = ['set-org', 'publish-offer', 'withdraw-offer'];
  const once = Object.entries(orderCommands).map(([type, arbitrary]) => ({
    weight: rare.includes(type) ? 1 : (weights[type] ?? 3),
    arbitrary,
  }));
  const commands = fc.array(fc.oneof(...once, { weight: 3, arbitrary: wait }), { minLength: 60, maxLength: 100 });
  const seen = new Set<string>();
  const property = fc.property(commands, (list) => {
    const bridge = new StrictDecisions(policy);
    const model = new OrderModel();
    bridge.run(receiptOf('r', BUYER as AccountId, FUNDS));
    model.available.set(BUYER, FUNDS);
    const offered = [
      offerOf({ maxQueueDepth: 2n }),
      offerOf({ offerId: 'offer-2', maxQueueDepth: 1n, autoAccept: false }),
    ];
    for (const command of [setOrg, ...offered, offerOf({ offerId: 'offer-3', priceAmount: 0n }), ...list]) {
      if (command.type === 'wait') {
        bridge.at += command.hours * HOUR_NS;
        continue;
      }
      const expected = model.run(command, bridge.at);
      const facts = bridge.facts.length;
      const outcome = codeOf(bridge.run(command));
      assert.equal(outcome, expected, command.type);
      seen.add(`${command.type} ${outcome}`);
      assert.equal(bridge.facts.length > facts, expected === 'done');
      assertSame(bridge, model);
    }
  });
  fc.assert(property, { seed: 2_031, numRuns: 400 });
  // A model that nothing ever reaches proves nothing.
  for (const type of Object.keys(orderCommands)) assert.ok(seen.has(`${type} done`), `${type} never happened`);
});

function assertSame(bridge: StrictDecisions, model: OrderModel): void {
  let total = 0n;
  for (const account of [BUYER, PROVIDER]) {
    const [available, held] = balance(bridge, account);
    assert.deepEqual([available, held], [model.available.get(account) ?? 0n, model.held.get(account) ?? 0n]);
    assert.ok(available >= 0n && held >= 0n);
    total += available + held;
  }
  assert.equal(total, FUNDS, 'S-05 money is conserved');
  for (const offerId of ['offer-1', 'offer-2', 'offer-3'])
    assert.equal(bridge.row(offerQueues, offerId)?.depth ?? 0n, BigInt(model.depth(offerId)));
  for (const [id, { state }] of model.executions) assert.equal(bridge.row(executions, id)?.state, state);
}

suite('S-33 the same order id', () => {
  const order = orderOf('o');

  test('gives the first result for ever, byte for byte', () => {
    const bridge = opened();
    bridge.run(placeOf(order));
    const first = bridge.run(openOf(order));
    assert.deepEqual(answerOf(first.answer), {
      result: 'opened-execution',
      order_id: 'o',
      execution_id: 'exec-o-1',
      hold_id: 'hold-o-1',
      price_amount: 600,
    });
    bridge.run(on.result(refOf(order)));
    bridge.run(on.accept(refOf(order)));
    bridge.run({ type: 'withdraw-offer', offerId: 'offer-1', reason: null, actor: null });
    for (const command of [placeOf(order), placeOf(order, 2), openOf(order), openOf(order, 2)]) {
      assert.deepEqual(bridge.run(command), { answer: first.answer, code: null, replayed: true });
    }
  });

  test('with other content is a conflict that names the fields', () => {
    const bridge = opened();
    bridge.run(placeOf(order));
    const { answer, code } = bridge.run(placeOf(orderOf('o', { units: 4n, input: null })));
    assert.equal(code, 'idempotency_conflict');
    assert.deepEqual(answerOf(answer)['fields'], ['input', 'units']);
  });

  test('is judged anew after a retryable rejection, and hears the same without a new fact', () => {
    const bridge = opened(599n);
    const blocked = bridge.run(placeOf(order));
    assert.deepEqual(answerOf(blocked.answer), {
      result: 'rejected',
      order_id: 'o',
      classifier: 'settlement-blocked',
      reason: 'the available funds do not cover the price',
      retryable: true,
    });
    assert.deepEqual(bridge.run(placeOf(order, 2)), { answer: blocked.answer, code: null, replayed: true });
    bridge.run(receiptOf('s', BUYER as AccountId, 1n));
    assert.equal(codeOf(bridge.run(placeOf(order, 3))), 'done');
    assert.equal(answerOf(bridge.run(openOf(order, 3)).answer)['execution_id'], 'exec-o-3');
  });

  test('is final after any other rejection', () => {
    const bridge = opened();
    const first = bridge.run(placeOf(orderOf('o', { serviceType: 'print' })));
    assert.equal(answerOf(first.answer)['classifier'], 'service-type-mismatch');
    bridge.run(offerOf({ sequenceNo: 2n, serviceType: 'print' }));
    assert.deepEqual(bridge.run(placeOf(orderOf('o', { serviceType: 'print' }))), {
      answer: first.answer,
      code: null,
      replayed: true,
    });
  });

  test('an id that a hold made by hand stands for is taken, and ids of new things must be new', () => {
    const bridge = opened();
    const taken = { type: 'create-hold', ...byHand('h', 'o'), request: '{}' } as const;
    bridge.run(taken);
    assert.deepEqual(answerOf(bridge.run(placeOf(order)).answer)['fields'], ['order_id']);
    const free = orderOf('free');
    assert.deepEqual(answerOf(bridge.run({ ...placeOf(free), holdId: 'h' }).answer)['fields'], ['hold_id']);
    bridge.run(placeOf(free));
    bridge.run(openOf(free));
    const again = { ...placeOf(orderOf('more')), executionId: 'exec-free-1' };
    assert.deepEqual(answerOf(bridge.run(again).answer)['fields'], ['execution_id']);
  });
});

function byHand(
  holdId: string,
  orderId: string,
): Omit<Extract<PaymentCommand, { type: 'create-hold' }>, 'type' | 'request'> {
  return {
    holdId,
    orderId,
    payer: BUYER,
    payee: PROVIDER,
    amount: 5n,
    contractId: null,
    policyRef: null,
    workBy: null,
    acceptBy: null,
    disputeBy: null,
    autoReleaseAfter: null,
    ownDeadlines: true,
    actor: null,
  };
}

const forPayee = (ref: ExecutionRef): PaymentCommand => on.resolve(ref, 'payee');

suite('S-33 free of charge', () => {
  test('a price of zero makes no hold, and goes all the way', () => {
    const bridge = opened();
    const order = orderOf('o', { offerId: 'gift' });
    bridge.run(offerOf({ offerId: 'gift', priceAmount: 0n }));
    bridge.run(placeOf(order));
    assert.equal(bridge.row(orders, 'o')?.hold_id, null);
    assert.equal(bridge.row(holds, 'hold-o-1'), undefined);
    bridge.run(openOf(order, 1, true));
    for (const command of [on.result, on.dispute, forPayee])
      assert.equal(codeOf(bridge.run(command(refOf(order, 1, true)))), 'done');
    assert.equal(bridge.row(executions, 'exec-o-1')?.state, 'released');
    assert.deepEqual(balance(bridge, BUYER), [FUNDS, 0n]);
  });
});

suite('S-23 what happens between hold and opening', () => {
  const order = orderOf('o');
  const other = orderOf('p');
  // prettier-ignore
  const rows: readonly [what: string, meanwhile: readonly PaymentCommand[], classifier: string | undefined][] = [
    ['nothing',    [],                                                                                     undefined],
    ['withdrawn',  [{ type: 'withdraw-offer', offerId: 'offer-1', reason: null, actor: null }],           'offer-not-found'],
    ['superseded', [offerOf({ maxQueueDepth: 1n, sequenceNo: 2n })],                                       'offer-seq-mismatch'],
    ['saturated',  [placeOf(other), openOf(other)],                                                        'queue-saturated'],
  ];
  for (const [what, meanwhile, classifier] of rows) {
    test(`${what}: ${classifier === undefined ? 'opened' : `hold voided, ${classifier}`}`, () => {
      const bridge = new StrictDecisions(policy);
      for (const command of [receiptOf('r', BUYER as AccountId, FUNDS), setOrg, offerOf({ maxQueueDepth: 1n })])
        bridge.run(command);
      bridge.run(placeOf(order));
      assert.deepEqual(balance(bridge, BUYER), [900n, 600n]);
      for (const command of meanwhile) bridge.run(command);
      const { answer } = bridge.run(openOf(order));
      assert.equal(answerOf(answer)['classifier'], classifier);
      assert.equal(bridge.row(holds, 'hold-o-1')?.state, classifier === undefined ? 'active' : 'voided');
      assert.equal(bridge.row(executions, 'exec-o-1')?.state, classifier === undefined ? 'opened' : undefined);
    });
  }

  test('a voided order that may be judged anew gets a second hold', () => {
    const bridge = opened();
    bridge.run(offerOf({ offerId: 'narrow', maxQueueDepth: 1n }));
    const [first, second] = [orderOf('x', { offerId: 'narrow' }), orderOf('y', { offerId: 'narrow' })];
    for (const command of [placeOf(first), placeOf(second), openOf(first), openOf(second)]) bridge.run(command);
    assert.equal(bridge.row(orders, 'y')?.classifier, 'queue-saturated');
    bridge.run(on.result(refOf(first)));
    bridge.run(placeOf(second, 2));
    assert.equal(answerOf(bridge.run(openOf(second, 2)).answer)['hold_id'], 'hold-y-2');
    const states = ['hold-y-1', 'hold-y-2'].map((id) => bridge.row(holds, id)?.state);
    assert.deepEqual(states, ['voided', 'active']);
  });
});

test('S-04 the entry and the move of a hold bear the number of the fact that made them, not of the order before it', () => {
  const bridge = opened();
  bridge.run(placeOf(orderOf('o')));
  assert.deepEqual(
    bridge.facts.slice(-2).map(({ type }) => type),
    ['orders/order-placed.v1', 'ledger/hold-created.v1'],
  );
  const seq = BigInt(bridge.facts.length);
  assert.equal(bridge.row(ledgerEntries, `${seq}:0`)?.reference, 'hold-o-1');
  assert.equal(bridge.row(holdMoves, 'hold-o-1:1')?.seq, seq);
});

test('S-20, S-23 a hold of an execution is moved by nobody else', () => {
  const bridge = opened();
  bridge.run(placeOf(orderOf('o')));
  const ref = { holdId: 'hold-o-1', payer: BUYER, payee: PROVIDER, reason: 'why', actor: 'operator' };
  for (const to of ['released', 'refunded', 'frozen', 'voided'] as const) {
    const { answer, code } = bridge.run({ type: 'move-hold', ...ref, to });
    assert.deepEqual([code, answerOf(answer)['execution_id']], ['held_by_execution', 'exec-o-1']);
  }
  const forged = { ...byHand('h', 'q'), type: 'create-hold', policyRef: 'execution', request: '{}' } as const;
  assert.equal(bridge.run(forged).code, 'invalid_request');
});

suite('a crash after any command: what comes again, and the resume step, end where they would have ended', () => {
  const order = orderOf('o');
  const ref = refOf(order);
  const place = placeOf(order);
  const open = openOf(order);
  const done = [on.result(ref), on.accept(ref)];
  const disputed = [on.result(ref), on.dispute(ref), on.resolve(ref, 'payer')];
  // prettier-ignore
  const ways: readonly [what: string, commands: readonly PaymentCommand[], end: string][] = [
    ['accepted',                [place, open, ...done],                                      'released'],
    ['disputed',                [place, open, ...disputed],                                  'rejected'],
    ['failed',                  [place, open, on.result(ref, 'failed')],                     'failed'],
    ['withdrawn meanwhile',     [place, { type: 'withdraw-offer', offerId: 'offer-1', reason: null, actor: null }, open], 'rejected by offer-not-found'],
  ];
  for (const [what, commands, end] of ways) {
    test(`${what}: ${end}`, () => {
      for (let crash = 0; crash <= commands.length; crash += 1) {
        const bridge = opened();
        for (const command of commands.slice(0, crash)) bridge.run(command);
        // At restart: orders that are opening are opened or voided; then each caller asks again.
        if (bridge.row(orders, 'o')?.state === 'opening' && commands[crash]?.type !== 'withdraw-offer')
          bridge.run(open);
        for (const command of commands.slice(Math.max(0, crash - 1))) bridge.run(command);
        const { classifier } = bridge.row(orders, 'o')!;
        const state = bridge.row(executions, 'exec-o-1')?.state;
        assert.equal(state ?? `rejected by ${classifier}`, end, `after ${crash} commands`);
        const [available, held] = balance(bridge, BUYER);
        assert.equal(held, 0n);
        assert.equal(available + balance(bridge, PROVIDER)[0], FUNDS);
      }
    });
  }

  test('a crash between hold and opening leaves an order that is found by its state', () => {
    const bridge = opened();
    bridge.run(place);
    const { state, hold_id: holdId, execution_id: executionId } = bridge.row(orders, 'o')!;
    assert.deepEqual([state, holdId, executionId], ['opening', 'hold-o-1', 'exec-o-1']);
    assert.equal(bridge.row(holds, 'hold-o-1')?.contract_id, 'exec-o-1');
  });
});
