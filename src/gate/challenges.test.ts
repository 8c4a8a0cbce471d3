/** A node that is late, away or asked by a crowd: one invoice for each challenge, and no answer that is a guess (L-05, L-06, B-28). */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { money, reported, rule } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { invoices } from '../budgets/tables.ts';
import { LightningRefused, LightningUnavailable } from '../lightning/node.ts';
import type { InvoiceOrder, InvoiceStatus, LightningNode } from '../lightning/node.ts';
import type { Row } from '../base/decision.ts';
import type { RowQuery } from '../store/store.ts';
import { Challenges } from './challenges.ts';
import { GateService, type GateAnswer } from './gate-service.ts';

/** A node as far as its port goes; what it knows is set by hand. The real ones have a contract of their own. */
class NodeByHand implements LightningNode {
  readonly backend = 'by-hand';
  readonly canHold = false;
  readonly orders: InvoiceOrder[] = [];
  readonly preimages = new Map<string, string>();
  readonly cancelled: string[] = [];
  away = false;
  unwilling = false;
  /** How often it does not know yet that it was paid. */
  lookUpsUntilSettled = Infinity;

  issue(order: InvoiceOrder) {
    if (order.holdFor !== undefined) return Promise.reject(new LightningRefused('it cannot hold payments'));
    if (this.unwilling) return Promise.reject(new LightningRefused('too much for a channel'));
    if (this.away) return Promise.reject(new LightningUnavailable('away'));
    this.orders.push(order);
    const preimage = randomBytes(32).toString('hex');
    const paymentHash = createHash('sha256').update(Buffer.from(preimage, 'hex')).digest('hex');
    this.preimages.set(paymentHash, preimage);
    const expiresAtMs = Date.now() + order.expirySeconds * 1_000;
    return Promise.resolve({
      bolt11: `lnbcrt1${order.label.replaceAll(/[^a-z0-9]/g, '')}`,
      paymentHash,
      payeeKey: '02'.repeat(33),
      expiresAtMs,
    });
  }

  lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    if (this.away) return Promise.reject(new LightningUnavailable('away'));
    this.lookUpsUntilSettled -= 1;
    const isSettled = this.lookUpsUntilSettled < 0;
    return Promise.resolve({
      paymentHash,
      state: isSettled ? 'settled' : 'open',
      receivedMsat: isSettled ? 100_000n : 0n,
      heldMsat: 0n,
      settledAtMs: isSettled ? Date.now() : null,
    });
  }

  async *settlements(): AsyncGenerator<never> {}
  settle = (): Promise<void> => Promise.resolve();
  cancel = (hash: string): Promise<void> => Promise.resolve(void this.cancelled.push(hash));
  close = (): Promise<void> => Promise.resolve();
}

class Stage {
  readonly gate = new StrictGate();
  readonly node = new NodeByHand();
  readonly told: string[] = [];
  readonly service: GateService;
  #ids = 0;
  /** What passes from one look at the clock to the next. */
  lookMs = 1;
  #uptimeMs = 0;

