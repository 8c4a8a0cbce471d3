/** The buyer bridge in the words of S-23 and S-32 to S-34, over plain maps: too simple to be wrong, and slow. */
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { PublishOfferCommand } from '../../src/flows/offers.ts';
import type { OpenExecutionCommand, PlaceOrderCommand } from '../../src/flows/orders.ts';
import { CUSTODIAN, HOUR_NS } from './order-commands.ts';

interface ModelOffer {
  seq: bigint;
  active: boolean;
  depthMax: number;
  price: bigint;
  auto: boolean;
}

interface ModelOrder {
  /** `opening`, `opened`, or why it was rejected. */
  result: string;
  attempt: string;
  placedAt: bigint;
  price: bigint;
}

interface ModelExecution {
  state: string;
  readonly offerId: string;
  readonly payer: string;
  readonly payee: string;
  readonly price: bigint;
  result: string | undefined;
  due: bigint | undefined;
  disputeBy: bigint | undefined;
  disputed: boolean;
}

const REPEATABLE = ['queue-saturated', 'settlement-blocked'];

/** Command, where it may happen, where it leads to, and what becomes of the money. */
// prettier-ignore
const moves: Readonly<Record<string, readonly [from: string, to: string, money: 'stays' | 'payee' | 'payer']>> = {
  'provider-accept':   ['awaiting-provider',                            'opened',   'stays'],
  'provider-decline':  ['awaiting-provider',                            'rejected', 'payer'],
  'accept-execution':  ['awaiting-acceptance',                          'released', 'payee'],
  'reject-execution':  ['awaiting-acceptance',                          'rejected', 'payer'],
  'open-dispute':      ['opened awaiting-acceptance',                   'disputed', 'stays'],
  'for payer':         ['disputed',                                     'rejected', 'payer'],
  'for payee':         ['disputed',                                     'released', 'payee'],
  'release-execution': ['opened awaiting-acceptance disputed',          'released', 'payee'],
  'refund-execution':  ['awaiting-provider opened awaiting-acceptance disputed', 'rejected', 'payer'],
  'work is late':      ['awaiting-provider opened',                     'expired',  'payer'],
  'payer is silent':   ['awaiting-acceptance',                          'released', 'payee'],
  'completed':         ['opened',                                       'awaiting-acceptance', 'stays'],
  'failed':            ['opened',                                       'failed',   'payer'],
  'rejected':          ['opened',                                       'rejected', 'payer'],
  'dispatch-error':    ['awaiting-provider opened',                     'failed',   'payer'],
};

export class OrderModel {
  readonly available = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  readonly executions = new Map<string, ModelExecution>();
  readonly #offers = new Map<string, ModelOffer>();
  readonly #published = new Map<string, bigint>();
  readonly #orders = new Map<string, ModelOrder>();
  readonly #usedHolds = new Set<string>();
  #custodian: string | undefined;

  /** Executions of the offer without a result, counted every time. */
  depth(offerId: string): number {
    const open = ['awaiting-provider', 'opened', 'disputed'];
    return [...this.executions.values()].filter(
      (each) => each.offerId === offerId && each.result === undefined && open.includes(each.state),
    ).length;
  }

  /** `done`, `replayed` or the refusal's code. */
  run(command: PaymentCommand, now: bigint): string {
    if (command.type === 'set-org') return this.#setOrg(command.custodian);
    if (command.type === 'publish-offer') return this.#publish(command);
    if (command.type === 'withdraw-offer') return this.#withdraw(command.offerId);
    if (command.type === 'place-order') return this.#place(command, now);
    if (command.type === 'open-execution') return this.#open(command);
    return this.#onExecution(command, now);
  }

