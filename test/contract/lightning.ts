/**
 * What every adapter to a Lightning node must do (N-04): one suite, run by each of them against a backend in which a real
 * payment can be made.
 *
 * An adapter's own test file calls `lightningContract('LND', place)`. `place.open()` is called once, before the first test: it
 * starts the backend and a payer with a funded channel to it, and answers with the adapter connected to it and with what the
 * suite does from outside: paying, looking into the payer's purse, restarting. Everything in a `Backend` that is optional is
 * left out where the backend has nothing of the kind; its tests are then not made. `place.silent()` gives an adapter whose
 * backend takes connections and never answers: it must have given up within its own timeout.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import {
  LightningRefused,
  LightningUnavailable,
  type InvoiceOrder,
  type InvoiceState,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../../src/lightning/node.ts';
import { readInvoice } from '../rig/read-invoice.ts';
import { until } from '../rig/until.ts';

/** How a payment ended. */
export type Paid = { readonly ok: true; readonly preimage: string } | { readonly ok: false; readonly reason: string };

export interface Backend {
  readonly node: LightningNode;
  /** The node's public key as the backend itself tells it, 33 bytes in lower hex. */
  readonly payeeKey: string;
  /**
   * A careless wallet: it pays what it is given, also what was paid before or has expired, so that the refusal is the backend's.
   * Resolves when the payment has ended; one that is held ends when it is settled or cancelled.
   */
  pay(bolt11: string): Promise<Paid>;
  /** What the payer could spend, to the millisatoshi. */
  payerMsat(): Promise<bigint>;
  /** Kills the backend and starts it again on what it kept; the adapter of before may be used on, or another one answered. */
  restart?(): Promise<LightningNode>;
  close(): Promise<void>;
}

export interface BackendPlace {
  /** What the invoices begin with behind `ln`: `bcrt` for regtest. */
  readonly network: string;
  /** What the backend does when an ordinary invoice is paid again: takes it, so that it has to be counted, or refuses it. */
  readonly paidTwice: 'counted' | 'refused';
  /** Can an open ordinary invoice be closed by `cancel`? */
  readonly closesOpen: boolean;
  open(): Promise<Backend>;
  /** An adapter whose backend never answers, and what ends that. */
  silent(): Promise<{ readonly node: LightningNode; readonly end: () => Promise<void> }>;
}

const sha256 = (hex: string): string => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');

const orderOf = (sats: bigint, more: Partial<InvoiceOrder> = {}): InvoiceOrder => ({
  label: randomUUID(),
  sats,
  description: 'One answer, as ordered.',
  expirySeconds: 600,
  ...more,
});

/** Follows settlements as the server does: in the background, with its place kept. */
class Follower {
  readonly told: Settlement[] = [];
  failure: unknown;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(node: LightningNode, cursor: string | null) {
    this.#ended = this.#follow(node, cursor).catch((error: unknown) => void (this.failure = error));
  }

