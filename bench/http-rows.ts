/** Durable work over HTTP beside a bare `node:http` server that answers the same JSON: transfers, holds, the budget gate. */
import type { LoadResult } from '../src/load/plan.ts';
import { apiOf, type Api } from './http-api.ts';
import { verifyLedger } from './ledger-check.ts';
import { runHttpLoad, startHttpYardstick } from './http-load.ts';
import { HOLE, type HttpCall } from './http-plan.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import { throughputLine, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { mustBeClean, takeTurns } from './turns.ts';

const SHARE_MIN = 0.4;
const PAYER = 'account:org:acme';

/** What is measured: one request, what must be there before, and which sums must be right afterwards. */
interface Case {
  readonly name: string;
  readonly title: string;
  readonly call: HttpCall;
  readonly prepare: (api: Api) => Promise<void>;
}

const topUp = ({ ask }: Api): Promise<unknown> =>
  ask('POST', '/v1/ledger/top-up', {
    receipt_id: 'bench-receipt',
    account_id: PAYER,
    amount: 1_000_000_000_000,
    unit: 'ORC',
    gateway_node_id: 'bench',
    external: { amount: 1_000_000_000_000, currency: 'EUR', payment_ref: 'bench' },
  });

const planBudget = async ({ ask }: Api): Promise<void> => {
  const budget = (await ask('POST', '/l402-otb/budgets', {
    merchant_id: 'acme',
    period: '2026-11',
    basis: 'cost',
    currency: 'USD',
    amount_cents: 1_000_000_000_000,
  })) as { budget_id: string };
  await ask('POST', `/l402-otb/budgets/${budget.budget_id}/activate`, {});
};

const cases: readonly Case[] = [
  {
    name: 'http-transfer',
    title: 'POST /v1/transfers, durable, kept connections',
    call: {
      method: 'POST',
      path: '/v1/transfers',
      headers: [`Idempotency-Key: ${HOLE}`],
      body: JSON.stringify({ src: 'collection_pending', dst: 'payout_available', amount: 1 }),
    },
    prepare: async () => {},
  },
  {
    name: 'http-hold',
    title: 'POST /v1/ledger/holds, durable, one hot payer',
    call: {
      method: 'POST',
      path: '/v1/ledger/holds',
      headers: [],
      body: JSON.stringify({
        payer_account_id: PAYER,
        payee_account_id: 'account:participant:bob',
        amount: 1,
        order_id: HOLE,
      }),
    },
    prepare: async (api) => void (await topUp(api)),
  },
  {
    name: 'http-gate',
    title: 'POST /l402-otb/gate, durable, one hot budget',
    call: {
      method: 'POST',
      path: '/l402-otb/gate',
      headers: [],
      body: JSON.stringify({
        merchant_id: 'acme',
        actor_id: 'buyer-1',
        action_kind: 'po_submit',
        amount_cents: 1,
        period: '2026-11',
        context: { po_id: HOLE },
      }),
    },
    prepare: planBudget,
  },
];

async function measure(bench: Bench, { name, title, call, prepare }: Case): Promise<Outcome> {
  const data = bench.ledger(name);
  const server = await startAllInOne(data);
  const api = apiOf(server, data);
  const calls = [{ ...call, headers: [...call.headers, api.authorization] }];
  const lines: Line[] = [];
  try {
    await prepare(api);
    const yardstick = await startHttpYardstick(await api.sample(call));
    try {
      for (const callers of [64, 1, 256]) {
        const load =
          (target: RailServer['http']) =>
          (measured: Pick<Parameters<typeof runHttpLoad>[0], 'warmupMs' | 'until'>): Promise<LoadResult> =>
            runHttpLoad({ target, callers, calls, ...measured });
        const turns = await takeTurns(
          bench,
          `${callers} callers`,
          { bare: load(yardstick.target), purser: load(server.http) },
          callers === 64 ? bench.rounds : 1,
        );
        mustBeClean([...turns.bare, ...turns.purser]);
        const what = callers === 1 ? '1 caller' : `${callers} callers`;
        lines.push(
          throughputLine(what, { server: turns.purser, yardstick: turns.bare }, callers === 64 ? SHARE_MIN : undefined),
        );
      }
    } finally {
      await yardstick.stop();
    }
  } finally {
    await server.stop();
  }
  const checks = [verifyLedger(data)];
  bench.discard(data);
  return { title, yardstick: 'bare node:http that parses the request and answers the same JSON', lines, checks };
}

export const httpRows: readonly Row[] = cases.map((one) => ({
  name: one.name,
  quick: true,
  run: (bench) => measure(bench, one),
}));
