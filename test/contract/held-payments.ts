/**
 * Payments that are held, on a real engine and a real Lightning node (L-05, N-01): taken and given back to the millisatoshi, and
 * gone on with wherever a server died.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { HeldPayments } from '../../src/background/held-payments.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { GateRequest } from '../../src/budgets/gate-request.ts';
import { invoices, type InvoiceRow } from '../../src/budgets/tables.ts';
import { Challenges } from '../../src/gate/challenges.ts';
import { GateService, type GateAnswer } from '../../src/gate/gate-service.ts';
import { unseal, type KeyRing } from '../../src/l402/sealing.ts';
import type { LightningNode } from '../../src/lightning/node.ts';
import { newId } from '../../src/base/new-id.ts';
import type { Store } from '../../src/store/store.ts';
import { assertGateSound } from '../rig/gate-audit.ts';
import { accepted, decisionOf, gateDecisions, money, reported, rule } from '../rig/gate-commands.ts';
import { policy, type Place } from '../rig/store-place.ts';
import { until } from '../rig/until.ts';
import type { Paid } from './lightning.ts';

/** A node that holds payments, and who pays. */
export interface HoldingBackend {
  readonly node: LightningNode;
  pay(bolt11: string): Promise<Paid>;
  payerMsat(): Promise<bigint>;
  /** Cuts the node off, and lets it answer again; left out where it is a part of the server. */
  cut?(): Promise<void>;
  mend?(): Promise<void>;
  close(): Promise<void>;
}

const RING = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) };
const PRICE_MSAT = 100_000n;

/** One server's part; another one of them is another process on the same database. */
class Server {
  readonly gate: GateService;
  readonly held: HeldPayments;
  readonly told: string[] = [];
  readonly lags: number[] = [];

  constructor(
    store: Store,
    node: LightningNode,
    { nowMs = () => systemClock.nowMs(), ring = RING }: { readonly nowMs?: () => number; readonly ring?: KeyRing } = {},
  ) {
    const tell = (event: string): void => void this.told.push(event);
    const recorded = (lagMs: number): void => void this.lags.push(lagMs);
    const owed = (): void => void this.told.push('owed');
    const parts = { store, node, ring, tell, recorded, owed };
    const challenges = new Challenges({ ...parts, clock: systemClock });
    this.gate = new GateService({ store, challenges, clock: systemClock, newId });
    this.held = new HeldPayments({
      ...parts,
      nowMs,
      settled: (decision) => challenges.settled(decision),
      failed: () => void this.told.push('away'),
    });
  }

  ask(po: string, lines: readonly string[] = []): Promise<GateAnswer> {
    const request: GateRequest = {
      merchantId: 'acme',
      actorId: 'ann',
      actionKind: 'po_submit',
      amountCents: money(500),
      category: null,
      period: '2026-11',
      deliveryDate: null,
      currency: null,
      basis: null,
      context: { poId: po, transferId: null, orderId: null },
    };
    const asked = { caller: 'key-1', role: 'buyer', idempotencyKey: null, acknowledged: false };
    return this.gate.ask({ ...asked, request, lines });
  }
}

export interface HoldingPlace {
  readonly createPlace: () => Place;
  readonly openBackend: () => Promise<HoldingBackend>;
  /** Can its node be cut off? */
  readonly cuts: boolean;
}

