/**
 * Any wallet that speaks Nostr Wallet Connect (NIP-47). It needs `make_invoice` and `lookup_invoice`; `list_transactions` shows
 * payments of before a restart, and `make_hold_invoice` with its companions makes holding possible.
 */
import { z } from 'zod';
import { limits } from '../../base/limits.ts';
import { checkedInvoice, type Expectation } from '../checked-invoice.ts';
import { Pause, polled, untilAborted, type Paid } from '../following.ts';
import {
  LightningRefused,
  type InvoiceOrder,
  type InvoiceState,
  type InvoiceStatus,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../node.ts';
import { readConnectionUri } from './uri.ts';
import { Wallet, WalletError } from './wallet.ts';

export interface NwcOptions extends Expectation {
  /** `nostr+walletconnect://…` */
  readonly uri: string;
  readonly callMs?: number;
  readonly pollMs?: number;
}

/** What is read of a transaction; its preimage is left out. Amounts are millisatoshis, times seconds. */
const transactionShape = z.object({
  type: z.string().nullish(),
  state: z.string().nullish(),
  invoice: z.string().nullish(),
  payment_hash: z.string().regex(/^[0-9a-f]{64}$/),
  amount: z.int().nonnegative(),
  settled_at: z.int().nullish(),
  expires_at: z.int().nullish(),
});
type Transaction = z.infer<typeof transactionShape>;

const pageShape = z.object({ transactions: z.array(transactionShape) });
const nothing = z.unknown();
const holdMethods = ['make_hold_invoice', 'settle_hold_invoice', 'cancel_hold_invoice'];

/** Throws LightningRefused when the URI is none. */
export function openNwc(options: NwcOptions): LightningNode {
  return new Nwc(options);
}

class Nwc implements LightningNode {
  readonly backend = 'nwc';
  readonly #wallet: Wallet;
  readonly #expected: Expectation;
  readonly #pollMs: number;
  /** With a wallet that lists nothing: invoices of this process that may still be paid, and when they are given up. */
  readonly #open = new Map<string, number>();

  constructor(options: NwcOptions) {
    this.#wallet = new Wallet(readConnectionUri(options.uri), options.clock, options.callMs);
    this.#expected = options;
    this.#pollMs = options.pollMs ?? limits.nwcPollMs;
  }

  /** As the wallet announces it; false until it has been reached for the first time. */
  get canHold(): boolean {
    const methods = this.#wallet.info?.methods;
    return holdMethods.every((method) => methods?.has(method) === true);
  }

  async issue(order: InvoiceOrder): Promise<IssuedInvoice> {
    if (order.holdFor !== undefined) await this.#demandHolding();
    const terms = {
      amount: Number(order.sats * 1_000n),
      description: order.description,
      expiry: order.expirySeconds,
      ...(order.holdFor === undefined ? {} : { payment_hash: order.holdFor }),
    };
    const method = order.holdFor === undefined ? 'make_invoice' : 'make_hold_invoice';
    const made = await this.#wallet.request(method, terms, transactionShape);
    const expected = { ...this.#expected, paymentHash: made.payment_hash };
    const invoice = checkedInvoice(made.invoice ?? '', order, expected);
    const lists = this.#wallet.info?.methods.has('list_transactions') === true;
    if (!lists) this.#open.set(invoice.paymentHash, invoice.expiresAtMs + limits.nwcAfterExpiryMs);
    return invoice;
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const found = await this.#find(paymentHash);
    if (found === undefined) return undefined;
    const state = stateOf(found, this.#expected.clock.nowMs());
    const isSettled = state === 'settled';
    return {
      paymentHash,
      state,
      // What is held is not ours yet.
      receivedMsat: isSettled ? BigInt(found.amount) : 0n,
      // A wallet tells of a held payment when it has the whole amount, which is the invoice's.
      heldMsat: state === 'held' ? BigInt(found.amount) : 0n,
      settledAtMs: isSettled ? (found.settled_at ?? 0) * 1_000 : null,
    };
  }

  settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    return untilAborted(signal, this.#follow(cursor, signal));
  }

  async settle(preimage: string): Promise<void> {
    await this.#demandHolding();
    await this.#wallet.request('settle_hold_invoice', { preimage }, nothing);
  }

  async cancel(paymentHash: string): Promise<void> {
    if (!(await this.#holds())) return;
    try {
      await this.#wallet.request('cancel_hold_invoice', { payment_hash: paymentHash }, nothing);
    } catch (error) {
      // An ordinary invoice cannot be closed, and expires. But what is held must go back.
      if (!(error instanceof WalletError) || (await this.lookUp(paymentHash))?.state === 'held') throw error;
    }
  }

  close(): Promise<void> {
    this.#wallet.close();
    return Promise.resolve();
  }

  async *#follow(cursor: string | null, signal: AbortSignal): AsyncGenerator<Settlement> {
    const pause = new Pause(this.#pollMs);
    const quiet = this.#wallet.onNews(() => pause.cut());
    const since = (sinceMs: number): Promise<readonly Paid[]> => {
      // Before the list is read: a payment that comes meanwhile must cut the next pause.
      pause.arm();
      return this.#settledSince(sinceMs);
    };
    try {
      yield* polled({ backend: this.backend, since, pause: () => pause.wait(signal) }, cursor, signal);
    } finally {
      quiet();
    }
  }

  async #demandHolding(): Promise<void> {
    if (await this.#holds()) return;
    throw new LightningRefused('the wallet does not announce that it can hold payments');
  }

  /** Asks a wallet that has not been reached yet: after a restart something may be held. */
  async #holds(): Promise<boolean> {
    if (!this.canHold) await this.#wallet.announced();
    return this.canHold;
  }

  async #settledSince(sinceMs: number): Promise<readonly Paid[]> {
    const { methods } = await this.#wallet.announced();
    const found = methods.has('list_transactions') ? await this.#list(sinceMs) : await this.#lookUpOpen();
    return found.flatMap(({ payment_hash: paymentHash, amount, settled_at: settledAt, ...rest }) =>
      typeof settledAt === 'number' && settledAt > 0 && (rest.state ?? 'settled') === 'settled'
        ? [{ paymentHash, receivedMsat: BigInt(amount), settledAtMs: settledAt * 1_000 }]
        : [],
    );
  }

  /** Latest first, so that what is created meanwhile moves others down, and none is missed. */
  async #list(sinceMs: number): Promise<readonly Transaction[]> {
    const from = Math.max(0, Math.floor((sinceMs - limits.nwcInvoiceLifeMs) / 1_000));
    const found = new Map<string, Transaction>();
    for (let offset = 0; ;) {
      const terms = { type: 'incoming', from, limit: limits.nwcPageTransactions, offset };
      const { transactions } = await this.#wallet.request('list_transactions', terms, pageShape);
      const known = found.size;
      for (const transaction of transactions) found.set(transaction.payment_hash, transaction);
      // A wallet may have a smaller page, or always give the first one: the end is where nothing new comes.
      if (found.size === known) return [...found.values()];
      offset += transactions.length;
    }
  }

  async #lookUpOpen(): Promise<readonly Transaction[]> {
    const nowMs = this.#expected.clock.nowMs();
    const found: Transaction[] = [];
    for (const [paymentHash, untilMs] of this.#open) {
      const transaction = await this.#find(paymentHash);
      const state = transaction === undefined ? 'closed' : stateOf(transaction, nowMs);
      if (transaction !== undefined && state === 'settled') found.unshift(transaction);
      if (nowMs > untilMs && state !== 'held') this.#open.delete(paymentHash);
    }
    return found;
  }

  /** Undefined: the wallet does not know it. */
  async #find(paymentHash: string): Promise<Transaction | undefined> {
    try {
      return await this.#wallet.request('lookup_invoice', { payment_hash: paymentHash }, transactionShape);
    } catch (error) {
      if (error instanceof WalletError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}

function stateOf({ state, settled_at: settledAt, expires_at: expiresAt }: Transaction, nowMs: number): InvoiceState {
  if (state === 'settled' || (typeof settledAt === 'number' && settledAt > 0)) return 'settled';
  if (state === 'accepted') return 'held';
  const isExpired = typeof expiresAt === 'number' && expiresAt * 1_000 <= nowMs;
  return state === 'expired' || state === 'failed' || isExpired ? 'closed' : 'open';
}
