/** The side of a node that pays: each invoice once, like any wallet, with a record of what it cost and what it was good for. */
import { randomUUID } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import type { Bolt11Invoice, Event } from 'lightningdevkit';
import { limits } from '../../base/limits.ts';
import type { LdkNode } from './ldk-node.ts';
import type { Outgoing, PaymentPage } from './messages.ts';
import { hex } from './receiving.ts';
import { Refused } from './refused.ts';
import { integerIn, textIn, type Row, type State } from './state.ts';

export interface PayOrder {
  readonly bolt11: string;
  /** For an invoice without an amount, or to pay more than it asks for. */
  readonly msat: bigint | null;
  /** Pay also what this wallet has paid before, or what has expired: the recipient has to be the one that refuses. */
  readonly again: boolean;
}

export class Paying {
  readonly #node: LdkNode;
  readonly #state: State;

  constructor(node: LdkNode, state: State) {
    this.#node = node;
    this.#state = state;
  }

  /** Begins to pay. Throws Refused for what is no payable invoice; whether it is paid stands in `outgoing` once it has ended. */
  pay({ bolt11, msat, again }: PayOrder, nowMs: number): string {
    const invoice = readInvoice(bolt11);
    const asked = invoice.amount_milli_satoshis();
    const amount = msat ?? (asked instanceof ldk.Option_u64Z_Some ? asked.some : undefined);
    if (amount === undefined) throw new Refused('the invoice names no amount: give one');
    const id = randomUUID();
    const paymentHash = hex(invoice.payment_hash());
    const refusal = again ? undefined : (this.#before(paymentHash) ?? whyNot(invoice, nowMs));
    this.#state.run(
      "insert into payments (id, payment_hash, bolt11, msat, state, created_at_ms) values (?, ?, ?, ?, 'pending', ?)",
      id,
      paymentHash,
      bolt11,
      amount,
      nowMs,
    );
    const refused = refusal ?? this.#send(invoice, id, amount);
    if (refused !== undefined) this.#failed(id, refused, nowMs);
    return id;
  }

  outgoing(id: string): Outgoing | undefined {
    const row = this.#state.get('select * from payments where id = ?', id);
    return row === undefined ? undefined : outgoingOf(row);
  }

  /** The newest first; without `all` those that failed are left out. */
  list({ fromMs, toMs, limit, offset, all }: PaymentPage): Outgoing[] {
    const which = all ? '' : "and state <> 'failed'";
    const sql = `select * from payments where created_at_ms between ? and ? ${which} order by created_at_ms desc, id limit ? offset ?`;
    return this.#state.all(sql, fromMs, toMs, limit, offset).map(outgoingOf);
  }

  /** The last payment for this hash that succeeded or may yet; else the last one. */
  outgoingByHash(paymentHash: string): Outgoing | undefined {
    const row = this.#state.get(
      "select * from payments where payment_hash = ? order by state = 'failed', created_at_ms desc limit 1",
      paymentHash,
    );
    return row === undefined ? undefined : outgoingOf(row);
  }

  /** The payment that an event has ended. */
  heard(event: Event, nowMs: number): string | undefined {
    if (event instanceof ldk.Event_PaymentSent && event.payment_id instanceof ldk.Option_ThirtyTwoBytesZ_Some) {
      const id = fromLdkId(event.payment_id.some);
      const fee = event.fee_paid_msat;
      this.#state.run(
        "update payments set state = 'sent', preimage = ?, fee_msat = ?, completed_at_ms = ? where id = ? and state = 'pending'",
        hex(event.payment_preimage),
        fee instanceof ldk.Option_u64Z_Some ? fee.some : 0n,
        nowMs,
        id,
      );
      return id;
    }
    if (event instanceof ldk.Event_PaymentFailed) {
      const id = fromLdkId(event.payment_id);
      const { reason } = event;
      const known = reason instanceof ldk.Option_PaymentFailureReasonZ_Some ? reasons[reason.some] : undefined;
      this.#failed(id, known ?? 'the payment failed', nowMs);
      return id;
    }
    return undefined;
  }

  /** What it could send now, over all channels. */
  get spendableMsat(): bigint {
    return this.#node.manager
      .list_usable_channels()
      .reduce((sum, channel) => sum + channel.get_outbound_capacity_msat(), 0n);
  }

  #before(paymentHash: string): string | undefined {
    const row = this.#state.get(
      "select state from payments where payment_hash = ? and state <> 'failed' limit 1",
      paymentHash,
    );
    if (row === undefined) return undefined;
    return textIn(row, 'state') === 'sent'
      ? 'this invoice has been paid already'
      : 'a payment of this invoice is under way';
  }

  /** Why it could not even begin. */
  #send(invoice: Bolt11Invoice, id: string, msat: bigint): string | undefined {
    if (msat > this.spendableMsat) return 'not enough funds in the wallet';
    const named = invoice.amount_milli_satoshis();
    const parameters =
      named instanceof ldk.Option_u64Z_Some
        ? ldk.UtilMethods.constructor_payment_parameters_from_invoice(invoice)
        : ldk.UtilMethods.constructor_payment_parameters_from_variable_amount_invoice(invoice, msat);
    if (!(parameters instanceof ldk.Result_C3Tuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZNoneZ_OK))
      return 'this invoice cannot be paid with that amount';
    const route = parameters.res.get_c();
    route.set_final_value_msat(msat);
    const payment = route.get_payment_params();
    payment.set_max_total_cltv_expiry_delta(limits.sandboxRouteBlocksMax);
    route.set_payment_params(payment);
    const sent = this.#node.manager.send_payment(
      parameters.res.get_a(),
      parameters.res.get_b(),
      toLdkId(id),
      route,
      ldk.Retry.constructor_attempts(limits.sandboxPayAttemptsMax),
    );
    return sent.is_ok() ? undefined : 'there is no route to the recipient, or not with this amount';
  }

  #failed(id: string, reason: string, nowMs: number): void {
    this.#state.run(
      "update payments set state = 'failed', reason = ?, completed_at_ms = ? where id = ? and state = 'pending'",
      reason,
      nowMs,
      id,
    );
  }
}

