// The settlement rail from the first receipt to the last payment: an organisation is funded, orders in three phases from three
// providers, accepts their work, and in the end every unit is where it belongs. Each takes part with a key of its own.
//
//   npm start                                                # in another terminal
//   node examples/worked-example.mjs http://127.0.0.1:9090   # PURSER_KEY, else the operator token in PURSER_DATA or ./data
//
// What it prints stands in worked-example.out. Every run has organisations and providers of its own.
import { readFileSync } from 'node:fs';

const { createClient } = await import('purser/client').catch(() => import('../src/client/client.ts'));

const [url = process.env.PURSER_URL] = process.argv.slice(2);
const { PURSER_DATA: data = 'data' } = process.env;
const token = process.env.PURSER_KEY ?? readFileSync(`${data}/operator.token`, 'utf8').trim();
const operator = createClient({ url, key: token });

const run = Date.now().toString(36);
const POOL = 'account:community-pool';
const buyerOrg = `buyer-${run}`;
const buyerAccount = `account:org:${buyerOrg}`;
const custodian = `custodian-${run}`;

/** 34800 is 348.00: amounts are whole minor units, and only people see a point in them. */
const shown = (minor) => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

const totalOf = async (account) => (await operator.readAccount({ account_id: account })).total;

/** A key that may do what its role may, and only with what is its own. */
async function clientFor(role, confined) {
  const { key } = await operator.createKey({ role, label: `worked example ${run}`, ...confined });
  return createClient({ url, key });
}

// Money comes in: 500.00 were paid to the funding gateway, which leaves 10 % to the community pool.
const poolBefore = await totalOf(POOL);
await operator.applyTopUp({
  receipt_id: `receipt-${run}`,
  account_id: buyerAccount,
  amount: 45_000,
  unit: 'ORC',
  gateway_node_id: 'gateway-1',
  external: { amount: 50_000, currency: 'EUR', payment_ref: `bank-${run}` },
  fee: { basis_points: 1_000, amount: 5_000, account_id: POOL },
});
await operator.setOrg({ org_id: buyerOrg, custodian_participant_id: custodian });
const buyer = await clientFor('buyer', { merchant: buyerOrg });
console.log(
  `top-up 500.00: buyer ${shown(await totalOf(buyerAccount))}, pool ${shown((await totalOf(POOL)) - poolBefore)}`,
);

/** A provider with one offer. */
async function providerOf(name, serviceType, { price, depth }) {
  const participant = `${name}-${run}`;
  const account = `account:participant:${participant}`;
  const client = await clientFor('provider', { account });
  const offer = await client.publishOffer({
    offer_id: `${serviceType}-${run}`,
    sequence_no: 1,
    provider_node_id: `node-${name}`,
    provider_participant_id: participant,
    service_type: serviceType,
    description: `${serviceType}, by the piece`,
    price_amount: price,
    price_currency: 'ORC',
    unit_kind: 'per-item',
    max_queue_depth: depth,
    auto_accept: true,
  });
  return { account, client, offer };
}

const orderFor = ({ offer }, phase, number, units) => ({
  order_id: `order-${run}-${phase}-${number}`,
  buyer_node_id: 'node-buyer',
  subject_kind: 'org',
  subject_id: buyerOrg,
  operator_participant_id: custodian,
  provider_node_id: offer.provider_node_id,
  provider_participant_id: offer.provider_participant_id,
  offer_id: offer.offer_id,
  offer_seq: offer.sequence_no,
  service_type: offer.service_type,
  units,
  input: { phase, number },
  max_price_amount: units * offer.price_amount,
  max_price_currency: 'ORC',
  run_id: `run-${run}`,
  phase_id: `phase-${phase}`,
});

/** Places every order; answers the executions that opened, and the orders that are worth asking for again. */
async function place(orders) {
  const opened = [];
  const later = [];
  for (const order of orders) {
    const answer = await buyer.placeOrder(order);
    if (answer.result === 'opened-execution') opened.push(answer.execution_id);
    else if (answer.classifier === 'queue-saturated' && answer.retryable) later.push(order);
    else throw new Error(`${order.order_id}: ${JSON.stringify(answer)}`);
  }
  return { opened, later };
}

/** One phase: orders are placed, worked on and accepted; those that the provider had no room for are placed again. */
async function runPhase(phase, provider, { count, units }) {
  let waiting = Array.from({ length: count }, (_, i) => orderFor(provider, phase, i + 1, units));
  while (waiting.length > 0) {
    const { opened, later } = await place(waiting);
    const held = (await operator.readAccount({ account_id: buyerAccount })).held;
    console.log(`phase ${phase}: ${opened.length} opened, ${later.length} queue-saturated, ${shown(held)} held`);
    for (const id of opened) {
      await provider.client.reportResult({ execution_id: id, status: 'completed', output: { done: true } });
      await buyer.acceptExecution({ execution_id: id });
    }
    waiting = later;
  }
  console.log(`phase ${phase}: all accepted, provider ${shown(await totalOf(provider.account))}`);
}

const printer = await providerOf('printer', 'printing', { price: 200, depth: 10 });
const binder = await providerOf('binder', 'binding', { price: 1_000, depth: 10 });
const courier = await providerOf('courier', 'delivery', { price: 500, depth: 3 });

await runPhase(1, printer, { count: 2, units: 3 });
await runPhase(2, binder, { count: 6, units: 1 });
await runPhase(3, courier, { count: 6, units: 1 });

const ends = {
  buyer: await totalOf(buyerAccount),
  printer: await totalOf(printer.account),
  binder: await totalOf(binder.account),
  courier: await totalOf(courier.account),
  pool: (await totalOf(POOL)) - poolBefore,
};
const total = Object.values(ends).reduce((sum, each) => sum + each, 0);
console.log(
  Object.entries(ends)
    .map(([who, units]) => `${who} ${shown(units)}`)
    .join(', '),
);
console.log(`in all ${shown(total)}`);
