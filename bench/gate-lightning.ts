/**
 * Gates within budget while the Lightning node is idle, busy, gone or silent: they never wait for it. Requests come by the clock,
 * so that what the node's thread and the payer use of the machine is there to be used. And what a challenge itself takes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { LoadResult } from '../src/load/plan.ts';
import { gateCall, importBudgets, monthsFrom } from './budgets.ts';
import { Buyers } from './buyers.ts';
import { apiOf, type Api } from './http-api.ts';
import { runHttpLoad } from './http-load.ts';
import { verifyLedger } from './ledger-check.ts';
import { Meanwhile } from './meanwhile.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import {
  atMost,
  disturbance,
  latencyLine,
  milliseconds,
  type Bench,
  type Line,
  type Outcome,
  type Row,
} from './row.ts';
import { SilentNode } from './silent-node.ts';
import { PER_SECOND, steadyGates } from './steady-gates.ts';
import { mustBeClean, percentile, takeTurns, type Contender, type Turn } from './turns.ts';

/** A busy node, its payer and the buyer want two cores and the disk, too. */
const BUSY_RATIO_MAX = 3;
const RATIO_MAX = 2;
const GATE_MS_MAX = 100;
const CHALLENGES = 50;
const CHALLENGE_MS_MAX = 50;
/** Purchases under way at a time: one keeps the node at work. And how often somebody asks for what no node can be asked about. */
const PURCHASES = 1;
const ASKED_EVERY_MS = 20;
const HANGING = 4;

/** A server with a budget that does not run out. */
interface Place {
  readonly server: RailServer;
  readonly api: Api;
  readonly data: string;
  readonly buyers: Buyers;
}

async function placeOf(bench: Bench, name: string, lightning?: (data: string) => string): Promise<Place> {
  const data = bench.ledger(name);
  const server = await startAllInOne(data, lightning === undefined ? {} : { lightning: lightning(data) });
  const api = apiOf(server, data);
  await importBudgets(api, [{ ...budget, cents: 1_000_000_000_000 }]);
  return { server, api, data, buyers: new Buyers(server, api, data) };
}

const budget = { merchant: 'acme', period: monthsFrom(1)[0]!, category: '' };

const withinBudget = ({ server, api }: Place): Contender =>
  steadyGates(server.http, [gateCall(api.authorization, { ...budget, cents: 1 })]);

/** One after the other, each a new invoice. */
const challenging =
  ({ server, buyers }: Place): Contender =>
  async (): Promise<LoadResult> => {
    const call = await buyers.fresh();
    const until = { operations: CHALLENGES };
    return runHttpLoad({ target: server.http, callers: 1, calls: [call], status: 402, warmupMs: 0, until });
  };

function linesOf(
  { idle, ...others }: { readonly idle: readonly Turn[]; readonly [what: string]: readonly Turn[] },
  notes: Readonly<Record<string, string>>,
): Line[] {
  return Object.entries(others).flatMap(([what, server]) =>
    (['p50', 'p99'] as const).map((which) => {
      const note = which === 'p50' && notes[what] !== undefined ? [notes[what]] : [];
      const limit =
        which === 'p50' ? { ratioMax: what === 'busy' ? BUSY_RATIO_MAX : RATIO_MAX } : { msMax: GATE_MS_MAX };
      return latencyLine(`node ${what}, ${which}`, { which, server, yardstick: idle }, { ...limit, note });
    }),
  );
}

function challengeLine(turns: readonly Turn[]): Line {
  const measured = percentile(turns, 'p50') / 1_000;
  const note = [`p99 ${milliseconds(percentile(turns, 'p99'))}`, ...disturbance(turns)].join(', ');
  const floor = atMost(measured, CHALLENGE_MS_MAX, `${CHALLENGE_MS_MAX} ms`);
  return { what: 'a challenge (402), p50', unit: ' ms', measured, floor, note };
}

async function measure(bench: Bench, sandbox: Place, remote: Place, node: SilentNode): Promise<Line[]> {
  const longer = { ...bench, measuredMs: bench.measuredMs * 2 };
  const purchases = new Meanwhile(() => sandbox.buyers.buy(), PURCHASES);
  const refusals = new Meanwhile(() => Promise.all([remote.buyers.ask(503), wait(ASKED_EVERY_MS)]));
  const hanging = new Meanwhile(() => Promise.all([remote.buyers.ask(503), wait(ASKED_EVERY_MS)]), HANGING);
  // A process that has just started is slow for a while.
  const warming = { warmupMs: 0, until: { measuredMs: longer.warmupMs + longer.measuredMs } };
  await Promise.all([sandbox, remote].map((place) => withinBudget(place)(warming)));
  const { challenges } = await takeTurns(bench, `${CHALLENGES} challenges`, { challenges: challenging(sandbox) });
  const turns = await takeTurns(longer, `${PER_SECOND}/s within budget`, {
    idle: withinBudget(sandbox),
    busy: purchases.beside(withinBudget(sandbox)),
    gone: refusals.beside(withinBudget(remote)),
    silent: async (measured) => {
      await node.listen();
      const result = await hanging.beside(withinBudget(remote))(measured);
      await node.refuse();
      return result;
    },
  });
  mustBeClean([...challenges, ...Object.values(turns).flat()]);
  const notes = {
    busy: `${purchases.times} invoices issued, paid and used meanwhile`,
    gone: `${refusals.times} gates over budget answered 503 meanwhile`,
    silent: `${hanging.times} gates over budget answered 503 meanwhile`,
  };
  return [...linesOf(turns, notes), challengeLine(challenges)];
}

async function run(bench: Bench): Promise<Outcome> {
  const node = await SilentNode.start();
  const sandbox = await placeOf(bench, 'gate-sandbox');
  const remote = await placeOf(bench, 'gate-remote', (data) => node.setting(data));
  const lines: Line[] = [];
  try {
    await sandbox.server.payer();
    lines.push(...(await measure(bench, sandbox, remote, node)));
  } finally {
    await node.refuse();
    await Promise.all([sandbox, remote].map(({ server }) => server.stop()));
  }
  const checks = [sandbox, remote].map(({ data }) => verifyLedger(data));
  for (const { data } of [sandbox, remote]) bench.discard(data);
  return {
    title: `Gates within budget, ${PER_SECOND}/s, whatever the Lightning node does`,
    yardstick: 'the same gates while the sandbox’s node has nothing to do',
    lines,
    checks,
  };
}

export const gateLightning: Row = { name: 'gate-lightning', quick: true, run };
