/** The side of a node that is paid: its invoices, what came in for them, and payments that are held until somebody decides. */
import { createHash } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import type { Bolt11Invoice, Event } from 'lightningdevkit';
import { limits } from '../../base/limits.ts';
import type { InvoiceOrder, InvoiceState } from '../node.ts';
import type { LdkNode } from './ldk-node.ts';
import type { Incoming, Issued, PaymentPage, SettledPayment } from './messages.ts';
import { Refused } from './refused.ts';
import { integerIn, textIn, type NodeName, type Row, type State } from './state.ts';

export type Order = Omit<InvoiceOrder, 'sats'> & { readonly msat: bigint | null };

export class Receiving {
  readonly #node: LdkNode;
  readonly #state: State;
  readonly #name: NodeName;
  #settled = false;

  constructor(node: LdkNode, state: State, name: NodeName) {
    this.#node = node;
    this.#state = state;
    this.#name = name;
  }

  issue(order: Order, nowMs: number): Issued {
    const { holdFor, msat, label, description } = order;
    if (holdFor !== undefined && this.#find(holdFor) !== undefined)
      throw new Refused('there is an invoice for this payment hash already');
    const invoice = this.#create(order);
    const issued = {
      bolt11: invoice.to_str(),
      paymentHash: hex(invoice.payment_hash()),
      payeeKey: hex(this.#node.id),
      expiresAtMs: Number(invoice.duration_since_epoch() + invoice.expiry_time()) * 1_000,
    };
    this.#state.run(
      `insert into invoices (node, payment_hash, bolt11, label, description, msat, holds, preimage, state, received_msat,
        created_at_ms, expires_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, 'open', 0, ?, ?)`,
      this.#name,
      issued.paymentHash,
      issued.bolt11,
      label,
      description,
      msat,
      holdFor === undefined ? 0 : 1,
      holdFor === undefined ? this.#preimageOf(invoice) : null,
      nowMs,
      issued.expiresAtMs,
    );
    return issued;
  }

  lookUp(paymentHash: string, nowMs: number): Incoming | undefined {
    const row = this.#find(paymentHash);
    if (row === undefined) return undefined;
    return incomingOf(row, nowMs);
  }

  /** What came in by the time when it was paid, with `all` every invoice by the time when it was made; the newest first. */
  list({ fromMs, toMs, limit, offset, all }: PaymentPage, nowMs: number): Incoming[] {
    const time = all ? 'created_at_ms' : 'settled_at_ms';
    const sql = `select * from invoices where node = ? and ${time} between ? and ? order by ${time} desc, payment_hash limit ? offset ?`;
    return this.#state.all(sql, this.#name, fromMs, toMs, limit, offset).map((row) => incomingOf(row, nowMs));
  }

  settlements(after: number, limit: number): SettledPayment[] {
    return this.#state
      .all('select * from settlements where number > ? and node = ? order by number limit ?', after, this.#name, limit)
      .map((row) => ({
        number: Number(integerIn(row, 'number')),
        paymentHash: textIn(row, 'payment_hash'),
        receivedMsat: integerIn(row, 'received_msat'),
        settledAtMs: Number(integerIn(row, 'settled_at_ms')),
      }));
  }

  /** Has anything come in since it was asked last? */
  takeSettled(): boolean {
    const settled = this.#settled;
    this.#settled = false;
    return settled;
  }

  /** The node says by an event that the payment is ours: whoever calls this asks for the state afterwards. */
  settle(preimage: string): string {
    const paymentHash = createHash('sha256').update(Buffer.from(preimage, 'hex')).digest('hex');
    const row = this.#find(paymentHash);
    const state = row === undefined ? undefined : textIn(row, 'state');
    if (row === undefined || row['holds'] !== 1n) throw new Refused('no invoice waits for this preimage');
    if (state === 'settled') return paymentHash;
    if (state !== 'held') throw new Refused(`nothing is held for this preimage: the invoice is ${state}`);
    this.#node.manager.claim_funds(Buffer.from(preimage, 'hex'));
    this.#state.run(
      'update invoices set preimage = ? where node = ? and payment_hash = ?',
      preimage,
      this.#name,
      paymentHash,
    );
    return paymentHash;
  }

  cancel(paymentHash: string): void {
    const row = this.#find(paymentHash);
    if (row === undefined) throw new Refused('there is no invoice with this payment hash');
    const state = textIn(row, 'state');
    if (state === 'settled') throw new Refused('the invoice is paid: nothing can be given back');
    if (state === 'held') this.#node.manager.fail_htlc_backwards(Buffer.from(paymentHash, 'hex'));
    this.#close(paymentHash);
  }

  heard(event: Event, nowMs: number): void {
    if (event instanceof ldk.Event_PaymentClaimable) this.#arrived(event, nowMs);
    else if (event instanceof ldk.Event_PaymentClaimed) this.#taken(event, nowMs);
    else if (
      event instanceof ldk.Event_HTLCHandlingFailed &&
      event.failed_next_destination instanceof ldk.HTLCDestination_FailedPayment
    )
      this.#givenBack(hex(event.failed_next_destination.payment_hash));
  }

  #create({ msat, description, expirySeconds, holdFor }: Order): Bolt11Invoice {
    const amount = msat === null ? ldk.Option_u64Z.constructor_none() : ldk.Option_u64Z.constructor_some(msat);
    const { manager } = this.#node;
    const made =
      holdFor === undefined
        ? ldk.UtilMethods.constructor_create_invoice_from_channelmanager(
            manager,
            amount,
            description,
            expirySeconds,
            ldk.Option_u16Z.constructor_none(),
          )
        : ldk.UtilMethods.constructor_create_invoice_from_channelmanager_with_payment_hash(
            manager,
            amount,
            description,
            expirySeconds,
            Buffer.from(holdFor, 'hex'),
            ldk.Option_u16Z.constructor_some(limits.sandboxHoldBlocks),
          );
    if (made instanceof ldk.Result_Bolt11InvoiceSignOrCreationErrorZ_OK) return made.res;
    throw new Refused('the node makes no such invoice');
  }

