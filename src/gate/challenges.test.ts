/** A node that is late, away or asked by a crowd: one invoice for each challenge, and no answer that is a guess (L-05, L-06, B-28). */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { holdEnded, money, plan, reported, rule } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { dayAt } from '../budgets/calendar.ts';
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
  canHold = false;
  readonly orders: InvoiceOrder[] = [];
  readonly preimages = new Map<string, string>();
  readonly cancelled: string[] = [];
  away = false;
  unwilling = false;
  lookUps = 0;
  /** Of a payment that it holds. */
  heldMsat = 0n;
  /** How often it does not know yet that it was paid. */
  lookUpsUntilSettled = Infinity;

  issue(order: InvoiceOrder) {
    if (order.holdFor !== undefined && !this.canHold)
      return Promise.reject(new LightningRefused('it cannot hold payments'));
    if (this.unwilling) return Promise.reject(new LightningRefused('too much for a channel'));
    if (this.away) return Promise.reject(new LightningUnavailable('away'));
    this.orders.push(order);
    const preimage = randomBytes(32).toString('hex');
    const ownHash = createHash('sha256').update(Buffer.from(preimage, 'hex')).digest('hex');
    const paymentHash = order.holdFor ?? ownHash;
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
    this.lookUps += 1;
    this.lookUpsUntilSettled -= 1;
    const isSettled = this.lookUpsUntilSettled < 0;
    return Promise.resolve({
      paymentHash,
      state: isSettled ? 'settled' : this.heldMsat > 0n ? 'held' : 'open',
      receivedMsat: isSettled ? 100_000n : 0n,
      heldMsat: this.heldMsat,
      settledAtMs: isSettled ? Date.now() : null,
    });
  }

  async *settlements(): AsyncGenerator<never> {}
  settle = (): Promise<void> => Promise.resolve();
  cancel = (hash: string): Promise<void> => Promise.resolve(void this.cancelled.push(hash));
  close = (): Promise<void> => Promise.resolve();
}

/** Said differently from the usual. */
interface Who {
  readonly caller?: string;
  readonly key?: string | null;
  readonly merchant?: string;
}

class Stage {
  readonly gate = new StrictGate();
  readonly node = new NodeByHand();
  readonly told: string[] = [];
  readonly service: GateService;
  #ids = 0;
  /** Commands of this type are not recorded: the store is full, or away. */
  refusing: string | undefined;
  challenges: Challenges;
  /** What passes from one look at the clock to the next. */
  lookMs = 1;
  #uptimeMs = 0;
  #laterMs = 0;

  constructor() {
    this.challenges = new Challenges({
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
      challenges: this.challenges,
      clock: { ...systemClock, nowMs: () => Date.now() + this.#laterMs },
      newId: () => `d${this.#ids++}`,
    });
    this.gate.strict.at = BigInt(Date.now()) * 1_000_000n;
  }

  pass(seconds: number): void {
    this.#laterMs += seconds * 1_000;
    this.gate.pass(seconds);
  }

  ask(
    cents: number,
    lines: readonly string[] = [],
    { caller = 'key-1', key = null, merchant = 'acme' }: Who = {},
  ): Promise<GateAnswer> {
    const request: GateRequest = {
      merchantId: merchant,
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
      caller,
      role: 'buyer',
      idempotencyKey: key,
      acknowledged: false,
      lines,
    });
  }

  /** Invoices are found by their hash, too. */
  #store() {
    const submit: StrictGate['submit'] = (command) =>
      command.type === this.refusing
        ? Promise.resolve({ answer: '{"error":"unavailable"}', code: 'unavailable', replayed: false })
        : this.gate.submit(command);
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

