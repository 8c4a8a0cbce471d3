/** A thousand gates at once on one budget that has room for three hundred: exactly so many are let through, and nothing more is reserved. */
import type { LoadResult } from '../src/load/plan.ts';
import { gateCall, importBudgets, monthsFrom } from './budgets.ts';
import { apiOf, type Api } from './http-api.ts';
import { runHttpLoad, startHttpYardstick } from './http-load.ts';
import type { HttpCall } from './http-plan.ts';
import { verifyLedger } from './ledger-check.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import { disturbance, type Bench, type Outcome, type Row } from './row.ts';
import { perSecond, takeTurns, type Turn } from './turns.ts';

const CROWD = 1_000;
const ROOM = 300;
const CENTS = 100;

const crowd = (target: RailServer['http'], call: HttpCall): Promise<LoadResult> =>
  runHttpLoad({ target, callers: CROWD, calls: [call], warmupMs: 0, until: { operations: CROWD } });

/** Crowds, each on another merchant's budget, and by how much the worst of them overshot. */
class Crowds {
  readonly #server: RailServer;
  readonly #api: Api;
  times = 0;
  overshootCents = 0;

  constructor(server: RailServer, api: Api) {
    this.#server = server;
    this.#api = api;
  }

  async next(): Promise<LoadResult> {
    const { authorization, ask } = this.#api;
    this.times += 1;
    const [period = ''] = monthsFrom(1);
    const line = { merchant: `crowd-${this.times}`, period, category: '' };
    await importBudgets(this.#api, [{ ...line, cents: ROOM * CENTS }]);
    const result = await crowd(this.#server.http, gateCall(authorization, { ...line, cents: CENTS }));
    const { acknowledged, refused, refusals } = result;
    if (acknowledged + refused !== CROWD || acknowledged < ROOM)
      throw new Error(`${acknowledged} of ${CROWD} were let through: ${JSON.stringify(refusals)}`);
    const left = await ask('GET', `/l402-otb/budget?merchant_id=${line.merchant}&period=${period}`);
    const { reserved_cents: reserved } = left as { readonly reserved_cents: number };
    this.overshootCents = Math.max(this.overshootCents, acknowledged * CENTS, reserved) - ROOM * CENTS;
    return result;
  }
}

const msOf = (turns: readonly Turn[]): number => (1_000 * CROWD) / perSecond(turns);

async function run(bench: Bench): Promise<Outcome> {
  const data = bench.ledger('gate-crowd');
  const server = await startAllInOne(data);
  try {
    await server.payer();
    const api = apiOf(server, data);
    const crowds = new Crowds(server, api);
    const yardstick = await startHttpYardstick({ allowed: true });
    const line = { merchant: 'nobody', period: '', category: '', cents: CENTS };
    const bare = (): Promise<LoadResult> => crowd(yardstick.target, gateCall(api.authorization, line));
    const turns = await takeTurns(bench, `${CROWD} at once`, { bare, purser: () => crowds.next() });
    await yardstick.stop();
    await server.stop();
    const [measured, besides] = [msOf(turns.purser), msOf(turns.bare)];
    const said = Object.entries(turns.purser.at(-1)?.refusals ?? {}).map(([code, times]) => `${times} x ${code}`);
    const note = [`${ROOM} x 200`, ...said, ...disturbance([...turns.bare, ...turns.purser])].join(', ');
    return {
      title: `${CROWD.toLocaleString('en')} gates at once on one budget with room for ${ROOM}`,
      yardstick: 'bare node:http that answers as many requests at once',
      lines: [
        {
          what: `overshoot, ${crowds.times} crowds`,
          unit: ' cents',
          measured: crowds.overshootCents,
          floor: { text: '= 0', passed: crowds.overshootCents === 0 },
        },
        { what: 'until all are answered', unit: ' ms', measured, yardstick: besides, ratio: measured / besides, note },
      ],
      checks: [verifyLedger(data)],
    };
  } finally {
    await server.stop();
    bench.discard(data);
  }
}

export const gateCrowd: Row = { name: 'gate-crowd', quick: true, run };
