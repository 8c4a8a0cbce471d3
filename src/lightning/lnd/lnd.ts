/**
 * LND over its REST interface (lnrpc/lightning.yaml, lnrpc/invoicesrpc/invoices.yaml): 64-bit numbers are strings, bytes are
 * base64. Every call needs `invoices:read` or `invoices:write`, no other right.
 */
import { z } from 'zod';
import { parseJson } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { checkedInvoice, type Expectation } from '../checked-invoice.ts';
import { cursorOf, readIndex, untilAborted } from '../following.ts';
import {
  LightningRefused,
  LightningUnavailable,
  type InvoiceOrder,
  type InvoiceState,
  type InvoiceStatus,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../node.ts';
import { RestClient, said, type RestAnswer, type RestCall } from '../rest-client.ts';

export interface LndOptions extends Expectation {
  readonly url: string;
  /** Hex. */
  readonly macaroon: string;
  readonly certificate: string | undefined;
  readonly callMs?: number;
  /** Instead of the usual times between two subscriptions. */
  readonly renewalMs?: number;
}

const number64 = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const bytes = z.base64().transform((text) => Buffer.from(text, 'base64').toString('hex'));

/** What is read of an invoice. Its preimage is among what is left out: LND tells it before payment. */
const invoiceShape = z.object({
  r_hash: bytes,
  state: z.enum(['OPEN', 'SETTLED', 'CANCELED', 'ACCEPTED']),
  amt_paid_msat: number64.default(0n),
  settle_date: number64.default(0n),
  settle_index: number64.default(0n),
});
type Invoice = z.infer<typeof invoiceShape>;

const addedShape = z.object({ payment_request: z.string(), r_hash: bytes.optional() });
const pageShape = z.object({ invoices: z.array(invoiceShape).default([]), last_index_offset: number64.default(0n) });
const eventShape = z.object({ result: invoiceShape.optional(), error: z.object({ message: z.string() }).optional() });
const failureShape = z.object({ code: z.int(), message: z.string() });

const states: Readonly<Record<Invoice['state'], InvoiceState>> = {
  OPEN: 'open',
  ACCEPTED: 'held',
  SETTLED: 'settled',
  CANCELED: 'closed',
};

/** Codes of gRPC that say: later. */
const laterCodes = [1, 4, 8, 10, 14];
const NOT_FOUND = 5;
/** LND gives these as "unknown" errors, told apart by their text only. */
const notReady = /starting up|wallet locked|not yet ready|server is still/i;
const wrongMacaroon = /macaroon|verification failed|permission denied/i;

export function openLnd(options: LndOptions): LightningNode {
  return new Lnd(options);
}

class Lnd implements LightningNode {
  readonly backend = 'lnd';
  readonly canHold = true;
  readonly #rest: RestClient;
  readonly #expected: Expectation;
  readonly #renewalMs: number | undefined;

  constructor(options: LndOptions) {
    const headers = { 'Grpc-Metadata-macaroon': options.macaroon };
    const { url, certificate, callMs } = options;
    this.#rest = new RestClient({ name: 'LND', url, headers, certificate, callMs });
    this.#expected = options;
    this.#renewalMs = options.renewalMs;
  }

  async issue(order: InvoiceOrder): Promise<IssuedInvoice> {
    const terms = {
      memo: order.description,
      value_msat: String(order.sats * 1_000n),
      expiry: String(order.expirySeconds),
    };
    const call =
      order.holdFor === undefined
        ? post('/v1/invoices', terms)
        : post('/v2/invoices/hodl', {
            ...terms,
            hash: base64(order.holdFor),
            cltv_expiry: String(limits.holdBlocks),
          });
    const added = await this.#ask(call, addedShape);
    return checkedInvoice(added.payment_request, order, { ...this.#expected, paymentHash: added.r_hash });
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const answer = await this.#rest.call({ method: 'GET', path: `/v1/invoice/${paymentHash}` });
    if (answer.status !== 200 && isUnknownInvoice(answer)) return undefined;
    const invoice = this.#read(answer, invoiceShape);
    const isSettled = invoice.state === 'SETTLED';
    return {
      paymentHash: invoice.r_hash,
      state: states[invoice.state],
      // What is held is not ours yet.
      receivedMsat: isSettled ? invoice.amt_paid_msat : 0n,
      heldMsat: invoice.state === 'ACCEPTED' ? invoice.amt_paid_msat : 0n,
      settledAtMs: isSettled ? Number(invoice.settle_date) * 1_000 : null,
    };
  }

  settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    return untilAborted(signal, this.#follow(readIndex('lnd', cursor), signal));
  }

  async settle(preimage: string): Promise<void> {
    await this.#ask(post('/v2/invoices/settle', { preimage: base64(preimage) }), z.object({}));
  }

  async cancel(paymentHash: string): Promise<void> {
    await this.#ask(post('/v2/invoices/cancel', { payment_hash: base64(paymentHash) }), z.object({}));
  }

  close(): Promise<void> {
    this.#rest.close();
    return Promise.resolve();
  }

  /** `last` is a settle_index; they begin at 1. */
  async *#follow(from: bigint, signal: AbortSignal): AsyncGenerator<Settlement> {
    let last = from;
    while (!signal.aborted) {
      // LND takes 0 for "nothing of before", so the first settlement can only be found in the list.
      const first = last === 0n ? await this.#firstSettled(signal) : undefined;
      if (first !== undefined) {
        last = first.settle_index;
        yield settlementOf(first);
      }
      for await (const invoice of this.#subscription(last, signal)) {
        // Seen live without a cursor: one before it may have come between the list and the subscription.
        if (last === 0n && invoice.settle_index !== 1n) break;
        if (invoice.settle_index <= last) continue;
        last = invoice.settle_index;
        yield settlementOf(invoice);
      }
    }
  }

  /** Settled invoices as they come, until it is time to subscribe anew. */
  async *#subscription(last: bigint, signal: AbortSignal): AsyncGenerator<Invoice> {
    const renewal = AbortSignal.timeout(
      this.#renewalMs ?? (last === 0n ? limits.lndFirstRenewalMs : limits.lndRenewalMs),
    );
    const path = `/v1/invoices/subscribe?settle_index=${last}`;
    const lines = this.#rest.lines(path, AbortSignal.any([signal, renewal]), (answer) => this.#failure(answer));
    for await (const line of untilAborted(renewal, lines)) {
      const event = eventShape.safeParse(parseJson(line));
      if (!event.success) throw this.#garbage();
      if (event.data.error !== undefined) throw new LightningUnavailable(`LND: ${said(event.data.error.message)}`);
      if (event.data.result?.state === 'SETTLED') yield event.data.result;
    }
  }

  async #firstSettled(signal: AbortSignal): Promise<Invoice | undefined> {
    let first: Invoice | undefined;
    let offset = 0n;
    for (;;) {
      const path = `/v1/invoices?index_offset=${offset}&num_max_invoices=${limits.lndPageInvoices}`;
      const page = await this.#ask({ method: 'GET', path, signal }, pageShape);
      for (const invoice of page.invoices) {
        if (invoice.state !== 'SETTLED' || invoice.settle_index === 0n) continue;
        if (first === undefined || invoice.settle_index < first.settle_index) first = invoice;
      }
      if (first?.settle_index === 1n || page.invoices.length === 0 || page.last_index_offset <= offset) return first;
      offset = page.last_index_offset;
    }
  }

  async #ask<T>(call: RestCall, shape: z.ZodType<T>): Promise<T> {
    return this.#read(await this.#rest.call(call), shape);
  }

  #read<T>(answer: RestAnswer, shape: z.ZodType<T>): T {
    if (answer.status !== 200) throw this.#failure(answer);
    const result = shape.safeParse(parseJson(answer.text));
    if (!result.success) throw this.#garbage();
    return result.data;
  }

  #failure(answer: RestAnswer): Error {
    const failure = failureShape.safeParse(parseJson(answer.text));
    if (!failure.success) return new LightningUnavailable(`LND answers with status ${answer.status}`);
    const { code, message } = failure.data;
    if (laterCodes.includes(code) || notReady.test(message)) return new LightningUnavailable(`LND: ${said(message)}`);
    if (wrongMacaroon.test(message)) {
      return new LightningRefused(
        `LND does not accept the macaroon (${said(message)}): it needs invoices:read and invoices:write of this very node`,
      );
    }
    return new LightningRefused(`LND: ${said(message)}`);
  }

  #garbage(): Error {
    return new LightningUnavailable('LND answers with something that LND does not say: is it behind another server?');
  }
}

function settlementOf(invoice: Invoice): Settlement {
  return {
    paymentHash: invoice.r_hash,
    receivedMsat: invoice.amt_paid_msat,
    settledAtMs: Number(invoice.settle_date) * 1_000,
    cursor: cursorOf('lnd', invoice.settle_index),
  };
}

function isUnknownInvoice(answer: RestAnswer): boolean {
  const failure = failureShape.safeParse(parseJson(answer.text));
  return failure.success && (failure.data.code === NOT_FOUND || /unable to locate invoice/.test(failure.data.message));
}

function post(path: string, body: object): RestCall {
  return { method: 'POST', path, body: { type: 'application/json', text: JSON.stringify(body) } };
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
