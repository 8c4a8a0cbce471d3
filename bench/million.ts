/**
 * Stores that have grown to a million holds and accounts, and to a million decisions: the start, the lists that a console shows,
 * and a reconciliation of all of it while gates go on.
 */
import type { LoadResult } from '../src/load/plan.ts';
import { gateCall, monthsFrom } from './budgets.ts';
import { apiOf, type Api } from './http-api.ts';
import { runHttpLoad, startHttpYardstick } from './http-load.ts';
import type { HttpCall } from './http-plan.ts';
import { databaseBytes, verifyLedger } from './ledger-check.ts';
import { HOT_MERCHANT, HOT_PAYEE, payerOf, writeDecisions, writeHolds } from './million-store.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import { atMost, latencyLine, milliseconds, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { PER_SECOND, steadyGates } from './steady-gates.ts';
import { mustBeClean, percentile, takeTurns, type Contender } from './turns.ts';

const MILLION = 1_000_000;
const READERS = 4;
const LIST_MS_MAX = 20;
const START_MS_MAX = 2_000;
const RECONCILED_MS_MAX = 30_000;
const GATE_MS_MAX = 20;
/** Of a load that goes on until the run has ended. */
const PORTION_MS = 2_000;
/** What the server says at the end of a run. */
const RECONCILED = 'name=reconciliation event=ended';
const GIBIBYTE = 1024 ** 3;

/** A list by what it is, and the question. */
type List = readonly [what: string, path: string];

const ofHolds: readonly List[] = [
  ['holds', '/v1/ledger/holds'],
  ['holds by state', '/v1/ledger/holds?state=released'],
  ['holds by a rare state', '/v1/ledger/holds?state=voided'],
  ['holds of an account with half of them', `/v1/ledger/holds?account_id=${HOT_PAYEE}`],
  ['those in a rare state', `/v1/ledger/holds?account_id=${HOT_PAYEE}&state=frozen`],
  ['holds of an account with one', `/v1/ledger/holds?account_id=${payerOf(7)}`],
  ['accounts', '/v1/ledger/accounts'],
  ['movements by state', '/v1/movements?state=done'],
  ['movements by a state that none is in', '/v1/movements?state=pending'],
];

const ofDecisions: readonly List[] = [
  ['decisions of a merchant with half of them', `/l402-otb/decisions?merchant_id=${HOT_MERCHANT}`],
  ['those in a state that none is in', `/l402-otb/decisions?merchant_id=${HOT_MERCHANT}&state=refused`],
  ['decisions of another merchant', '/l402-otb/decisions?merchant_id=merchant-7'],
  ['decisions by a state that none is in', '/l402-otb/decisions?state=refused'],
];

/** One list at a time, beside a bare server that says the same. */
async function listLine(bench: Bench, server: RailServer, api: Api, [what, path]: List): Promise<Line> {
  const call: HttpCall = { method: 'GET', path, headers: [api.authorization] };
  const yardstick = await startHttpYardstick(await api.sample(call));
  const load =
    (target: RailServer['http']): Contender =>
    (measured) =>
      runHttpLoad({ target, callers: READERS, calls: [call], ...measured });
  try {
    const shorter = { ...bench, measuredMs: bench.measuredMs / 2, warmupMs: bench.warmupMs / 2 };
    const { bare, purser } = await takeTurns(shorter, what, {
      bare: load(yardstick.target),
      purser: load(server.http),
    });
    mustBeClean([...bare, ...purser]);
    return latencyLine(`${what}, p99`, { which: 'p99', server: purser, yardstick: bare }, { msMax: LIST_MS_MAX });
  } finally {
    await yardstick.stop();
  }
}

function startLine({ startMs }: RailServer, data: string, how: string): Line {
  const note = `${how}; ${(databaseBytes(data) / GIBIBYTE).toFixed(1)} GB`;
  return {
    what: 'restart',
    unit: ' ms',
    measured: startMs,
    floor: atMost(startMs, START_MS_MAX, `${START_MS_MAX} ms`),
    note,
  };
}

/** Writes a store, and says what it took. */
async function written(bench: Bench, what: string, write: () => Promise<void>): Promise<string> {
  const startedMs = performance.now();
  await write();
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  bench.say(`  ${what} written in ${seconds} s`);
  return `${what} written in ${seconds} s`;
}

