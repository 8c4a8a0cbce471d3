/**
 * What the demo payer can be asked, in the form of phoenixd's HTTP API (N-03): answers are its JSON, mistakes are a sentence in
 * plain text. A payment that fails is an answer like any other, with a reason in the place of the preimage.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '../../base/limits.ts';
import { LightningRefused } from '../node.ts';
import type { SandboxLink } from './link.ts';
import type { Incoming, NodeInfo, Outgoing, PaymentPage } from './messages.ts';

/** A request as far as it matters here. */
export interface PayerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
}

export interface PayerAnswer {
  readonly status: number;
  /** Text stays text, anything else becomes JSON. */
  readonly body: string | object;
}

/** The caller's mistake, in a sentence for it. */
class Mistake extends Error {
  override readonly name = 'Mistake';
}

export class PayerApi {
  readonly #link: SandboxLink;

  constructor(link: SandboxLink) {
    this.#link = link;
  }

  /** Rejects with LightningUnavailable. */
  async answer(request: PayerRequest): Promise<PayerAnswer> {
    try {
      const found = this.#route(request);
      if (found === undefined) return { status: 404, body: 'There is no such endpoint.' };
      const body = await found;
      return body === undefined ? { status: 404, body: 'Not found.' } : { status: 200, body };
    } catch (error) {
      if (error instanceof Mistake || error instanceof LightningRefused) return { status: 400, body: error.message };
      throw error;
    }
  }

  // oxlint-disable-next-line complexity -- one case for each endpoint
  #route({ method, path, query, form }: PayerRequest): Promise<object | undefined> | undefined {
    const [, kind, id] = /^\/payments\/(incoming|outgoing|outgoingbyhash)\/([\w-]{1,64})$/.exec(path) ?? [];
    switch (`${method} ${kind ?? path}`) {
      case 'GET /getinfo':
        return this.#link.call('info', { node: 'payer' }, limits.lightningCallMs).then(infoOf);
      case 'GET /getbalance':
        return this.#link.call('info', { node: 'payer' }, limits.lightningCallMs).then(balanceOf);
      case 'POST /payinvoice':
        return this.#pay(form);
      case 'POST /createinvoice':
        return this.#create(form);
      case 'POST /decodeinvoice':
        return this.#link.call('decode', { bolt11: invoiceIn(form) }, limits.lightningCallMs);
      case 'GET /payments/incoming':
        return this.#link
          .call('listIncoming', { node: 'payer', ...pageIn(query) }, limits.lightningCallMs)
          .then((found) => found.map(incomingOf));
      case 'GET /payments/outgoing':
        return this.#link
          .call('listOutgoing', pageIn(query), limits.lightningCallMs)
          .then((found) => found.map(outgoingOf));
      case 'GET incoming':
        return this.#link
          .call('lookUp', { node: 'payer', paymentHash: hashIn(id) }, limits.lightningCallMs)
          .then((found) => found && incomingOf(found));
      case 'GET outgoing':
        return this.#link
          .call('outgoing', { id: id ?? '' }, limits.lightningCallMs)
          .then((found) => found && outgoingOf(found));
      case 'GET outgoingbyhash':
        return this.#link
          .call('outgoing', { paymentHash: hashIn(id) }, limits.lightningCallMs)
          .then((found) => found && outgoingOf(found));
      default:
        return undefined;
    }
  }

  /** Answered when the payment has ended: one that is held takes as long as it is held. */
  async #pay(form: URLSearchParams): Promise<object> {
    const bolt11 = invoiceIn(form);
    const sats = integerIn(form, 'amountSat');
    const msat = sats === undefined ? null : BigInt(sats) * 1_000n;
    const payment = await this.#link.call('pay', { bolt11, msat, again: false });
    if (payment.preimage === null) return { paymentHash: payment.paymentHash, reason: payment.reason ?? 'unknown' };
    return {
      recipientAmountSat: toSats(payment.msat),
      routingFeeSat: toSats(payment.feeMsat),
      paymentId: payment.id,
      paymentHash: payment.paymentHash,
      paymentPreimage: payment.preimage,
    };
  }

  async #create(form: URLSearchParams): Promise<object> {
    const description = form.get('description');
    if (description === null) throw new Mistake('description is missing; the sandbox takes no descriptionHash.');
    if (description.length > limits.payerDescriptionCharactersMax)
      throw new Mistake(`description must have at most ${limits.payerDescriptionCharactersMax} characters.`);
    const sats = integerIn(form, 'amountSat');
    const expirySeconds = integerIn(form, 'expirySeconds') ?? limits.payerExpirySecondsDefault;
    if (expirySeconds > limits.payerExpirySecondsMax)
      throw new Mistake(`expirySeconds must be at most ${limits.payerExpirySecondsMax}.`);
    const label = form.get('externalId') ?? randomUUID();
    const msat = sats === undefined ? null : BigInt(sats) * 1_000n;
    const order = { node: 'payer', label, msat, description, expirySeconds } as const;
    const { paymentHash, bolt11 } = await this.#link.call('issue', order, limits.lightningCallMs);
    return { ...(sats === undefined ? {} : { amountSat: sats }), paymentHash, serialized: bolt11 };
  }
}