export function heldPaymentsContract(name: string, { createPlace, openBackend, cuts }: HoldingPlace): void {
  suite(`${name}: held payments`, () => {
    let backend: HoldingBackend;
    let place: Place;
    let store: Store;
    let server: Server;
    before(async () => {
      backend = await openBackend();
    });
    after(() => backend.close());
    beforeEach(async () => {
      place = createPlace();
      store = await place.open({ decisions: gateDecisions(policy), clock: systemClock });
      await rule(store, { invoice: 'hold' });
      server = new Server(store, backend.node);
    });

    const row = async (id: string): Promise<InvoiceRow> => {
      const where = { decision_id: id };
      const [found] = await store.rows({ table: invoices, where, by: 'decision_id', limit: 1 });
      return found!;
    };
    const atNode = async (id: string) => (await backend.node.lookUp((await row(id)).payment_hash!))?.state;

    /** As only the server knows it. */
    async function preimageOf(id: string): Promise<string> {
      const { preimage_sealed: sealed, payment_hash: hash } = await row(id);
      const preimage = unseal(RING, sealed!, hash!);
      assert.ok(typeof preimage !== 'string');
      return preimage.toString('hex');
    }

    /** Everything that the facts say, on a database that nobody has open. */
    async function assertProved(): Promise<void> {
      await assertGateSound(store);
      await store.close();
      const { checks } = await place.verify();
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
    }

    /** A challenge that somebody has paid: the node holds the payment, and nobody has looked yet. */
    async function paid(po: string) {
      const purse = await backend.payerMsat();
      const answer = await server.ask(po);
      assert.equal(answer.kind, 'challenged');
      const id = answer.view.decision_id;
      const { line, bolt11 } = answer.challenge;
      const ended = backend.pay(bolt11);
      await until('held', async () => (await atNode(id)) === 'held');
      assert.equal((await row(id)).state, 'open');
      return { id, line, ended, purse };
    }

    /** The whole price is back, and nothing else. */
    async function assertBack(payment: { readonly ended: Promise<Paid>; readonly purse: bigint }): Promise<void> {
      assert.equal((await payment.ended).ok, false);
      assert.equal(await backend.payerMsat(), payment.purse);
    }

    async function assertTaken(payment: { readonly ended: Promise<Paid>; readonly purse: bigint }): Promise<string> {
      const result = await payment.ended;
      assert.ok(result.ok);
      assert.equal(await backend.payerMsat(), payment.purse - PRICE_MSAT);
      return result.preimage;
    }

    test('B-04, L-05 held, accepted, settled: the wallet has its preimage only then, and the credential is good once', async () => {
      const payment = await paid('p');
      await server.held.run();
      const preimage = await assertTaken(payment);
      const { state, hold, preimage_sealed: sealed, received_msat: received } = await row(payment.id);
      assert.deepEqual([state, hold, sealed, received], ['settled', 'ended', null, PRICE_MSAT]);
      assert.ok(server.lags.length === 1 && server.lags[0]! >= 0);
      const lines = [`L402 ${/macaroon="([^"]+)"/.exec(payment.line)?.[1]}:${preimage}`];
      for (const replayed of [false, true]) {
        const answer = await server.ask('p', lines);
        assert.ok(answer.kind === 'answered');
        assert.deepEqual([answer.outcome.code, answer.outcome.replayed], [null, replayed]);
      }
      const facts = await store.factsAbout({ subject: payment.id, after: 0, limit: 100 });
      assert.deepEqual(
        facts.map(({ type }) => type.slice(4, -3)).filter((type) => type !== 'root-key-sealed'),
        ['gate-challenged', 'invoice-recorded', 'invoice-held', 'invoice-settled', 'gate-paid'],
      );
      assert.ok(!facts.some(({ body }) => body.includes(preimage)), 'no preimage in the journal');
      await assertProved();
    });

    test('B-04 paid with a phone: the repeat takes the payment, without waiting for anybody', async () => {
      const payment = await paid('p');
      const answer = await server.ask('p');
      assert.equal(answer.kind === 'answered' && answer.outcome.code, null);
      await assertTaken(payment);
      await assertProved();
    });

    test('L-05 the period was closed meanwhile: the payer has everything back, and the next answer is no', async () => {
      const payment = await paid('p');
      const command = { type: 'change-period', merchantId: 'acme', period: '2026-11', to: 'closed' } as const;
      await store.submit({ ...command, budgetId: null, reason: null, actor: 'ann' });
      await server.held.run();
      await assertBack(payment);
      assert.equal((await decisionOf(store, payment.id)).reason, 'payment_returned');
      assert.deepEqual([(await row(payment.id)).hold, await atNode(payment.id)], ['ended', 'closed']);
      const answer = await server.ask('p');
      assert.equal(answer.kind === 'answered' && answer.outcome.code, 'policy_violation');
      await assertProved();
    });

    test('L-05 and who paid with a phone hears so at once', async () => {
      const payment = await paid('p');
      const command = { type: 'change-period', merchantId: 'acme', period: '2026-11', to: 'locked' } as const;
      await store.submit({ ...command, budgetId: null, reason: null, actor: 'ann' });
      const answer = await server.ask('p');
      assert.equal(answer.kind === 'answered' && answer.outcome.code, 'policy_violation');
      await server.held.run();
      await assertBack(payment);
      await assertProved();
    });

    test('L-04 the key of its preimage was lost: nobody can take the payment, and it goes back', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT);
      const other = new Server(store, backend.node, { ring: { current: 1, keys: new Map([[1, new Uint8Array(32)]]) } });
      await other.held.run();
      await assertBack(payment);
      assert.deepEqual(other.told, ['preimage_unreadable']);
      assert.equal((await decisionOf(store, payment.id)).reason, 'payment_returned');
      await assertProved();
    });

    test('L-04 between rotate-keys and its restart a server lacks the key: the payment waits for one that has it', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT);
      const former = new Server(store, backend.node, {
        ring: { current: 2, keys: new Map([[2, new Uint8Array(32)]]) },
      });
      for (let i = 0; i < 2; i++) await former.held.run();
      assert.deepEqual([former.told, await atNode(payment.id)], [['preimage_unreadable'], 'held']);
      await server.held.run();
      await assertTaken(payment);
      await assertProved();
    });

    test('L-05 no server has the key any more: the challenge’s end gives the payment back', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT);
      const former = new Server(store, backend.node, {
        ring: { current: 2, keys: new Map([[2, new Uint8Array(32)]]) },
      });
      await former.held.run();
      const { merchant_id: merchant, bucket } = await decisionOf(store, payment.id);
      await store.submit({
        type: 'close-invoice',
        decisionId: payment.id,
        merchant,
        bucket,
        reason: 'challenge_expired',
      });
      await former.held.run();
      await assertBack(payment);
      await assertProved();
    });

    test('L-05 the challenge was called off while its payment was held: the payer has everything back', async () => {
      const payment = await paid('p');
      await reported(store, payment.id, 'cancel');
      // The server that was told died before it told the node.
      await new Server(store, backend.node).held.run();
      await assertBack(payment);
      assert.equal((await row(payment.id)).hold, 'ended');
      await assertProved();
    });

    test('L-07 the server died after it accepted the payment: the next one takes it', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT);
      assert.deepEqual([(await row(payment.id)).state, await atNode(payment.id)], ['held', 'held']);
      await new Server(store, backend.node).held.run();
      await assertTaken(payment);
      assert.equal((await row(payment.id)).state, 'settled');
      await assertProved();
    });

    test('L-07 the server died after it had told the node: the next one finds the settlement', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT);
      await backend.node.settle(await preimageOf(payment.id));
      await assertTaken(payment);
      assert.equal((await row(payment.id)).state, 'held');
      await new Server(store, backend.node).held.run();
      assert.equal((await row(payment.id)).state, 'settled');
      await assertProved();
    });

    test('L-07 settled in the very moment in which the challenge was called off: owed to the payer, and told', async () => {
      const payment = await paid('p');
      const preimage = await preimageOf(payment.id);
      await reported(store, payment.id, 'cancel');
      await backend.node.settle(preimage);
      await assertTaken(payment);
      await server.held.run();
      const { state, hold, credit_msat: credit } = await row(payment.id);
      assert.deepEqual([state, hold, credit], ['settled', 'ended', PRICE_MSAT]);
      assert.equal(server.told.at(-1), 'owed');
      await assertProved();
    });

    test('L-07 two servers at once: the payment is taken once', async () => {
      const payment = await paid('p');
      const servers = [server, new Server(store, backend.node), new Server(store, backend.node)];
      await Promise.all(servers.map(({ held }) => held.run()));
      await assertTaken(payment);
      const facts = await store.factsAbout({ subject: payment.id, after: 0, limit: 100 });
      assert.equal(facts.filter(({ type }) => type === 'otb/invoice-settled.v1').length, 1);
      await assertProved();
    });

    test('L-05 less is held than was quoted: back to the payer, and nothing is taken', async () => {
      const payment = await paid('p');
      await accepted(store, payment.id, PRICE_MSAT - 1n);
      await server.held.run();
      await assertBack(payment);
      await assertProved();
    });

    test('L-06 nobody pays: cancelled at the node when the invoice expires, and then it cannot be paid', async () => {
      const answer = await server.ask('p');
      assert.ok(answer.kind === 'challenged');
      const id = answer.view.decision_id;
      await server.held.run();
      assert.equal((await row(id)).state, 'open');
      await new Server(store, backend.node, { nowMs: () => Date.now() + 601_000 }).held.run();
      assert.deepEqual([(await row(id)).state, (await row(id)).hold, await atNode(id)], ['closed', 'ended', 'closed']);
      assert.equal((await backend.pay(answer.challenge.bolt11)).ok, false);
      await assertProved();
    });

    if (cuts)
      test('N-04 the node is away between acceptance and settlement: told once, and taken when it is back', async () => {
        const payment = await paid('p');
        await accepted(store, payment.id, PRICE_MSAT);
        await backend.cut?.();
        await server.held.run();
        await server.held.run();
        assert.deepEqual(server.told, ['away']);
        assert.equal((await row(payment.id)).state, 'held');
        // Whoever asks meanwhile sees the same challenge, and no second invoice.
        const meanwhile = await server.ask('p');
        assert.equal(meanwhile.kind === 'challenged' && meanwhile.view.decision_id, payment.id);
        await backend.mend?.();
        await server.held.run();
        await assertTaken(payment);
        await assertProved();
      });
  });
}
