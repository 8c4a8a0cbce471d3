/**
 * phoenixd over its HTTP interface (Api.kt, JsonSerializers.kt): forms in, JSON out, HTTP Basic with an empty user. The limited
 * password is enough. Whole satoshis only; no holding, no cancelling; it tells preimages before payment, so they are never read.
 */
import { z } from 'zod';
import { parseJson } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { checkedInvoice, type Expectation } from '../checked-invoice.ts';
import { Pause, polled, untilAborted, type Paid } from '../following.ts';
import {
  LightningRefused,
  LightningUnavailable,
  type InvoiceOrder,
  type InvoiceStatus,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../node.ts';
import { RestClient, said, type RestAnswer, type RestCall } from '../rest-client.ts';

export interface PhoenixdOptions extends Expectation {
  readonly url: string;
  readonly password: string;
  readonly certificate: string | undefined;
  readonly callMs?: number;
  readonly pollMs?: number;
}

/** `receivedSat` is what is left after `fees` (millisatoshi) for liquidity; the payer paid both. Times are milliseconds. */
const paymentShape = z.object({
  paymentHash: z.string().regex(/^[0-9a-f]{64}$/),
  isPaid: z.boolean(),
  isExpired: z.boolean().default(false),
  receivedSat: z.int().nonnegative(),
  fees: z.int().nonnegative().default(0),
  completedAt: z.int().nullish(),
});
type Payment = z.infer<typeof paymentShape>;

const issuedShape = z.object({ paymentHash: z.string(), serialized: z.string() });

export function openPhoenixd(options: PhoenixdOptions): LightningNode {
  return new Phoenixd(options);
}

class Phoenixd implements LightningNode {
  readonly backend = 'phoenixd';
  readonly canHold = false;
  readonly #rest: RestClient;
  readonly #expected: Expectation;
  readonly #pollMs: number;

  constructor(options: PhoenixdOptions) {
    const { url, certificate, callMs } = options;
    const headers = { authorization: `Basic ${Buffer.from(`:${options.password}`).toString('base64')}` };
    this.#rest = new RestClient({ name: 'phoenixd', url, headers, certificate, callMs });
    this.#expected = options;
    this.#pollMs = options.pollMs ?? limits.phoenixdPollMs;
  }

  async issue(order: InvoiceOrder): Promise<IssuedInvoice> {
    if (order.holdFor !== undefined) throw new LightningRefused('phoenixd cannot hold payments');
    const form = new URLSearchParams({
      amountSat: String(order.sats),
      description: order.description,
      expirySeconds: String(order.expirySeconds),
      externalId: order.label,
    });
    const body = { type: 'application/x-www-form-urlencoded', text: form.toString() };
    const issued = await this.#ask({ method: 'POST', path: '/createinvoice', body }, issuedShape);
    return checkedInvoice(issued.serialized, order, { ...this.#expected, paymentHash: issued.paymentHash });
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const answer = await this.#rest.call({ method: 'GET', path: `/payments/incoming/${paymentHash}` });
    if (answer.status === 404 || answer.status === 204) return undefined;
    const payment = read(answer, paymentShape);
    return {
      paymentHash,
      state: payment.isPaid ? 'settled' : payment.isExpired ? 'closed' : 'open',
      receivedMsat: receivedMsat(payment),
      heldMsat: 0n,
      settledAtMs: payment.isPaid ? (payment.completedAt ?? null) : null,
    };
  }

  settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    const pause = new Pause(this.#pollMs);
    const list = {
      backend: this.backend,
      since: (sinceMs: number) => this.#receivedSince(sinceMs, signal),
      pause: () => pause.wait(signal),
    };
    return untilAborted(signal, polled(list, cursor, signal));
  }

  settle(): Promise<void> {
    return Promise.reject(new LightningRefused('phoenixd cannot hold payments, so there is none to settle'));
  }

  /** An open invoice of phoenixd cannot be closed: it expires. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#rest.close();
    return Promise.resolve();
  }

  /** Latest first: what comes in while pages are read moves others down, so pages overlap and miss none. */
  async #receivedSince(sinceMs: number, signal: AbortSignal): Promise<readonly Paid[]> {
    const found: Payment[] = [];
    for (let offset = 0; ; offset += limits.phoenixdPagePayments) {
      const path = `/payments/incoming?from=${sinceMs}&limit=${limits.phoenixdPagePayments}&offset=${offset}`;
      const page = await this.#ask({ method: 'GET', path, signal }, z.array(paymentShape));
      found.push(...page);
      if (page.length < limits.phoenixdPagePayments) break;
    }
    return found.flatMap((payment) =>
      payment.isPaid && typeof payment.completedAt === 'number'
        ? [{ paymentHash: payment.paymentHash, receivedMsat: receivedMsat(payment), settledAtMs: payment.completedAt }]
        : [],
    );
  }

  async #ask<T>(call: RestCall, shape: z.ZodType<T>): Promise<T> {
    return read(await this.#rest.call(call), shape);
  }
}

/** Invoices are of whole satoshis; of what was left after the fees the part below one was cut off. */
function receivedMsat(payment: Payment): bigint {
  const atLeast = BigInt(payment.receivedSat) * 1_000n + BigInt(payment.fees);
  return ((atLeast + 999n) / 1_000n) * 1_000n;
}

function read<T>(answer: RestAnswer, shape: z.ZodType<T>): T {
  if (answer.status === 401 || answer.status === 403) {
    throw new LightningRefused(
      'phoenixd does not accept the password: use http-password-limited-access of its phoenix.conf',
    );
  }
  if (answer.status >= 500) throw new LightningUnavailable(`phoenixd answers with status ${answer.status}`);
  if (answer.status !== 200) throw new LightningRefused(`phoenixd: ${said(answer.text) || `status ${answer.status}`}`);
  const result = shape.safeParse(parseJson(answer.text));
  if (result.success) return result.data;
  throw new LightningUnavailable(
    'phoenixd answers with something that phoenixd does not say: is it behind another server?',
  );
}
