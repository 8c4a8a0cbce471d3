// The typed client at work: funds an account, reserves money for an order, pays the provider, and lists what happened.
//
//   npm start                    # in another terminal
//   node examples/client.mjs     # uses PURSER_URL and PURSER_KEY, else the operator token in ./data
//
// In a project of your own this is one line: import { createClient, PurserError } from 'purser/client';
import { readFileSync } from 'node:fs';

const { createClient, PurserError } = await import('purser/client').catch(() => import('../src/client/client.ts'));

const { PURSER_URL: url = 'http://127.0.0.1:9090', PURSER_DATA: data = 'data' } = process.env;
const key = process.env.PURSER_KEY ?? readFileSync(`${data}/operator.token`, 'utf8').trim();
const purser = createClient({ url, key });

const run = Date.now().toString(36);
const buyer = `account:org:example-${run}`;
const provider = `account:participant:example-${run}`;

// Amounts are minor units: 50000 is 500.00 ORC. The receipt's id is the key, so asking twice credits once.
await purser.applyTopUp({
  receipt_id: `receipt-${run}`,
  account_id: buyer,
  amount: 50_000,
  unit: 'ORC',
  gateway_node_id: 'example',
  external: { amount: 50_000, currency: 'EUR', payment_ref: `payment-${run}` },
});

const order = { payer_account_id: buyer, payee_account_id: provider, amount: 1_200, order_id: `order-${run}` };
const hold = await purser.createHold(order);
console.log(`reserved ${hold.amount} in hold ${hold.hold_id}`);
await purser.releaseHold({ hold_id: hold.hold_id, reason: 'delivered' });

// A refusal is an error with a code; nothing has happened then.
try {
  await purser.createHold({ ...order, amount: 1_000_000, order_id: `large-${run}` });
} catch (error) {
  if (!(error instanceof PurserError) || error.code !== 'insufficient_funds') throw error;
  console.log(`refused: ${error.code}, available ${error.details.available}`);
}

// A list asks for page after page by itself.
for await (const entry of purser.listEntries({ account_id: buyer, limit: 2 }))
  console.log(`${entry.at} ${entry.kind} available ${entry.available_after} held ${entry.held_after}`);

const { available } = await purser.readAccount({ account_id: provider });
console.log(`the provider has ${available}`);
