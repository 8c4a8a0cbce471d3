/** What a command that failed says, and its exit code: what happened, and what to do next. */
import { PurserError, UnreachableError } from '../client/client.ts';
import { nameOf, type Command } from './command.ts';
import { commands } from './commands.ts';
import type { Server } from './credentials.ts';
import { CredentialError, PayerError, RejectedError, UsageError, type Exit } from './exit.ts';
import { seeHelp } from './arguments.ts';

export interface Failure {
  readonly exit: Exit;
  readonly message: string;
  /** What a program gets that reads JSON; undefined where nothing was asked. */
  readonly document?: object;
}

/** As far as it was known when it failed. */
export interface Situation {
  readonly command?: Command | undefined;
  readonly server?: Server | undefined;
}

/** Undefined for what is a bug of ours. */
export function failureOf(error: unknown, { command, server }: Situation): Failure | undefined {
  if (error instanceof UsageError) return { exit: 'usage', message: `${error.message}. ${seeHelp(command)}` };
  if (error instanceof CredentialError) return { exit: 'forbidden', message: error.message };
  if (error instanceof RejectedError) return { exit: 'refused', message: error.message };
  if (error instanceof PayerError) {
    const { exit, code, message } = error;
    return { exit, message, document: { error: { code, message } } };
  }
  if (error instanceof UnreachableError) return unreachable(error);
  if (error instanceof PurserError) return refusal(error, { command, server });
  // What the client itself does not send, such as an id that no path can hold.
  if (error instanceof TypeError && server !== undefined) return { exit: 'usage', message: error.message };
  return undefined;
}

function unreachable(error: UnreachableError): Failure {
  const { message, code, idempotencyKey: key } = error;
  const again = key === undefined ? '' : `\nIt may have happened nevertheless: ask again with --key ${key}`;
  return {
    exit: 'unreachable',
    message: `${message}. Start a server with "purser serve", or name it with --url or PURSER_URL${again}`,
    document: { error: { code, message, ...(key === undefined ? {} : { idempotency_key: key }) } },
  };
}

function refusal(error: PurserError, situation: Situation): Failure {
  const { code, message, details, requestId } = error;
  const exit = exitOf(error);
  const { price_sats: price, l402_invoice: invoice, ...rest } = details;
  // What it costs comes first, and the invoice stands alone: it is long, and somebody has to copy it.
  const shown = { ...(price === undefined ? {} : { price_sats: price }), ...rest };
  const named = Object.entries(shown).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const lines = [[`${message} (${code})`, ...named].join(' '), nextStep(error, exit, situation), textOf(invoice)];
  return {
    exit,
    message: lines.filter((each) => each !== '').join('\n'),
    document: { error: { code, message, ...details }, ...(requestId === undefined ? {} : { request_id: requestId }) },
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function exitOf({ status, code }: PurserError): Exit {
  if (code === 'unexpected_answer') return status >= 500 ? 'unreachable' : 'refused';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  return status === 400 ? 'usage' : 'refused';
}

/** What to do about a code, where there is something to say beyond its message. */
const steps: Readonly<Record<string, string>> = {
  unexpected_answer: 'Is this a Purser server? Name yours with --url or PURSER_URL',
  insufficient_funds: 'Nothing was moved. See what there is with "purser account show" or "purser balance"',
  idempotency_conflict:
    'Nothing was done: take another id or key for something else, or repeat exactly what was asked first',
  payment_required:
    'Pay this invoice with "purser pay INVOICE" or any Lightning wallet, and ask again exactly as before:',
  policy_violation: 'No payment can buy it: see "purser policy show", or ask somebody who may release it',
  amount_fixed: 'Nothing was changed: "purser decision cancel DECISION --amount CENTS" gives back what is not needed',
  receipt_conflict: 'Nothing was credited: a receipt has one content for ever',
  too_many_attempts: 'Wait a minute, and look at the key before the next try',
};

function nextStep(
  { code, status, requestId, details }: PurserError,
  exit: Exit,
  { command, server }: Situation,
): string {
  if (status === 401) return noKey(server);
  if (code === 'forbidden') return notThisKey(command, server);
  if (exit === 'missing') return listHint(command);
  if (exit === 'usage') return seeHelp(command);
  if (status >= 500 && requestId !== undefined) return `The server's log knows it as request ${requestId}`;
  if (details['reason'] === 'acknowledgement_required')
    return 'If it shall be so nevertheless, ask again with --acknowledge yes';
  return steps[code] ?? '';
}

function noKey(server: Server | undefined): string {
  if (server?.key === undefined)
    return `No key was sent: set PURSER_KEY, or name the server's data directory with --data (there is no ${server?.keyFrom ?? 'token'})`;
  return `The server does not know the key of ${server.keyFrom}: perhaps it was revoked, or belongs to another server`;
}

/** S-11: what takes the control-plane token, which no role of a key replaces. */
const withTokenOnly: ReadonlySet<string> = new Set([
  'top-up submit',
  'inbox credit',
  'rule set',
  'rule show',
  'rule remove',
]);

function notThisKey(command: Command | undefined, server: Server | undefined): string {
  if (command !== undefined && withTokenOnly.has(nameOf(command)))
    return "Only the operator token may do this: unset PURSER_KEY, and name the server's data directory with --data";
  return `The key of ${server?.keyFrom ?? 'this command'} may not: use one of another role, which an operator makes with "purser key create"`;
}

function listHint(command: Command | undefined): string {
  const list = commands.find(({ resource, verb }) => resource === command?.resource && verb === 'list');
  return list === undefined ? '' : `See what there is with "purser ${nameOf(list)}"`;
}