  #preimageOf(invoice: Bolt11Invoice): string {
    const found = this.#node.manager.get_payment_preimage(invoice.payment_hash(), invoice.payment_secret());
    if (found instanceof ldk.Result_ThirtyTwoBytesAPIErrorZ_OK) return hex(found.res);
    throw new Error('the node does not know the preimage of its own invoice');
  }

  /** Somebody pays. What is not wanted goes back at once. */
  #arrived({ payment_hash: bytes, purpose }: ldk.Event_PaymentClaimable, nowMs: number): void {
    const paymentHash = hex(bytes);
    const row = this.#find(paymentHash);
    const state = row === undefined ? 'closed' : stateAt(row, nowMs);
    const holds = row?.['holds'] === 1n;
    const preimage = purpose.preimage();
    // Twice told: what is held stays held.
    if (holds && state === 'held') return;
    if (holds && state === 'open')
      this.#state.run(
        "update invoices set state = 'held' where node = ? and payment_hash = ?",
        this.#name,
        paymentHash,
      );
    // An ordinary invoice that is paid again is taken again: the money is here, and whoever counts it decides what it is.
    else if (!holds && state !== 'closed' && preimage instanceof ldk.Option_ThirtyTwoBytesZ_Some)
      this.#node.manager.claim_funds(preimage.some);
    else this.#node.manager.fail_htlc_backwards(bytes);
  }

  #taken({ payment_hash: bytes, amount_msat: msat, payment_id: id }: ldk.Event_PaymentClaimed, nowMs: number): void {
    const paymentHash = hex(bytes);
    // After a restart the node may tell of a payment again that it told of before: its id says which one it is.
    const claim = id instanceof ldk.Option_ThirtyTwoBytesZ_Some ? hex(id.some) : paymentHash;
    if (this.#state.get('select 1 from settlements where claim = ?', claim) !== undefined) return;
    this.#settled = true;
    this.#state.run(
      `update invoices set state = 'settled', received_msat = received_msat + ?, settled_at_ms = coalesce(settled_at_ms, ?)
        where node = ? and payment_hash = ?`,
      msat,
      nowMs,
      this.#name,
      paymentHash,
    );
    // Numbers are instants, always ascending: also those of a new chain, whose followers come with cursors of the one before.
    this.#state.run(
      `insert into settlements select max(?, coalesce((select max(number) + 1 from settlements), 0)), node, payment_hash,
        received_msat, ?, ? from invoices where node = ? and payment_hash = ?`,
      nowMs,
      nowMs,
      claim,
      this.#name,
      paymentHash,
    );
  }

  /** The node itself gave it back: nobody had decided until its deadline. */
  #givenBack(paymentHash: string): void {
    const row = this.#find(paymentHash);
    if (row !== undefined && textIn(row, 'state') === 'held') this.#close(paymentHash);
  }

  #close(paymentHash: string): void {
    this.#state.run(
      "update invoices set state = 'closed' where node = ? and payment_hash = ?",
      this.#name,
      paymentHash,
    );
  }

  #find(paymentHash: string): Row | undefined {
    return this.#state.get('select * from invoices where node = ? and payment_hash = ?', this.#name, paymentHash);
  }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function incomingOf(row: Row, nowMs: number): Incoming {
  const expiresAtMs = Number(integerIn(row, 'expires_at_ms'));
  const settledAtMs = row['settled_at_ms'];
  const msat = row['msat'];
  return {
    paymentHash: textIn(row, 'payment_hash'),
    state: stateAt(row, nowMs),
    receivedMsat: integerIn(row, 'received_msat'),
    settledAtMs: typeof settledAtMs === 'bigint' ? Number(settledAtMs) : null,
    bolt11: textIn(row, 'bolt11'),
    label: textIn(row, 'label'),
    description: textIn(row, 'description'),
    msat: typeof msat === 'bigint' ? msat : null,
    preimage: typeof row['preimage'] === 'string' ? row['preimage'] : null,
    createdAtMs: Number(integerIn(row, 'created_at_ms')),
    expiresAtMs,
  };
}

const states: readonly InvoiceState[] = ['open', 'held', 'settled', 'closed'];

/** Nodes learn of time by blocks only; an invoice is closed when its own time is over. */
function stateAt(row: Row, nowMs: number): InvoiceState {
  const text = textIn(row, 'state');
  if (text === 'open' && integerIn(row, 'expires_at_ms') <= BigInt(nowMs)) return 'closed';
  return states.find((state) => state === text) ?? 'closed';
}