const reasons: Readonly<Partial<Record<ldk.PaymentFailureReason, string>>> = {
  [ldk.PaymentFailureReason.LDKPaymentFailureReason_RecipientRejected]: 'the recipient rejected the payment',
  [ldk.PaymentFailureReason.LDKPaymentFailureReason_RetriesExhausted]: 'no attempt reached the recipient',
  [ldk.PaymentFailureReason.LDKPaymentFailureReason_PaymentExpired]: 'the invoice has expired',
  [ldk.PaymentFailureReason.LDKPaymentFailureReason_RouteNotFound]: 'there is no route to the recipient',
};

function whyNot(invoice: Bolt11Invoice, nowMs: number): string | undefined {
  if (invoice.currency() !== ldk.Currency.LDKCurrency_Regtest)
    return 'this is a sandbox on regtest: it pays no invoices of other networks';
  // To the millisecond, as the recipient counts: the library still takes it in the second in which it ends.
  const endsMs = (invoice.duration_since_epoch() + invoice.expiry_time()) * 1_000n;
  return endsMs <= BigInt(nowMs) ? 'the invoice has expired' : undefined;
}

/** Throws Refused. */
export function readInvoice(bolt11: string): Bolt11Invoice {
  const read = ldk.Bolt11Invoice.constructor_from_str(bolt11);
  if (read instanceof ldk.Result_Bolt11InvoiceParseOrSemanticErrorZ_OK) return read.res;
  throw new Refused('this is no BOLT11 invoice');
}

/** The node numbers payments by 32 bytes: those of the id, and zeros. */
function toLdkId(id: string): Uint8Array {
  return Buffer.from(id.replaceAll('-', '').padEnd(64, '0'), 'hex');
}

function fromLdkId(bytes: Uint8Array): string {
  return hex(bytes)
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function outgoingOf(row: Row): Outgoing {
  const optional = (column: string): string | null => (row[column] === null ? null : textIn(row, column));
  const completed = row['completed_at_ms'];
  const fee = row['fee_msat'];
  return {
    id: textIn(row, 'id'),
    paymentHash: textIn(row, 'payment_hash'),
    bolt11: textIn(row, 'bolt11'),
    msat: integerIn(row, 'msat'),
    state: textIn(row, 'state') === 'sent' ? 'sent' : textIn(row, 'state') === 'failed' ? 'failed' : 'pending',
    preimage: optional('preimage'),
    feeMsat: typeof fee === 'bigint' ? fee : 0n,
    reason: optional('reason'),
    createdAtMs: Number(integerIn(row, 'created_at_ms')),
    completedAtMs: typeof completed === 'bigint' ? Number(completed) : null,
  };
}
