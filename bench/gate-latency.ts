/** B-27: the gate and the reads beside it at a thousand budgets, each beside a bare server, and the gate while reconciliation runs. */
import { gateCall, importBudgets, monthsFrom, type BudgetLine } from './budgets.ts';
import { apiOf, type Api } from './http-api.ts';
import { runHttpLoad, startHttpYardstick } from './http-load.ts';
import type { HttpCall } from './http-plan.ts';
import { verifyLedger } from './ledger-check.ts';
import { Meanwhile } from './meanwhile.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import { latencyLine, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { PER_SECOND, steadyGates } from './steady-gates.ts';
import { mustBeClean, takeTurns, type Contender } from './turns.ts';

const CALLERS = 16;
const MERCHANTS = 100;
const MONTHS = 10;
const CATEGORY = 'shoes';
const BUDGET_CENTS = 1_000_000_000_000;
const GATE_MS_MAX = 100;
const READ_MS_MAX = 50;
const RECONCILING_MS_MAX = 20;
/** Documents that come in before each run, so that it has something to compare. */
const DOCUMENTS = 100;

const budgets: readonly BudgetLine[] = Array.from({ length: MERCHANTS }, (_, i) => `merchant-${i}`).flatMap(
  (merchant) => monthsFrom(MONTHS).map((period) => ({ merchant, period, category: '', cents: BUDGET_CENTS })),
);
const shares = budgets.map((line) => ({ ...line, category: CATEGORY, cents: BUDGET_CENTS / 2 }));

interface Case {
  readonly what: string;
  readonly calls: readonly HttpCall[];
  readonly p99MsMax: number;
}

function casesOf({ authorization }: Api): { readonly gate: Case; readonly reads: readonly Case[] } {
  const get = (path: string): HttpCall => ({ method: 'GET', path, headers: [authorization] });
  return {
    gate: {
      what: 'gate within budget',
      calls: [...budgets, ...shares].map((line) => gateCall(authorization, { ...line, cents: 1 })),
      p99MsMax: GATE_MS_MAX,
    },
    reads: [
      {
        what: 'GET /l402-otb/budget',
        calls: shares.map(({ merchant, period, category }) =>
          get(`/l402-otb/budget?merchant_id=${merchant}&period=${period}&category=${category}`),
        ),
        p99MsMax: READ_MS_MAX,
      },
      {
        what: 'GET /l402-otb/decisions, 100 of a merchant',
        calls: shares.map(({ merchant }) => get(`/l402-otb/decisions?merchant_id=${merchant}`)),
        p99MsMax: READ_MS_MAX,
      },
    ],
  };
}

const loadOn =
  (target: RailServer['http'], calls: readonly HttpCall[]): Contender =>
  (measured) =>
    runHttpLoad({ target, callers: CALLERS, calls, ...measured });

async function besideBare(
  bench: Bench,
  server: RailServer,
  api: Api,
  { what, calls, p99MsMax }: Case,
): Promise<Line[]> {
  const yardstick = await startHttpYardstick(await api.sample(calls[0]!));
  try {
    const bareAndOurs = { bare: loadOn(yardstick.target, calls), purser: loadOn(server.http, calls) };
    const { bare, purser } = await takeTurns(bench, what, bareAndOurs);
    mustBeClean([...bare, ...purser]);
    const beside = { server: purser, yardstick: bare };
    return [
      latencyLine(`${what}, p50`, { which: 'p50', ...beside }),
      latencyLine(`${what}, p99`, { which: 'p99', ...beside }, { msMax: p99MsMax }),
    ];
  } finally {
    await yardstick.stop();
  }
}

/** Documents of one merchant after the other, and a run after each portion. */
function reconciling({ ask }: Api): Meanwhile {
  let documents = 0;
  return new Meanwhile(async () => {
    const { merchant, period } = budgets[documents % budgets.length]!;
    const items = Array.from({ length: DOCUMENTS }, () => ({
      document_id: `document-${(documents += 1)}`,
      kind: 'receipt',
      amount_cents: 1,
      period,
      occurred_at: new Date().toISOString(),
    }));
    await ask('POST', '/l402-otb/actuals', { merchant_id: merchant, items });
    await ask('POST', '/l402-otb/reconcile', {});
  });
}

async function whileReconciling(bench: Bench, server: RailServer, api: Api, { what, calls }: Case): Promise<Line> {
  const runs = reconciling(api);
  const alone = steadyGates(server.http, calls);
  const turns = await takeTurns(bench, `${PER_SECOND}/s while it reconciles`, {
    alone,
    reconciling: runs.beside(alone),
  });
  mustBeClean([...turns.alone, ...turns.reconciling]);
  const beside = { which: 'p99', server: turns.reconciling, yardstick: turns.alone } as const;
  const note = [`${runs.times} runs; the yardstick is the same load without them`];
  return latencyLine(`${what}, ${PER_SECOND}/s while reconciliation runs, p99`, beside, {
    msMax: RECONCILING_MS_MAX,
    note,
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const data = bench.ledger('gate-latency');
  const server = await startAllInOne(data);
  const lines: Line[] = [];
  try {
    const api = apiOf(server, data);
    await importBudgets(api, [...budgets, ...shares]);
    const { gate, reads } = casesOf(api);
    for (const each of [gate, ...reads]) lines.push(...(await besideBare(bench, server, api, each)));
    lines.push(await whileReconciling(bench, server, api, gate));
  } finally {
    await server.stop();
  }
  const checks = [verifyLedger(data)];
  bench.discard(data);
  return {
    title: `The gate at ${budgets.length.toLocaleString('en')} budgets, ${CALLERS} callers on any of them`,
    yardstick: 'bare node:http that parses the request and answers the same JSON',
    lines,
    checks,
  };
}

export const gateLatency: Row = { name: 'gate-latency', quick: true, run };
