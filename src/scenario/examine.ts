/**
 * After the load: asks every reference again past the faults, waits for open compensations to end, reads the ledger, and
 * compares all three: what was told, what is told now, what is recorded.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Address } from '../frames/server.ts';
import { LedgerAudit, type AuditRow } from '../payments/invariants.ts';
import { isFinal, parseAnswer, parseObject, type Spoken } from './answers.ts';
import { ask, inParallel, NO_ANSWER } from './asking.ts';
import type { Findings } from './findings.ts';
import type { Ledger, Moment } from './ledger.ts';
import { requestOf, type Reference } from './references.ts';
import type { Rail } from './settings.ts';

const ASK_AGAIN_CALLERS = 16;
const ASK_MS = 5_000;
const POLL_MS = 25;

export interface Examined {
  readonly gateways: readonly Address[];
  readonly ledger: Ledger;
  readonly references: readonly Reference[];
  readonly rail: Rail;
  readonly settleMs: number;
  /** Nobody else uses the rail: every transaction has to belong to one of the references. */
  readonly alone: boolean;
}

/** Fills the findings; returns the balances as they stand in the ledger. */
export async function examine(parts: Examined, findings: Findings): Promise<ReadonlyMap<string, bigint>> {
  const untilMs = performance.now() + parts.settleMs;
  await askAgain(parts, findings, untilMs);
  await settled(parts, untilMs);
  const told = parts.alone ? await askAll(parts.gateways, '{"op":"BALANCE"}') : [];
  return parts.ledger.atOneMoment(async (moment) => {
    const { accounts, entries } = await audit(moment, parts, findings);
    for (const reference of parts.references) compare(reference, entries, findings);
    for (const text of told) compareBalances(accounts, text, findings);
    return accounts;
  });
}

function askAll(gateways: readonly Address[], payload: string): Promise<string[]> {
  return Promise.all(gateways.map(async (gateway) => (await ask(gateway, payload, ASK_MS)) ?? 'nothing'));
}

/** I5: one outcome per reference, the same bytes for everybody who ever heard it, whichever server is asked. */
async function askAgain({ gateways, references }: Examined, findings: Findings, untilMs: number): Promise<void> {
  await inParallel(references, ASK_AGAIN_CALLERS, async (reference, index) => {
    const gateway = gateways[index % gateways.length];
    const outcome = gateway && (await outcomeOf(gateway, reference, untilMs));
    reference.outcome = outcome;
    if (outcome === undefined) findings.add('I5', reference.key, 'has no outcome after the time to settle');
    const texts = new Set([...reference.finals, ...(outcome === undefined ? [] : [outcome.text])]);
    if (texts.size > 1) findings.add('I5', reference.key, `has ${texts.size} outcomes: ${[...texts].join(' and ')}`);
  });
}

async function outcomeOf(gateway: Address, reference: Reference, untilMs: number): Promise<Spoken | undefined> {
  for (;;) {
    const text = await ask(gateway, requestOf(reference), ASK_MS);
    const spoken = text === NO_ANSWER ? undefined : parseAnswer(text);
    if (spoken !== undefined && isFinal(spoken)) return spoken;
    if (performance.now() >= untilMs) return undefined;
    await pause(POLL_MS);
  }
}

/** Polls until no debit is open; the audit says so if that never comes. */
async function settled({ ledger }: Examined, untilMs: number): Promise<void> {
  while ((await ledger.openDebits()) > 0n && performance.now() < untilMs) await pause(POLL_MS);
}

interface Audited {
  readonly accounts: ReadonlyMap<string, bigint>;
  /** Of the references' transactions. */
  readonly entries: ReadonlyMap<string, readonly AuditRow[]>;
}

/** I1 to I4, I6 and I7 over all rows; and on a rail of our own, transactions that nobody asked for. */
async function audit(moment: Moment, { references, rail, alone }: Examined, findings: Findings): Promise<Audited> {
  const accounts = await moment.accounts();
  const rows = new LedgerAudit(new Map([...accounts.keys()].map((id) => [id, rail.opening])));
  const entries = new Map<string, AuditRow[]>();
  for (const { outcome } of references) if (outcome?.txId !== undefined) entries.set(outcome.txId, []);
  const unasked = new Set<string>();
  for await (const row of moment.transactions()) {
    rows.add(row);
    const asked = entries.get(row.tx_id);
    asked?.push(row);
    if (alone && asked === undefined) unasked.add(row.tx_id);
  }
  for (const { invariant, subject, message } of rows.end(accounts)) findings.add(invariant, subject, message);
  for (const txId of unasked)
    findings.add('I5', txId, 'moved money and is the outcome of no reference: a reference acted twice');
  findings.rows = rows.rows;
  findings.inflows = rows.inflows;
  return { accounts, entries };
}

function sorted(balances: readonly (readonly [string, unknown])[]): string {
  return balances
    .map(([name, balance]) => `${name}=${String(balance)}`)
    .toSorted()
    .join(' ');
}

/** BALANCE has to say what the ledger's table says. */
function compareBalances(accounts: ReadonlyMap<string, bigint>, told: string, findings: Findings): void {
  const { balances } = parseObject(told);
  const recorded = sorted([...accounts]);
  if (typeof balances !== 'object' || balances === null || sorted(Object.entries(balances)) !== recorded)
    findings.add('answers', 'BALANCE', `the table has ${recorded}, BALANCE said ${told}`);
}

/** What a reference was told has to be what its entries say. */
function compare(reference: Reference, recorded: Audited['entries'], findings: Findings): void {
  const { outcome, key } = reference;
  if (outcome?.txId === undefined) return;
  const entries = recorded.get(outcome.txId) ?? [];
  const wrong = outcome.ok ? notMoved(reference, outcome, entries) : moved(outcome, entries);
  if (wrong !== undefined) findings.add('answers', key, `${wrong}, but was told ${outcome.text}`);
}

function notMoved({ order }: Reference, outcome: Spoken, entries: readonly AuditRow[]): string | undefined {
  const debit = entries.find(({ op }) => op === 'debit');
  const credit = entries.find(({ op }) => op === 'credit');
  if (debit === undefined || credit === undefined) return `${outcome.txId} has not moved`;
  if (debit.account_id !== order.src || credit.account_id !== order.dst) return `${outcome.txId} moved elsewhere`;
  if (debit.amount !== order.amount || credit.amount !== order.amount) return `${outcome.txId} moved another amount`;
  if (debit.balance_after !== outcome.srcBalance) return `the debit left ${debit.balance_after}`;
  return credit.balance_after === outcome.dstBalance ? undefined : `the credit left ${credit.balance_after}`;
}

/** Compensated refusals leave a rollback, all others leave nothing. */
function moved({ txId, error }: Spoken, entries: readonly AuditRow[]): string | undefined {
  const ops = entries
    .map(({ op }) => op)
    .toSorted()
    .join(' and ');
  const compensated = error === 'debit_timeout' || error === 'credit_failed' || error === 'rolled_back';
  if (compensated)
    return ops === 'rollback' || ops === 'debit and rollback' ? undefined : `${txId} has ${ops || 'no rows'}`;
  return ops === '' || error === 'duplicate_tx' ? undefined : `${txId} has ${ops}`;
}
