// @getalby/lightning-tools 9 asks the gate, pays what it costs, and is allowed:
//
//   node examples/paying/lightning-tools.mjs http://127.0.0.1:9090
import { fetch402, fetchWithL402 } from '@getalby/lightning-tools/402';
import { key, newOrder, payInvoice, say } from './wallet.mjs';

const { url, order } = newOrder();
const request = {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-API-Key': key },
  body: JSON.stringify(order),
};
const wallet = { payInvoice: async ({ invoice }) => ({ preimage: await payInvoice(invoice) }) };

// fetch402 pays no invoice above `maxAmount` satoshis. fetchWithL402 would pay whatever is asked.
const response = await fetch402(url, request, { wallet, maxAmount: 1_000 });
const body = await response.json();
say({ status: response.status, body });

// With the credential of a payment it never pays, whatever the answer: this is how to repeat a request whose answer was lost.
const { credentials } = response.payment;
const again = await fetchWithL402(url, request, { wallet, credentials });
say({ status: again.status, body: await again.json() }, body);
