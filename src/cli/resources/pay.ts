/** `purser pay`: the demo wallet of the Lightning sandbox pays an invoice. It speaks to the payer itself, in phoenixd's form. */
import { isObject, parseJson } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { payerCommand, type Command } from '../command.ts';
import { type Payer } from '../credentials.ts';
import { PayerError } from '../exit.ts';
import { argument, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

/** Fixed: programs of others read these three. */
interface Payment {
  readonly payment_hash: string;
  readonly preimage: string;
  readonly amount_sats: number;
}

const columns: readonly Column<Payment>[] = [
  column('PAYMENT HASH', ({ payment_hash: hash }) => hash),
  column('PREIMAGE', ({ preimage }) => preimage),
  column('SATS', ({ amount_sats: sats }) => sats),
  column('NETWORK', () => 'regtest, a sandbox: no real money'),
];

export const payCommands: readonly Command[] = [
  payerCommand({
    resource: 'pay',
    verb: '',
    summary: "pay a BOLT11 invoice from the Lightning sandbox's demo wallet: no real money",
    notes: 'Exit code 1 when the wallet refuses: it is empty, or the invoice has expired or is paid already.',
    fields: {
      invoice: argument(text('INVOICE', 'the invoice, as lnbcrt…')),
      payer: text('HOST:PORT', 'where the payer is: PURSER_PAYER_ADDR, else 127.0.0.1:9740'),
    },
    columns,
    ask: (payer, { invoice, payer: address }, { signal }) => pay(payer(address), invoice, signal),
  }),
];

async function pay(payer: Payer, invoice: string, signal: AbortSignal): Promise<Payment> {
  const { status, body } = await send(payer, invoice, signal);
  if (status === 401) throw new PayerError('forbidden', 'unauthorized', refusedPassword(payer));
  if (status >= 500) throw new PayerError('unreachable', 'unavailable', `the payer is not available: ${body}`);
  if (status !== 200) throw new PayerError('refused', 'payment_refused', `not paid: ${body}`);
  const paid = readObject(body);
  if (paid === undefined) throw new PayerError('refused', 'unexpected_answer', `${payer.url} is no payer of a sandbox`);
  const { paymentHash, paymentPreimage, recipientAmountSat, reason } = paid;
  if (typeof paymentHash !== 'string' || typeof paymentPreimage !== 'string' || typeof recipientAmountSat !== 'number')
    throw new PayerError('refused', 'payment_refused', `not paid: ${typeof reason === 'string' ? reason : body}`);
  return { payment_hash: paymentHash, preimage: paymentPreimage, amount_sats: recipientAmountSat };
}

async function send(
  { url, password = '' }: Payer,
  invoice: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const response = await fetch(`${url}/payinvoice`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
      body: new URLSearchParams({ invoice }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.payMs)]),
    });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new PayerError(
      'unreachable',
      'unreachable',
      `no answer from the payer at ${url}: ${reason}. Start a server with "purser serve" and its Lightning sandbox, or name it with --payer or PURSER_PAYER_ADDR`,
    );
  }
}

function refusedPassword({ password, passwordFrom }: Payer): string {
  return password === undefined
    ? `the payer wants a password, and there is no ${passwordFrom}: name the server's data directory with --data`
    : `the payer refuses the password of ${passwordFrom}: it belongs to another server`;
}

function readObject(body: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(body);
  return isObject(value) ? value : undefined;
}