  #onExecution(command: PaymentCommand, now: bigint): string {
    if (!('executionId' in command)) throw new Error(`the model knows nothing of ${command.type}`);
    const { type, executionId } = command;
    if (type === 'report-result') {
      const { status, output } = command.result;
      return this.#result(executionId, `${status} ${String(output)}`, status, now);
    }
    if (type === 'apply-deadline') return this.#deadline(executionId, now);
    if (type === 'open-dispute') return this.#dispute(executionId, now);
    if (type !== 'resolve-dispute') return this.#move(executionId, type);
    if (this.executions.get(executionId)?.disputed !== true) return 'dispute_not_found';
    return this.#move(executionId, `for ${command.inFavourOf}`);
  }

  #setOrg(custodian: string): string {
    if (this.#custodian === custodian) return 'replayed';
    this.#custodian = custodian;
    return 'done';
  }

  #publish(command: PublishOfferCommand): string {
    const { offerId, sequenceNo: seq, priceAmount: price, maxQueueDepth, autoAccept: auto } = command;
    const known = this.#published.get(`${offerId} ${seq}`);
    if (known !== undefined) return known === price ? 'replayed' : 'idempotency_conflict';
    if (seq < (this.#offers.get(offerId)?.seq ?? 0n)) return 'stale_sequence';
    this.#published.set(`${offerId} ${seq}`, price);
    this.#offers.set(offerId, { seq, active: true, depthMax: Number(maxQueueDepth), price, auto });
    return 'done';
  }

  #withdraw(offerId: string): string {
    const offer = this.#offers.get(offerId);
    if (offer === undefined) return 'offer_not_found';
    if (!offer.active) return 'replayed';
    offer.active = false;
    return 'done';
  }

  #refusedByOffer(offerId: string): string | undefined {
    const offer = this.#offers.get(offerId);
    if (offer?.active !== true) return 'offer-not-found';
    if (this.depth(offerId) >= offer.depthMax) return 'queue-saturated';
    return offer.seq === 1n ? undefined : 'offer-seq-mismatch';
  }

  #priceOf({ offerId, units }: PlaceOrderCommand['order']): bigint {
    return units * (this.#offers.get(offerId)?.price ?? 0n);
  }

  #refusedByPayer(payer: string, price: bigint): string | undefined {
    if (this.#custodian !== CUSTODIAN) return 'custodian-mismatch';
    return (this.available.get(payer) ?? 0n) < price ? 'settlement-blocked' : undefined;
  }

  #place({ order, holdId, executionId }: PlaceOrderCommand, now: bigint): string {
    const { orderId, offerId } = order;
    const known = this.#orders.get(orderId);
    if (known !== undefined && !REPEATABLE.includes(known.result)) return 'replayed';
    if (this.#usedHolds.has(holdId) || this.executions.has(executionId)) return 'idempotency_conflict';
    const payer = `account:org:${order.subjectId}`;
    const price = this.#priceOf(order);
    const refused = this.#refusedByOffer(offerId) ?? this.#refusedByPayer(payer, price);
    if (refused !== undefined && refused === known?.result) return 'replayed';
    this.#orders.set(orderId, { result: refused ?? 'opening', attempt: executionId, placedAt: now, price });
    if (refused !== undefined || price === 0n) return 'done';
    this.#usedHolds.add(holdId);
    this.#add(this.available, payer, -price);
    this.#add(this.held, payer, price);
    return 'done';
  }

  #open({ orderId, executionId, offerId, payer, payee }: OpenExecutionCommand): string {
    const order = this.#orders.get(orderId);
    if (order === undefined) return 'order_not_found';
    if (order.result !== 'opening') return 'replayed';
    if (order.attempt !== executionId) return 'idempotency_conflict';
    const refused = this.#refusedByOffer(offerId);
    order.result = refused ?? 'opened';
    if (refused !== undefined) {
      this.#add(this.held, payer, -order.price);
      this.#add(this.available, payer, order.price);
      return 'done';
    }
    this.executions.set(executionId, {
      state: this.#offers.get(offerId)?.auto === true ? 'opened' : 'awaiting-provider',
      offerId,
      payer,
      payee,
      price: order.price,
      result: undefined,
      due: order.placedAt + 7n * 24n * HOUR_NS,
      disputeBy: undefined,
      disputed: false,
    });
    return 'done';
  }

  #result(executionId: string, content: string, status: string, now: bigint): string {
    const execution = this.executions.get(executionId);
    if (execution === undefined) return 'execution_not_found';
    if (execution.result !== undefined) return execution.result === content ? 'replayed' : 'result_conflict';
    const outcome = this.#move(executionId, status);
    if (outcome !== 'done') return outcome;
    execution.result = content;
    if (status !== 'completed') return outcome;
    execution.due = now + 24n * HOUR_NS;
    execution.disputeBy = now + 48n * HOUR_NS;
    return outcome;
  }

  #dispute(executionId: string, now: bigint): string {
    const execution = this.executions.get(executionId);
    if (execution?.disputed === true) return 'replayed';
    const late = execution?.disputeBy !== undefined && now >= execution.disputeBy;
    if (late && execution.state === 'awaiting-acceptance') return 'dispute_window_closed';
    const outcome = this.#move(executionId, 'open-dispute');
    if (outcome === 'done' && execution !== undefined) {
      execution.disputed = true;
      execution.due = undefined;
    }
    return outcome;
  }

  #deadline(executionId: string, now: bigint): string {
    const execution = this.executions.get(executionId);
    if (execution === undefined) return 'execution_not_found';
    if (execution.due === undefined || execution.due > now) return 'not_due';
    return this.#move(executionId, execution.state === 'awaiting-acceptance' ? 'payer is silent' : 'work is late');
  }

  #move(executionId: string, what: string): string {
    const execution = this.executions.get(executionId);
    if (execution === undefined) return 'execution_not_found';
    const [from, to, money] = moves[what]!;
    if (!from.split(' ').includes(execution.state)) {
      const accepted = ['awaiting-acceptance', 'released', 'disputed'].includes(execution.state);
      const before = execution.state === to || (what === 'provider-accept' && accepted);
      return before ? 'replayed' : 'invalid_transition';
    }
    execution.state = to;
    if (['released', 'rejected', 'failed', 'expired'].includes(to)) execution.due = undefined;
    if (money === 'stays') return 'done';
    this.#add(this.held, execution.payer, -execution.price);
    this.#add(this.available, money === 'payee' ? execution.payee : execution.payer, execution.price);
    return 'done';
  }

  #add(balances: Map<string, bigint>, account: string, amount: bigint): void {
    balances.set(account, (balances.get(account) ?? 0n) + amount);
  }
}