async function grownHolds(bench: Bench, count: number): Promise<Pick<Outcome, 'lines' | 'checks'>> {
  const data = bench.ledger('holds');
  const how = await written(bench, `${count.toLocaleString('en')} holds`, () => writeHolds(data, count));
  // The first start begins to reconcile at once.
  const first = await startAllInOne(data);
  const lines: Line[] = [];
  try {
    await first.said(RECONCILED);
    lines.push(await reconciledLine('reconciliation, each move and receipt with its movement', apiOf(first, data)));
  } finally {
    await first.stop();
  }
  const server = await startAllInOne(data);
  lines.unshift(startLine(server, data, how));
  try {
    const api = apiOf(server, data);
    for (const list of ofHolds) lines.push(await listLine(bench, server, api, list));
  } finally {
    await server.stop();
  }
  const checks = [verifyLedger(data)];
  bench.discard(data);
  return { lines, checks };
}

interface Run {
  readonly started_at: string;
  readonly ended_at: string;
}

/** What the first run took, by its own record. */
async function reconciledLine(what: string, api: Api): Promise<Line> {
  const { items } = (await api.ask('GET', '/l402-otb/reconciliations')) as { readonly items: readonly Run[] };
  const [{ started_at: began, ended_at: endedAt }] = items as [Run];
  const measured = Date.parse(endedAt) - Date.parse(began);
  return { what, unit: ' ms', measured, floor: atMost(measured, RECONCILED_MS_MAX, `${RECONCILED_MS_MAX} ms`) };
}

/** Gates for as long as the run takes that the server begins with; nothing was ever compared before. */
async function reconciliationLines(server: RailServer, api: Api): Promise<Line[]> {
  const line = { merchant: 'merchant-1', period: monthsFrom(1)[0]!, category: '', cents: 1 };
  const gates = steadyGates(server.http, [gateCall(api.authorization, line)]);
  const turns: LoadResult[] = [];
  const ended = new AbortController();
  const end = server.said(RECONCILED).finally(() => ended.abort());
  while (!ended.signal.aborted) turns.push(await gates({ warmupMs: 0, until: { measuredMs: PORTION_MS } }));
  await end;
  mustBeClean(turns);
  const p99 = percentile(turns, 'p99') / 1_000;
  const worst = Math.max(...turns.map(({ latency }) => latency.p99));
  return [
    await reconciledLine('reconciliation, each decision with a document', api),
    {
      what: `gate meanwhile, ${PER_SECOND}/s, p99`,
      unit: ' ms',
      measured: p99,
      floor: atMost(p99, GATE_MS_MAX, `${GATE_MS_MAX} ms`),
      note: `median of ${turns.length} portions, the worst ${milliseconds(worst)}; p50 ${milliseconds(percentile(turns, 'p50'))}`,
    },
  ];
}

async function grownDecisions(bench: Bench, count: number): Promise<Pick<Outcome, 'lines' | 'checks'>> {
  const data = bench.ledger('decisions');
  const how = await written(bench, `${count.toLocaleString('en')} decisions`, () => writeDecisions(data, count));
  // The first start begins to reconcile at once.
  const first = await startAllInOne(data);
  const lines: Line[] = [];
  try {
    lines.push(...(await reconciliationLines(first, apiOf(first, data))));
  } finally {
    await first.stop();
  }
  const server = await startAllInOne(data);
  lines.unshift(startLine(server, data, how));
  try {
    const api = apiOf(server, data);
    for (const list of ofDecisions) lines.push(await listLine(bench, server, api, list));
  } finally {
    await server.stop();
  }
  const checks = [verifyLedger(data)];
  bench.discard(data);
  return { lines, checks };
}

async function run(bench: Bench): Promise<Outcome> {
  const count = Math.min(bench.grownTo, MILLION);
  const named = (line: Line, what: string): Line => ({ ...line, what: `${what}: ${line.what}` });
  const holds = await grownHolds(bench, count);
  const decisions = await grownDecisions(bench, count);
  return {
    title: `${count.toLocaleString('en')} holds and accounts, ${count.toLocaleString('en')} decisions`,
    yardstick: `for lists bare node:http that answers the same JSON, ${READERS} readers`,
    lines: [
      ...holds.lines.map((line) => named(line, 'holds store')),
      ...decisions.lines.map((line) => named(line, 'decisions store')),
    ],
    checks: [...holds.checks, ...decisions.checks],
  };
}

export const million: Row = { name: 'million', quick: false, run };
