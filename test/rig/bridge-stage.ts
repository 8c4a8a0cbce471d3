/** The buyer bridge on a real server: an organisation with money, a provider with offers, and a key for everybody. */
import assert from 'node:assert/strict';
import { Rail, type Engine } from './deployment.ts';
import type { Json } from './frame-client.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';

export const ACME = 'account:org:acme';
export const WEAVER = 'account:participant:weaver';

export const offerBody = (offerId: string, terms: Json = {}): Json => ({
  offer_id: offerId,
  sequence_no: 1,
  provider_node_id: 'node-1',
  provider_participant_id: 'weaver',
  service_type: 'weaving',
  description: 'Cloth, by the piece',
  price_amount: 200,
  price_currency: 'ORC',
  unit_kind: 'per-item',
  max_queue_depth: 1_000,
  auto_accept: true,
  ...terms,
});

export const orderBody = (orderId: string, offerId: string, terms: Json = {}): Json => ({
  order_id: orderId,
  buyer_node_id: 'node-0',
  subject_kind: 'org',
  subject_id: 'acme',
  operator_participant_id: 'alice',
  provider_node_id: 'node-1',
  provider_participant_id: 'weaver',
  offer_id: offerId,
  offer_seq: 1,
  service_type: 'weaving',
  units: 3,
  input: { pieces: [1, 2, 3] },
  max_price_amount: 10_000,
  max_price_currency: 'ORC',
  run_id: 'run-1',
  phase_id: 'phase-1',
  lineage: { parent: 'plan-7' },
  ...terms,
});

export const topUpBody = (receiptId: string, account: string, amount: number): Json => ({
  receipt_id: receiptId,
  account_id: account,
  amount,
  unit: 'ORC',
  gateway_node_id: 'gateway-1',
  external: { amount, currency: 'EUR', payment_ref: receiptId },
});

export const post = (who: HttpClient, path: string, body?: unknown): Promise<HttpAnswer> =>
  who.ask(path, { method: 'POST', ...(body === undefined ? {} : { body }) });

export const put = (who: HttpClient, path: string, body: unknown): Promise<HttpAnswer> =>
  who.ask(path, { method: 'PUT', body });

export const isAgain = ({ headers }: HttpAnswer): boolean => headers.get('idempotency-replayed') === 'true';

/** States of a thing and of its hold. */
export const statesOf = ({ json }: HttpAnswer): unknown[] => [json['state'], (json['hold'] as Json | null)?.['state']];

/** Asks for something twice: the second answer is the first, and is marked. */
export async function twice(ask: () => Promise<HttpAnswer>, status = 200): Promise<HttpAnswer> {
  const first = await ask();
  assert.deepEqual([first.status, isAgain(first)], [status, false], first.text);
  const again = await ask();
  assert.deepEqual([again.status, isAgain(again), again.text], [200, true, first.text]);
  return first;
}

export function refused(
  { status: given, json, text }: HttpAnswer,
  status: number,
  code: string,
  details: Json = {},
): void {
  const { code: named, message, ...rest } = (json['error'] ?? {}) as Json;
  assert.deepEqual([given, named], [status, code], text);
  for (const [name, value] of Object.entries(details)) assert.deepEqual(rest[name], value, text);
  assert.equal(typeof message, 'string');
}

export class BridgeStage {
  readonly rail: Rail;
  readonly operator: HttpClient;
  readonly buyer: HttpClient;
  readonly provider: HttpClient;
  /** Keys of the same roles that are confined to others. */
  readonly otherBuyer: HttpClient;
  readonly otherProvider: HttpClient;

  private constructor(rail: Rail, [operator, buyer, provider, otherBuyer, otherProvider]: readonly HttpClient[]) {
    assert.ok(operator && buyer && provider && otherBuyer && otherProvider);
    this.rail = rail;
    this.operator = operator;
    this.buyer = buyer;
    this.provider = provider;
    this.otherBuyer = otherBuyer;
    this.otherProvider = otherProvider;
  }

  /** Two offers: `cloth` accepts by itself, `asked` does not. */
  static async start(engine: Engine): Promise<BridgeStage> {
    const rail = await Rail.start('all-in-one', {}, engine);
    const operator = new HttpClient(await rail.httpOf('gateway'));
    const stage = new BridgeStage(rail, [
      operator,
      await operator.keyFor('buyer', { merchant: 'acme' }),
      await operator.keyFor('provider', { account: WEAVER }),
      await operator.keyFor('buyer', { account: 'account:org:other' }),
      await operator.keyFor('provider', { account: 'account:participant:dyer' }),
    ]);
    await post(operator, '/v1/ledger/top-up', topUpBody('r1', ACME, 1_000_000));
    await put(operator, '/v1/orgs/acme', { custodian_participant_id: 'alice' });
    await put(operator, '/v1/orgs/other', { custodian_participant_id: 'bob' });
    await post(stage.provider, '/v1/offers', offerBody('cloth'));
    await post(stage.provider, '/v1/offers', offerBody('asked', { auto_accept: false }));
    return stage;
  }

  async balanceOf(account: string): Promise<[available: number, held: number]> {
    const { json } = await this.operator.ask(`/v1/ledger/account?account_id=${account}`);
    return [Number(json['available']), Number(json['held'])];
  }

  /** An order that opens; its execution's id. */
  async opened(orderId: string, offerId = 'cloth'): Promise<string> {
    const { status, json } = await post(this.buyer, '/v1/orders', orderBody(orderId, offerId));
    assert.equal(status, 201, JSON.stringify(json));
    return String(json['execution_id']);
  }

  /** An order whose work is done. */
  async completed(orderId: string): Promise<string> {
    const execution = await this.opened(orderId);
    const { status } = await post(this.provider, `/v1/executions/${execution}/result`, { status: 'completed' });
    assert.equal(status, 200);
    return execution;
  }
}