function invoiceIn(form: URLSearchParams): string {
  const bolt11 = form.get('invoice')?.trim() ?? '';
  if (bolt11 !== '' && bolt11.length <= limits.payerInvoiceCharactersMax) return bolt11;
  throw new Mistake('invoice must be a BOLT11 invoice.');
}

/** phoenixd's own page, where the request names none. */
const PAGE_PAYMENTS_DEFAULT = 20;

/** Times in milliseconds: of payment, with `all` of making. */
function pageIn(query: URLSearchParams): PaymentPage {
  const limit = countIn(query, 'limit') ?? PAGE_PAYMENTS_DEFAULT;
  if (limit > limits.rowsAtOnce) throw new Mistake(`limit must be at most ${limits.rowsAtOnce}.`);
  return {
    fromMs: countIn(query, 'from') ?? 0,
    toMs: countIn(query, 'to') ?? Date.now(),
    limit,
    offset: countIn(query, 'offset') ?? 0,
    all: query.get('all') === 'true',
  };
}

function countIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Mistake(`${name} must be a whole number from 0.`);
}

function integerIn(form: URLSearchParams, name: string): number | undefined {
  const text = form.get(name);
  if (text === null) return undefined;
  if (/^\d{1,12}$/.test(text) && Number(text) > 0) return Number(text);
  throw new Mistake(`${name} must be a whole number from 1.`);
}

function hashIn(text: string | undefined): string {
  if (text !== undefined && /^[0-9a-f]{64}$/.test(text)) return text;
  throw new Mistake('The payment hash must be 64 hexadecimal digits.');
}

/** Whole satoshi, rounded down. */
const toSats = (msat: bigint): number => Number(msat / 1_000n);

const balanceOf = ({ spendableMsat }: NodeInfo): object => ({ balanceSat: toSats(spendableMsat), feeCreditSat: 0 });

const infoOf = ({ nodeId, height, channels }: NodeInfo): object => ({
  nodeId,
  channels: channels.map(({ channelId, fundingTxId, usable, balanceMsat, inboundMsat, capacitySats }) => ({
    state: usable ? 'Normal' : 'Offline',
    channelId,
    balanceSat: toSats(balanceMsat),
    inboundLiquiditySat: toSats(inboundMsat),
    capacitySat: Number(capacitySats),
    fundingTxId,
  })),
  chain: 'regtest',
  blockHeight: height,
  version: 'purser-sandbox',
});

function incomingOf(invoice: Incoming): object {
  const { paymentHash, preimage, label, description, bolt11, state, receivedMsat, msat } = invoice;
  return {
    type: 'incoming_payment',
    subType: 'lightning',
    paymentHash,
    preimage,
    externalId: label,
    description,
    invoice: bolt11,
    isPaid: state === 'settled',
    isExpired: state === 'closed',
    ...(msat === null ? {} : { requestedSat: toSats(msat) }),
    receivedSat: toSats(receivedMsat),
    fees: 0,
    ...(invoice.settledAtMs === null ? {} : { completedAt: invoice.settledAtMs }),
    expiresAt: invoice.expiresAtMs,
    createdAt: invoice.createdAtMs,
  };
}

function outgoingOf({ id, paymentHash, preimage, state, msat, feeMsat, bolt11, ...times }: Outgoing): object {
  return {
    type: 'outgoing_payment',
    subType: 'lightning',
    paymentId: id,
    paymentHash,
    ...(preimage === null ? {} : { preimage }),
    isPaid: state === 'sent',
    sent: toSats(msat + feeMsat),
    fees: Number(feeMsat),
    invoice: bolt11,
    ...(times.completedAtMs === null ? {} : { completedAt: times.completedAtMs }),
    createdAt: times.createdAtMs,
  };
}
