/** `purser bench`: loads a running server beside the yardstick, by moving one unit back and forth between two balances. */
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { call } from '../frames/call.ts';
import { formatAddress } from '../frames/server.ts';
import type { Plan, LoadResult, Target } from './plan.ts';
import { runLoad, startEcho } from './run.ts';

const usage = `purser bench: loads a running server and shows how fast it answers, beside an echo that stores nothing

It makes REAL transfers: every caller moves one unit from one balance to another and back again, so that all balances end
as they began; the transfers stay in the ledger for ever. Needs --yes.

  --gateway HOST:PORT   where TRANSFER goes (default 127.0.0.1:9100)
  --callers N           connections with one request in flight each (default 64)
  --seconds N           measured time, after one second of warm-up (default 5)
  --json                print the result as JSON
  --yes                 yes, make these transfers
`;

const EXIT_USAGE = 2;
const ASK_MS = 5_000;
const WARMUP_MS = 1_000;

interface Options {
  readonly target: Target;
  readonly callers: number;
  readonly seconds: number;
  readonly json: boolean;
  readonly yes: boolean;
}

/** Returns the exit code. */
export async function runBench(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const options = readOptions(args);
  if (typeof options === 'string') return complain(`${options}. See "purser bench --help"`, EXIT_USAGE);
  if (!options.yes)
    return complain(`this makes real transfers on ${formatAddress(options.target)}: add --yes`, EXIT_USAGE);
  const before = await readBalances(options.target);
  if (before === undefined) return complain(`no payment gateway answers on ${formatAddress(options.target)}`, 1);
  const balances = chooseBalances(before, options.callers);
  if (balances === undefined)
    return complain(`no balance holds ${options.callers} units to move: fund one, or use fewer --callers`, 1);
  const { echo, server } = await measure(options, balances);
  const after = await readBalances(options.target);
  const restored = after !== undefined && balances.every((name) => after[name] === before[name]);
  report(options, { balances, echo, server, restored });
  return server.operations > 0 && server.unanswered === 0 && server.refused === 0 ? 0 : 1;
}

async function measure(
  { target, callers, seconds }: Options,
  balances: readonly string[],
): Promise<{ echo: LoadResult; server: LoadResult }> {
  const plan = (to: Target): Plan => ({
    target: to,
    shape: { kind: 'kept', callers },
    requests: { sources: 'returning', balances, keys: 'random' },
    warmupMs: WARMUP_MS,
    until: { measuredMs: seconds * 1_000 },
    refusalsMax: callers,
  });
  const yardstick = await startEcho();
  try {
    process.stderr.write('loading the echo\n');
    const echo = await runLoad(plan(yardstick.target));
    process.stderr.write(`loading ${formatAddress(target)}\n`);
    return { echo, server: await runLoad(plan(target)) };
  } finally {
    await yardstick.stop();
  }
}

interface Findings {
  readonly balances: readonly string[];
  readonly echo: LoadResult;
  readonly server: LoadResult;
  readonly restored: boolean;
}

function report({ target, callers, json }: Options, { balances, echo, server, restored }: Findings): void {
  const ratio = server.perSecond / echo.perSecond;
  if (json) {
    const { slots: _, ...figures } = server;
    const summary = {
      gateway: formatAddress(target),
      callers,
      balances,
      ...figures,
      echo: echo.perSecond,
      ratio,
      restored,
    };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const { p50, p99, p999, max } = server.latency;
  const longest =
    server.silencesMs.length === 0 ? '' : `, longest silence ${Math.round(Math.max(...server.silencesMs))} ms`;
  const lines = [
    `${formatAddress(target)}, ${callers} callers, one unit between ${balances.join(' and ')}`,
    `  answers    ${Math.round(server.perSecond)}/s, ${Math.round(ratio * 100)} % of the echo's ${Math.round(echo.perSecond)}/s`,
    `  latency    p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, longest ${ms(max)}${longest}`,
    `  transfers  ${server.acknowledged} made, ${server.refused} refused, ${server.unanswered} unanswered`,
    ...Object.entries(server.refusals).map(([code, times]) => `  refused    ${code}: ${times}${hint(code)}`),
    `  balances   ${restored ? 'as before' : 'not as before: somebody else moves money, or a way back was refused'}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function ms(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}

function hint(code: string): string {
  if (code === 'daily_transfer_limit_exceeded') return ' (the server allows BANK_VELOCITY_LIMIT transfers per source)';
  return '';
}

/** Two balances; the first must lend every caller a unit. */
function chooseBalances(balances: Readonly<Record<string, number>>, callers: number): [string, string] | undefined {
  const names = Object.keys(balances);
  const src = names.find((name) => balances[name]! >= callers);
  const dst = names.find((name) => name !== src);
  return src === undefined || dst === undefined ? undefined : [src, dst];
}

async function readBalances(target: Target): Promise<Record<string, number> | undefined> {
  const reply = await call(target, '{"op":"BALANCE"}', ASK_MS);
  const balances: unknown = reply === 'unanswered' ? undefined : reply['balances'];
  if (typeof balances !== 'object' || balances === null) return undefined;
  return Object.fromEntries(Object.entries(balances).map(([name, balance]) => [name, Number(balance)]));
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        gateway: { type: 'string', default: '127.0.0.1:9100' },
        callers: { type: 'string', default: '64' },
        seconds: { type: 'string', default: '5' },
        json: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
      },
    });
    const address = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(values.gateway);
    if (address === null) return `--gateway must be HOST:PORT, not "${values.gateway}"`;
    const [callers, seconds] = [Number(values.callers), Number(values.seconds)];
    if (!(Number.isInteger(callers) && callers >= 1 && callers <= 4_096)) return '--callers must be 1 to 4096';
    if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600)) return '--seconds must be 1 to 3600';
    const target = { host: address[1] ?? address[2] ?? '', port: Number(address[3]) };
    return { target, callers, seconds, json: values.json, yes: values.yes };
  } catch (error) {
    return reasonOf(error);
  }
}

function complain(message: string, exitCode: number): number {
  process.stderr.write(`purser bench: ${message}\n`);
  return exitCode;
}
