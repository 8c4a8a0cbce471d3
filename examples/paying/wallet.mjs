// What the examples beside this file share: the caller's key, a wallet, and a purchase order to ask for.
//
// The wallet pays through the sandbox's payer, in the HTTP form of phoenixd: money that is worth nothing. A real phoenixd
// takes the same call. Secrets come from the environment or from files, never from the command line.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { PURSER_DATA: data = 'data', PURSER_PAYER_ADDR: payer = '127.0.0.1:9740' } = process.env;
const secret = (name, file) => process.env[name] ?? readFileSync(`${data}/${file}`, 'utf8').trim();

/** The key of whoever asks the gate. It goes into `X-API-Key`: the libraries write the credential over `Authorization`. */
export const key = secret('PURSER_KEY', 'operator.token');
const password = secret('PAYER_PASSWORD', 'payer.password');

/** Pays an invoice; its preimage is the proof. Throws when the wallet does not pay. */
export async function payInvoice(invoice) {
  const response = await fetch(`http://${payer}/payinvoice`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
    body: new URLSearchParams({ invoice }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`not paid: ${text}`);
  const { paymentPreimage: preimage, recipientAmountSat: sats, reason } = JSON.parse(text);
  if (preimage === undefined) throw new Error(`not paid: ${reason}`);
  console.log(`402: paid ${sats} sat`);
  return preimage;
}

/** The gate's address for an action of its own, and what is asked there: an order that nobody has asked for before. */
export function newOrder([base = process.env.PURSER_URL ?? 'http://127.0.0.1:9090'] = process.argv.slice(2)) {
  const id = `PO-${randomUUID()}`;
  return {
    url: `${base}/l402-otb/gate?ref=${id}`,
    order: {
      merchant_id: 'acme',
      actor_id: 'ann',
      action_kind: 'po_submit',
      amount_cents: 5_000,
      context: { po_id: id },
    },
  };
}

/** Says what the gate answered: `status` and `body` of a response, and the first answer when this is the second. */
export function say({ status, body }, first) {
  const again =
    first === undefined ? '' : `, ${body.decision_id === first.decision_id ? 'the same' : 'another'} decision`;
  console.log(`${status}: allowed ${body.allowed}, paid ${body.paid}${again}`);
}