  async #follow(node: LightningNode, cursor: string | null): Promise<void> {
    for await (const settlement of node.settlements(cursor, this.#stop.signal)) this.told.push(settlement);
  }

  /** The first notice of this invoice, already told or still to come. */
  async notice(paymentHash: string): Promise<Settlement> {
    const find = (): Settlement | undefined => this.told.find((told) => told.paymentHash === paymentHash);
    await until(`a notice of ${paymentHash}`, () => {
      if (this.failure !== undefined) throw this.failure;
      return find() !== undefined;
    });
    return find()!;
  }

  /** The cursor behind everything told so far. */
  get cursor(): string | null {
    return this.told.at(-1)?.cursor ?? null;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    if (this.failure !== undefined) throw this.failure;
  }
}

export function lightningContract(name: string, place: BackendPlace): void {
  suite(`${name}: the contract of a Lightning node`, () => {
    let backend: Backend;
    let node: LightningNode;
    before(async () => {
      backend = await place.open();
      ({ node } = backend);
    });
    after(() => backend.close());

    const stateOf = async (paymentHash: string): Promise<InvoiceState | undefined> =>
      (await node.lookUp(paymentHash))?.state;

    async function paidInvoice(sats: bigint): Promise<IssuedInvoice> {
      const invoice = await node.issue(orderOf(sats));
      const paid = await backend.pay(invoice.bolt11);
      assert.ok(paid.ok, paid.ok ? '' : paid.reason);
      return invoice;
    }

    test('N-01: an invoice is what was ordered, to anybody who decodes it', async () => {
      const order = orderOf(1_234n, { expirySeconds: 421, description: 'x'.repeat(100) });
      const beforeMs = Date.now();
      const invoice = await node.issue(order);
      const { createdAtMs, ...read } = readInvoice(invoice.bolt11);
      assert.deepEqual(read, {
        network: place.network,
        amountMsat: 1_234_000n,
        paymentHash: invoice.paymentHash,
        description: order.description,
        expiresAtMs: createdAtMs + 421_000,
        payeeKey: backend.payeeKey,
      });
      assert.equal(invoice.payeeKey, backend.payeeKey);
      assert.equal(invoice.expiresAtMs, read.expiresAtMs);
      // Invoices count in seconds, and a backend's clock may be another one.
      assert.ok(Math.abs(createdAtMs - beforeMs) < 60_000);
    });

    test('invoices of one satoshi and of very many; no two have one hash', async () => {
      const invoices = await Promise.all([1n, 1n, 1_000_000_000n].map((sats) => node.issue(orderOf(sats))));
      assert.deepEqual(
        invoices.map(({ bolt11 }) => readInvoice(bolt11).amountMsat),
        [1_000n, 1_000n, 1_000_000_000_000n],
      );
      assert.equal(new Set(invoices.map(({ paymentHash }) => paymentHash)).size, 3);
    });

    test('N-04: a real payment: the payer gets the preimage of the hash, and the look-up tells what came in', async () => {
      const invoice = await node.issue(orderOf(250n));
      assert.deepEqual(await node.lookUp(invoice.paymentHash), {
        paymentHash: invoice.paymentHash,
        state: 'open',
        receivedMsat: 0n,
        heldMsat: 0n,
        settledAtMs: null,
      });
      const beforeMs = Date.now();
      const purse = await backend.payerMsat();
      const paid = await backend.pay(invoice.bolt11);
      assert.ok(paid.ok);
      assert.equal(sha256(paid.preimage), invoice.paymentHash);
      await until('settled', async () => (await stateOf(invoice.paymentHash)) === 'settled');
      const status = await node.lookUp(invoice.paymentHash);
      assert.equal(status?.receivedMsat, 250_000n);
      // Some backends count in seconds.
      assert.ok(status.settledAtMs !== null && status.settledAtMs >= beforeMs - 1_000);
      assert.ok(status.settledAtMs <= Date.now() + 1_000);
      assert.equal(await backend.payerMsat(), purse - 250_000n);
    });

    test('a hash that nobody has seen is unknown', async () => {
      assert.equal(await node.lookUp(randomBytes(32).toString('hex')), undefined);
    });

    test('L-07: a settlement is told to whoever follows, with a cursor', async () => {
      const follower = new Follower(node, null);
      const invoice = await paidInvoice(77n);
      const { cursor, settledAtMs, ...told } = await follower.notice(invoice.paymentHash);
      assert.deepEqual(told, { paymentHash: invoice.paymentHash, receivedMsat: 77_000n });
      assert.ok(cursor !== '' && Math.abs(settledAtMs - Date.now()) < 60_000);
      await follower.stop();
    });

    test('L-07: whoever comes back with a cursor misses nothing that happened in between', async () => {
      const first = await paidInvoice(1n);
      const follower = new Follower(node, null);
      const { cursor } = await follower.notice(first.paymentHash);
      await follower.stop();
      const missed = await Promise.all([paidInvoice(2n), paidInvoice(3n)]);
      const again = new Follower(node, cursor);
      for (const { paymentHash } of missed) await again.notice(paymentHash);
      const later = await paidInvoice(4n);
      await again.notice(later.paymentHash);
      await again.stop();
      const last = new Follower(node, again.cursor);
      const latest = await paidInvoice(5n);
      await last.notice(latest.paymentHash);
      // At least once: the last one told may come again, but a cursor that leads back to the start is none.
      assert.ok(!last.told.some(({ paymentHash }) => paymentHash === first.paymentHash));
      await last.stop();
    });

    test('a follower that stops is gone, also before anything was told', async () => {
      const follower = new Follower(node, null);
      await follower.stop();
      const stopped = new AbortController();
      stopped.abort();
      for await (const settlement of node.settlements(null, stopped.signal))
        assert.fail(JSON.stringify(settlement.cursor));
    });

    test('an invoice that expires is closed, and cannot be paid any more', async () => {
      const invoice = await node.issue(orderOf(10n, { expirySeconds: 1 }));
      assert.equal(invoice.expiresAtMs, readInvoice(invoice.bolt11).expiresAtMs);
      await until('closed', async () => (await stateOf(invoice.paymentHash)) === 'closed');
      assert.ok(Date.now() >= invoice.expiresAtMs);
      assert.equal((await backend.pay(invoice.bolt11)).ok, false);
      const { state, receivedMsat } = (await node.lookUp(invoice.paymentHash))!;
      assert.deepEqual({ state, receivedMsat }, { state: 'closed', receivedMsat: 0n });
    });

    test('a wallet without enough is refused, and the invoice stays open', async () => {
      const purse = await backend.payerMsat();
      const invoice = await node.issue(orderOf(purse / 1_000n + 1n));
      assert.equal((await backend.pay(invoice.bolt11)).ok, false);
      assert.equal(await stateOf(invoice.paymentHash), 'open');
      assert.equal(await backend.payerMsat(), purse);
    });

    test('L-07: what is paid twice is counted twice, or refused the second time', async () => {
      const invoice = await paidInvoice(30n);
      await until('settled', async () => (await stateOf(invoice.paymentHash)) === 'settled');
      const again = await backend.pay(invoice.bolt11);
      assert.equal(again.ok, place.paidTwice === 'counted');
      const wanted = again.ok ? 60_000n : 30_000n;
      await until('counted', async () => (await node.lookUp(invoice.paymentHash))?.receivedMsat === wanted);
    });

    test('close: an open invoice, where the backend can', async () => {
      if (!place.closesOpen) return;
      const invoice = await node.issue(orderOf(10n));
      await node.cancel(invoice.paymentHash);
      await node.cancel(invoice.paymentHash);
      assert.equal(await stateOf(invoice.paymentHash), 'closed');
      assert.equal((await backend.pay(invoice.bolt11)).ok, false);
    });

    suite('held payments', () => {
      /** An invoice that is paid and held, and how its payment will end. */
      async function held(sats: bigint) {
        const preimage = randomBytes(32).toString('hex');
        const invoice = await node.issue(orderOf(sats, { holdFor: sha256(preimage) }));
        assert.equal(invoice.paymentHash, sha256(preimage));
        assert.equal(readInvoice(invoice.bolt11).paymentHash, invoice.paymentHash);
        const ended = backend.pay(invoice.bolt11);
        await until('held', async () => (await stateOf(invoice.paymentHash)) === 'held');
        return { preimage, ...invoice, ended };
      }

      test('settled: the payer gets the preimage only then, and it is told like any other', async () => {
        if (!node.canHold) return;
        const purse = await backend.payerMsat();
        const { preimage, paymentHash, ended } = await held(500n);
        // Not ours yet: nothing came in.
        const { receivedMsat, heldMsat } = (await node.lookUp(paymentHash))!;
        assert.deepEqual([receivedMsat, heldMsat], [0n, 500_000n]);
        const follower = new Follower(node, null);
        await node.settle(preimage);
        await node.settle(preimage);
        assert.deepEqual(await ended, { ok: true, preimage });
        await until('settled', async () => (await stateOf(paymentHash)) === 'settled');
        assert.equal((await node.lookUp(paymentHash))?.receivedMsat, 500_000n);
        assert.equal((await follower.notice(paymentHash)).receivedMsat, 500_000n);
        await follower.stop();
        assert.equal(await backend.payerMsat(), purse - 500_000n);
      });

      test('cancelled: the payer has everything back, to the millisatoshi', async () => {
        if (!node.canHold) return;
        const purse = await backend.payerMsat();
        const { paymentHash, bolt11, ended } = await held(500n);
        assert.ok((await backend.payerMsat()) <= purse - 500_000n);
        await node.cancel(paymentHash);
        await node.cancel(paymentHash);
        assert.equal((await ended).ok, false);
        assert.equal(await backend.payerMsat(), purse);
        const { state, receivedMsat } = (await node.lookUp(paymentHash))!;
        assert.deepEqual({ state, receivedMsat }, { state: 'closed', receivedMsat: 0n });
        assert.equal((await backend.pay(bolt11)).ok, false);
      });

      test('several at once, each with an end of its own', async () => {
        if (!node.canHold) return;
        const payments = await Promise.all([11n, 12n, 13n].map((sats) => held(sats)));
        const [first, second, third] = payments;
        await node.cancel(second!.paymentHash);
        await node.settle(third!.preimage);
        await node.settle(first!.preimage);
        assert.deepEqual(
          (await Promise.all(payments.map(({ ended }) => ended))).map(({ ok }) => ok),
          [true, false, true],
        );
      });

      test('settling what was cancelled, or what nobody ordered, is refused', async () => {
        if (!node.canHold) return;
        const { preimage, paymentHash } = await held(5n);
        await node.cancel(paymentHash);
        await assert.rejects(node.settle(preimage), LightningRefused);
        await assert.rejects(node.settle(randomBytes(32).toString('hex')), LightningRefused);
      });

      test('where the backend cannot hold, it says so', async () => {
        if (node.canHold) return;
        const holdFor = sha256(randomBytes(32).toString('hex'));
        await assert.rejects(node.issue(orderOf(1n, { holdFor })), LightningRefused);
        await assert.rejects(node.settle(randomBytes(32).toString('hex')), LightningRefused);
      });
    });

    test('what happened before a restart is known after it, and followers go on from their cursor', async () => {
      if (backend.restart === undefined) return;
      const settled = await paidInvoice(40n);
      const open = await node.issue(orderOf(41n));
      const follower = new Follower(node, null);
      const { cursor } = await follower.notice(settled.paymentHash);
      await follower.stop();
      const untold = await paidInvoice(42n);
      node = await backend.restart();
      await until('answers again', () =>
        node.lookUp(settled.paymentHash).then(
          () => true,
          () => false,
        ),
      );
      assert.equal(await stateOf(settled.paymentHash), 'settled');
      assert.equal(await stateOf(open.paymentHash), 'open');
      const again = new Follower(node, cursor);
      await again.notice(untold.paymentHash);
      assert.ok((await backend.pay(open.bolt11)).ok);
      assert.equal((await again.notice(open.paymentHash)).receivedMsat, 41_000n);
      await again.stop();
    });

    test('N-04: a backend that never answers is unavailable', { timeout: 30_000 }, async () => {
      const { node: silent, end } = await place.silent();
      const hash = randomBytes(32).toString('hex');
      const asked = [silent.issue(orderOf(1n)), silent.lookUp(hash)];
      if (silent.canHold) asked.push(silent.settle(hash) as never, silent.cancel(hash) as never);
      for (const answer of await Promise.allSettled(asked)) {
        assert.equal(answer.status, 'rejected');
        assert.ok(answer.reason instanceof LightningUnavailable, String(answer.reason));
      }
      await silent.close();
      await end();
    });

    test('closing ends what is under way', async () => {
      const { node: silent, end } = await place.silent();
      const asked = assert.rejects(silent.issue(orderOf(1n)), LightningUnavailable);
      await silent.close();
      await asked;
      await assert.rejects(silent.lookUp(randomBytes(32).toString('hex')), LightningUnavailable);
      await end();
    });
  });
}
