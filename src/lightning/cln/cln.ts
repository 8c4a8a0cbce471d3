/**
 * Core Lightning over clnrest (plugins/rest-plugin, doc/schemas): POST /v1/<method>, answered 201. The rune needs `invoice`,
 * `listinvoices` and `waitanyinvoice`, no other method. Core Lightning holds payments only by plugins.
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
import { RestClient, said, type RestAnswer } from '../rest-client.ts';

/** Codes of Core Lightning's errors. */
const LABEL_IS_TAKEN = 900;
const WAITED_IN_VAIN = 904;

export interface ClnOptions extends Expectation {
  readonly url: string;
  readonly rune: string;
  readonly certificate: string | undefined;
  readonly callMs?: number;
}

/** A number; before 23.08 text ending in `msat`. */
const msat = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,19}msat$/)])
  .transform((value) => BigInt(Number.parseInt(String(value), 10)));

/** What is read of an invoice; its preimage is left out. */
const invoiceShape = z.object({
  label: z.string(),
  payment_hash: z.string().regex(/^[0-9a-f]{64}$/),
  status: z.enum(['unpaid', 'paid', 'expired']),
  bolt11: z.string().optional(),
  amount_received_msat: msat.optional(),
  paid_at: z.int().optional(),
  pay_index: z.int().optional(),
});
type Invoice = z.infer<typeof invoiceShape>;

const listShape = z.object({ invoices: z.array(invoiceShape) });
const issuedShape = z.object({ bolt11: z.string(), payment_hash: z.string() });
const failureShape = z.object({ code: z.int().nullish(), message: z.string() });

const states: Readonly<Record<Invoice['status'], InvoiceState>> = {
  unpaid: 'open',
  paid: 'settled',
  expired: 'closed',
};

/** Core Lightning refused a command, with its code. */
class CommandFailed extends LightningRefused {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function openCln(options: ClnOptions): LightningNode {
  return new Cln(options);
}

class Cln implements LightningNode {
  readonly backend = 'cln';
  readonly canHold = false;
  readonly #rest: RestClient;
  readonly #expected: Expectation;

  constructor(options: ClnOptions) {
    const { url, certificate, callMs } = options;
    this.#rest = new RestClient({ name: 'Core Lightning', url, headers: { Rune: options.rune }, certificate, callMs });
    this.#expected = options;
  }

  async issue(order: InvoiceOrder): Promise<IssuedInvoice> {
    if (order.holdFor !== undefined) throw new LightningRefused('Core Lightning cannot hold payments');
    const terms = {
      amount_msat: Number(order.sats * 1_000n),
      label: order.label,
      description: order.description,
      expiry: order.expirySeconds,
    };
    try {
      const issued = await this.#ask('invoice', terms, issuedShape);
      return checkedInvoice(issued.bolt11, order, { ...this.#expected, paymentHash: issued.payment_hash });
    } catch (error) {
      // An order whose answer was lost is given again: the label is ours alone, so the invoice is the one that was ordered.
      const isTaken = error instanceof CommandFailed && error.code === LABEL_IS_TAKEN;
      const issued = isTaken ? await this.#find({ label: order.label }) : undefined;
      if (issued?.bolt11 === undefined || issued.status !== 'unpaid') throw error;
      return checkedInvoice(issued.bolt11, order, { ...this.#expected, paymentHash: issued.payment_hash });
    }
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const invoice = await this.#find({ payment_hash: paymentHash });
    if (invoice === undefined) return undefined;
    return {
      paymentHash,
      state: states[invoice.status],
      receivedMsat: invoice.amount_received_msat ?? 0n,
      heldMsat: 0n,
      settledAtMs: invoice.paid_at === undefined ? null : invoice.paid_at * 1_000,
    };
  }

  settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    return untilAborted(signal, this.#follow(Number(readIndex('cln', cursor)), signal));
  }

  settle(): Promise<void> {
    return Promise.reject(new LightningRefused('Core Lightning cannot hold payments, so there is none to settle'));
  }

  /** An open invoice could only be deleted, and then nothing would be known of it any more: it is left to expire. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#rest.close();
    return Promise.resolve();
  }

  /** `last` is a pay_index; they begin at 1. */
  async *#follow(from: number, signal: AbortSignal): AsyncGenerator<Settlement> {
    let last = from;
    while (!signal.aborted) {
      const paid = await this.#nextPaid(last, signal);
      if (paid === undefined) continue;
      if (paid.pay_index === undefined || paid.pay_index <= last || paid.paid_at === undefined) throw this.#garbage();
      last = paid.pay_index;
      yield {
        paymentHash: paid.payment_hash,
        receivedMsat: paid.amount_received_msat ?? 0n,
        settledAtMs: paid.paid_at * 1_000,
        cursor: cursorOf('cln', last),
      };
    }
  }

  /** Undefined: none within the time of a long poll. */
  async #nextPaid(last: number, signal: AbortSignal): Promise<Invoice | undefined> {
    try {
      const terms = { lastpay_index: last, timeout: limits.clnLongPollMs / 1_000 };
      return await this.#ask('waitanyinvoice', terms, invoiceShape, { waitMs: limits.clnLongPollMs, signal });
    } catch (error) {
      if (error instanceof CommandFailed && error.code === WAITED_IN_VAIN) return undefined;
      throw error;
    }
  }

  async #find(by: { label: string } | { payment_hash: string }): Promise<Invoice | undefined> {
    const { invoices } = await this.#ask('listinvoices', by, listShape);
    return invoices[0];
  }

  async #ask<T>(
    method: string,
    terms: object,
    shape: z.ZodType<T>,
    more?: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<T> {
    const body = { type: 'application/json', text: JSON.stringify(terms) };
    const answer = await this.#rest.call({ method: 'POST', path: `/v1/${method}`, body, ...more });
    if (answer.status !== 200 && answer.status !== 201) throw failure(method, answer);
    const result = shape.safeParse(parseJson(answer.text));
    if (!result.success) throw this.#garbage();
    return result.data;
  }

  #garbage(): Error {
    return new LightningUnavailable(
      'Core Lightning answers with something that clnrest does not say: is it behind another server?',
    );
  }
}

function failure(method: string, answer: RestAnswer): Error {
  const { data } = failureShape.safeParse(parseJson(answer.text));
  const message = data === undefined ? `status ${answer.status}` : said(data.message);
  if (answer.status === 401 || answer.status === 403) {
    return new LightningRefused(
      `Core Lightning does not accept the rune for ${method} (${message}): create one that allows it`,
    );
  }
  // Without a code it is the plugin that speaks: lightningd itself did not answer it.
  if (typeof data?.code !== 'number') return new LightningUnavailable(`Core Lightning: ${message}`);
  return new CommandFailed(data.code, `Core Lightning: ${message}`);
}