  constructor() {
    const challenges = new Challenges({
      store: this.#store(),
      node: this.node,
      ring: { current: 1, keys: new Map([[1, new Uint8Array(32).fill(1)]]) },
      clock: { ...systemClock, uptimeMs: () => (this.#uptimeMs += this.lookMs) },
      tell: (event) => this.told.push(event),
      recorded() {},
      owed() {},
    });
    this.service = new GateService({
      store: this.#store(),
      challenges,
      clock: systemClock,
      newId: () => `d${this.#ids++}`,
    });
    this.gate.strict.at = BigInt(Date.now()) * 1_000_000n;
  }

  ask(cents: number, lines: readonly string[] = []): Promise<GateAnswer> {
    const request: GateRequest = {
      merchantId: 'acme',
      actorId: 'ann',
      actionKind: 'po_submit',
      amountCents: money(cents),
      category: null,
      period: null,
      deliveryDate: null,
      currency: null,
      basis: null,
      context: { poId: null, transferId: null, orderId: null },
    };
    return this.service.ask({
      request,
      caller: 'key-1',
      role: 'buyer',
      idempotencyKey: null,
      acknowledged: false,
      lines,
    });
  }

  /** Invoices are found by their hash, too. */
  #store() {
    const { submit } = this.gate;
    const rows = async <R extends Row>(query: RowQuery<R>): Promise<readonly R[]> => {
      const hash = (query.where as { payment_hash?: string } | undefined)?.payment_hash;
      if (query.table.name !== invoices.name || hash === undefined) return this.gate.rows(query);
      const found = Array.from({ length: this.#ids }, (_, i) => this.gate.invoice(`d${i}`));
      return found.filter((row) => row?.payment_hash === hash) as unknown as R[];
    };
    return { submit, rows };
  }
}

const credentialOf = (answer: GateAnswer, node: NodeByHand): string[] => {
  assert.equal(answer.kind, 'challenged');
  const { line, paymentHash } = answer.challenge;
  return [`L402 ${/macaroon="([^"]+)"/.exec(line)?.[1]}:${node.preimages.get(paymentHash)}`];
};

const allowedBy = (answer: GateAnswer): boolean => answer.kind === 'answered' && answer.outcome.code === null;

suite('challenges', () => {
  test('L-06 a crowd with one request: the node is asked once, and all have the same text', async () => {
    const stage = new Stage();
    const answers = await Promise.all(Array.from({ length: 50 }, () => stage.ask(5)));
    assert.equal(stage.node.orders.length, 1);
    assert.deepEqual(stage.node.orders[0], { label: 'd0', sats: 100n, description: 'purser:d0', expirySeconds: 600 });
    assert.equal(
      new Set(answers.map((each) => (each.kind === 'challenged' ? each.challenge.line : each.kind))).size,
      1,
    );
  });

  test('L-05 the preimage fits and the notice is late: the request waits, and no second invoice is made', async () => {
    const stage = new Stage();
    const lines = credentialOf(await stage.ask(5), stage.node);
    stage.node.lookUpsUntilSettled = 4;
    assert.equal(allowedBy(await stage.ask(5, lines)), true);
    assert.equal(stage.node.orders.length, 1);
    assert.equal(allowedBy(await stage.ask(5, lines)), true);
  });

  test('L-05, A.7 the preimage fits and the node is away: come again, and nothing is asked of who has paid', async () => {
    const stage = new Stage();
    const lines = credentialOf(await stage.ask(5), stage.node);
    stage.node.away = true;
    stage.lookMs = 1_000;
    assert.deepEqual(await stage.ask(5, lines), { kind: 'no_lightning', decisionId: 'd0' });
    stage.node.away = false;
    stage.node.lookUpsUntilSettled = 0;
    assert.equal(allowedBy(await stage.ask(5, lines)), true);
    assert.equal(stage.node.orders.length, 1);
  });

  for (const what of ['with', 'without'])
    test(`L-05 expired while the node is away, asked again ${what} the credential: the payment is not given up`, async () => {
      const stage = new Stage();
      const challenged = credentialOf(await stage.ask(5), stage.node);
      const lines = what === 'with' ? challenged : [];
      stage.gate.pass(601);
      stage.node.away = true;
      stage.lookMs = 1_000;
      const meanwhile = await stage.ask(5, lines);
      const code = meanwhile.kind === 'answered' ? meanwhile.outcome.code : meanwhile.kind;
      assert.ok(code === 'lightning_unavailable' || code === 'no_lightning', code ?? 'allowed');
      assert.deepEqual([stage.gate.decision('d0')?.state, stage.gate.invoice('d0')?.state], ['challenged', 'open']);
      stage.node.away = false;
      stage.node.lookUpsUntilSettled = 0;
      assert.equal(allowedBy(await stage.ask(5, lines)), true);
    });

  test('B-04 paid with a phone, and asked again before anybody told us: one look at the node is enough', async () => {
    const stage = new Stage();
    await stage.ask(5);
    stage.node.lookUpsUntilSettled = 0;
    assert.equal(allowedBy(await stage.ask(5)), true);
  });

  test('B-28 the node is away: nothing is reserved, and when it is back the same request begins anew', async () => {
    const stage = new Stage();
    stage.node.away = true;
    assert.deepEqual(await stage.ask(5), { kind: 'no_lightning', decisionId: 'd0' });
    assert.deepEqual([stage.gate.decision('d0')?.state, stage.gate.invoice('d0')?.state], ['expired', 'closed']);
    stage.node.away = false;
    assert.equal((await stage.ask(5)).kind, 'challenged');
    assert.deepEqual(stage.told, ['invoice_failed']);
  });

  test('B-28 a node that will not issue so much is told apart from one that is away', async () => {
    const stage = new Stage();
    stage.node.unwilling = true;
    assert.deepEqual(await stage.ask(5), { kind: 'lightning_refused', decisionId: 'd0', sats: 100 });
    assert.deepEqual([stage.gate.decision('d0')?.state, stage.gate.invoice('d0')?.state], ['expired', 'closed']);
  });

  test('B-24 the policy wants payments held, and the node cannot: that is said, and nothing is reserved', async () => {
    const stage = new Stage();
    await rule(stage.gate, { invoice: 'hold' });
    assert.deepEqual(await stage.ask(5), { kind: 'cannot_hold', decisionId: 'd0' });
    assert.deepEqual([stage.gate.decision('d0')?.state, stage.gate.invoice('d0')?.state], ['expired', 'closed']);
    assert.deepEqual(stage.node.orders, []);
    await rule(stage.gate, { invoice: 'ordinary' });
    assert.equal((await stage.ask(5)).kind, 'challenged');
  });

  test('B-04 paid with a phone, and locked before anybody told us: the payment is found, and nothing is refused', async () => {
    const stage = new Stage();
    await stage.ask(5);
    await rule(stage.gate, { role_limits: { buyer: 1 } });
    const refused = await stage.ask(5);
    assert.equal(refused.kind === 'answered' && refused.outcome.code, 'policy_violation');
    stage.node.lookUpsUntilSettled = 0;
    assert.equal(allowedBy(await stage.ask(5)), true);
  });

  test('B-28 a challenge that has ended is cancelled at the node, and only that', async () => {
    const stage = new Stage();
    const answer = await stage.ask(5);
    assert.ok(answer.kind === 'challenged');
    await stage.service.ended('d0');
    assert.deepEqual(stage.node.cancelled, []);
    await reported(stage.gate, 'd0', 'cancel');
    await stage.service.ended('d0');
    assert.deepEqual(stage.node.cancelled, [answer.challenge.paymentHash]);
  });

  test('L-06 a key that has made a hundred challenges at once waits for the next', async () => {
    const stage = new Stage();
    for (let i = 1; i <= 100; i++) assert.equal((await stage.ask(i)).kind, 'challenged');
    const facts = stage.gate.strict.facts.length;
    const answer = await stage.ask(101);
    assert.equal(answer.kind === 'answered' && answer.outcome.code, 'too_many_challenges');
    assert.equal(stage.gate.strict.facts.length, facts);
  });

  test('a period or a day that makes no sense is told by its name', async () => {
    const stage = new Stage();
    const request = {
      merchantId: 'acme',
      actorId: 'a',
      actionKind: 'other',
      amountCents: money(1),
      category: null,
      deliveryDate: null,
      currency: null,
      basis: null,
      context: { poId: null, transferId: null, orderId: null },
    } as const;
    const asked = { caller: 'k', role: 'buyer', idempotencyKey: null, acknowledged: false, lines: [] };
    assert.deepEqual(await stage.service.ask({ ...asked, request: { ...request, period: '2026-13' } }), {
      kind: 'senseless',
      field: 'period',
    });
  });
});