  test('L-04 used, and presented again after its time: the same answer while its reservation lives, and no second one', async () => {
    const stage = new Stage();
    const lines = credentialOf(await stage.ask(5), stage.node);
    const late = credentialOf(await stage.ask(6), stage.node);
    stage.node.lookUpsUntilSettled = 0;
    assert.equal(allowedBy(await stage.ask(5, lines)), true);
    // The budget has become free: an action without a document would be reserved once more.
    await plan(stage.gate, 1_000n);
    stage.pass(71 * 60);
    const again = await stage.ask(5, lines);
    assert.equal(again.kind === 'answered' && again.outcome.replayed, true);
    assert.equal(stage.gate.bucket(undefined, dayAt(Date.now()).slice(0, 7))?.reserved_cents, 5n);
    // What was not used in time is worth nothing, and neither is a token of another request.
    for (const [cents, credential] of [
      [6, late],
      [7, lines],
    ] as const) {
      const other = await stage.ask(cents, credential);
      assert.equal(other.kind === 'answered' && other.outcome.replayed, false);
    }
    await reported(stage.gate, 'd0', 'cancel');
    const stale = await stage.ask(5, lines);
    assert.equal(stale.kind === 'answered' && stale.outcome.replayed, false);
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

  for (const [what, refusing] of [
    ['settled', 'settle-invoice'],
    ['held', 'accept-payment'],
  ] as const)
    test(`R2, L-05 paid (${what}), which the store cannot record now: come again, and no answer stands under the key`, async () => {
      const stage = new Stage();
      stage.node.canHold = what === 'held';
      await rule(stage.gate, { invoice: what === 'held' ? 'hold' : 'ordinary' });
      const key = { key: 'k' };
      await stage.ask(5, [], key);
      const later = { invoice: what === 'held' ? 'hold' : 'ordinary', role_limits: { buyer: 1 } } as const;
      await rule(stage.gate, later);
      stage.node.lookUpsUntilSettled = what === 'settled' ? 0 : Infinity;
      stage.node.heldMsat = what === 'held' ? 100_000n : 0n;
      stage.refusing = refusing;
      const meanwhile = await stage.ask(5, [], key);
      assert.equal(meanwhile.kind === 'answered' && meanwhile.outcome.code, 'lightning_unavailable');
      stage.refusing = undefined;
      stage.node.lookUpsUntilSettled = 0;
      assert.equal(allowedBy(await stage.ask(5, [], key)), true);
      assert.deepEqual([stage.node.orders.length, stage.gate.decision('d0')?.paid], [1, 1n]);
    });

  test('L-05 the payment went back while somebody waits for it: nobody waits for it any longer', async () => {
    const stage = new Stage();
    stage.node.canHold = true;
    await rule(stage.gate, { invoice: 'hold' });
    await stage.ask(5);
    const invoice = stage.gate.invoice('d0')!;
    await reported(stage.gate, 'd0', 'cancel');
    await holdEnded(stage.gate, 'd0');
    stage.node.heldMsat = 100_000n;
    stage.lookMs = 1_000;
    const before = stage.node.lookUps;
    assert.equal(await stage.challenges.awaitSettlement(invoice), 'ended');
    assert.equal(stage.node.lookUps - before, 1);
  });

  test('L-05 who waits since others were woken is not forgotten with them', async () => {
    const stage = new Stage();
    await stage.ask(5);
    const invoice = stage.gate.invoice('d0')!;
    stage.lookMs = 100;
    const first = stage.challenges.awaitSettlement(invoice);
    stage.challenges.settled('d0');
    const second = stage.challenges.awaitSettlement(invoice);
    assert.equal(await first, 'settled');
    stage.challenges.settled('d0');
    assert.equal(await second, 'settled');
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

  test('L-06 a hundred and fifty requests of a key at once, for two merchants: a hundred challenges, and the others wait', async () => {
    const stage = new Stage();
    const merchantOf = (i: number): string => (i % 2 === 0 ? 'acme' : 'bolt');
    const answers = await Promise.all(
      Array.from({ length: 150 }, (_, i) => stage.ask(i + 1, [], { merchant: merchantOf(i) })),
    );
    const isLate = (each: GateAnswer): boolean =>
      each.kind === 'answered' && each.outcome.code === 'too_many_challenges';
    assert.deepEqual(
      [answers.filter(({ kind }) => kind === 'challenged').length, answers.filter(isLate).length],
      [100, 50],
    );
    assert.equal(stage.node.orders.length, 100);
  });

  test('L-06 what makes no new challenge takes none away: allowed, the same again, and what the merchant has too many of', async () => {
    const stage = new Stage();
    // Nothing comes back by waiting.
    stage.lookMs = 0;
    await plan(stage.gate, 1_000n);
    for (let i = 0; i < 97; i++) await stage.ask(2_000 + i);
    // At once each of them needs one, until the first has made it.
    await Promise.all(Array.from({ length: 10 }, () => stage.ask(2_900)));
    for (let i = 0; i < 2; i++) await stage.ask(3_000 + i, [], { caller: 'key-2' });
    const allowed = await Promise.all(Array.from({ length: 10 }, () => stage.ask(1)));
    assert.ok(allowed.every(allowedBy));
    await Promise.all(Array.from({ length: 10 }, () => stage.ask(2_000)));
    for (let i = 0; i < 10; i++) assert.equal((await stage.ask(4_000)).kind, 'answered');
    const kinds: string[] = [];
    for (let i = 0; i < 3; i++) kinds.push((await stage.ask(5_000 + i, [], { merchant: 'bolt' })).kind);
    assert.deepEqual(kinds, ['challenged', 'challenged', 'answered']);
  });

  for (const what of ['gate', 'preview'])
    test(`B-21 the merchant has no such week since its year ends otherwise: a call of the ${what} hears that, not that others are busy`, async () => {
      const stage = new Stage();
      const week = { ...request, period: '2023-W53' };
      assert.equal((await stage.service.ask({ ...asked, request: week })).kind, 'challenged');
      await stage.gate.submit({
        type: 'put-merchant',
        merchantId: 'acme',
        name: 'Acme',
        currency: 'USD',
        calendar: '4-5-4',
        yearEnd: '06-30',
        hierarchy: [],
        actor: 'ann',
      });
      const facts = stage.gate.strict.facts.length;
      if (what === 'preview') assert.equal(await stage.service.preview({ ...asked, request: week }), 'period');
      else
        assert.deepEqual(await stage.service.ask({ ...asked, request: week }), { kind: 'senseless', field: 'period' });
      assert.equal(stage.gate.strict.facts.length, facts);
    });

  test('a period or a day that makes no sense is told by its name', async () => {
    const stage = new Stage();
    assert.deepEqual(await stage.service.ask({ ...asked, request: { ...request, period: '2026-13' } }), {
      kind: 'senseless',
      field: 'period',
    });
  });
});
