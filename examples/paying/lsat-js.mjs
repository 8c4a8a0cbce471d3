// lsat-js 2 reads the challenge and writes the credential; asking and paying are ours:
//
//   node examples/paying/lsat-js.mjs http://127.0.0.1:9090
import { Lsat } from 'lsat-js';
import { key, newOrder, payInvoice, say } from './wallet.mjs';

const { url, order } = newOrder();
const ask = async (more = {}) => {
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key, ...more };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(order) });
  return { status: response.status, challenge: response.headers.get('WWW-Authenticate'), body: await response.json() };
};

const first = await ask();
if (first.status !== 402) throw new Error(`nothing to pay: ${first.status}`);
const lsat = Lsat.fromHeader(first.challenge);
// It checks that the preimage is the invoice's. Its scheme is LSAT, the former name; the gate takes both.
lsat.setPreimage(await payInvoice(lsat.invoice));
const credential = { Authorization: lsat.toToken() };

const paid = await ask(credential);
say(paid);
say(await ask(credential), paid.body);
