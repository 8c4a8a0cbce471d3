/** The load generator's process: one plan in, one result out. It must not share an event loop with what it measures. */
import { Measurement } from './measurement.ts';
import { openLoop } from './open-loop.ts';
import type { LoadResult, Plan } from './plan.ts';
import { RequestWriter } from './requests.ts';
import { freshCaller, keptCaller, pipelinedConnection, type Run } from './shapes.ts';

/** How long answers may stay out, once nothing more is sent or nothing more comes. */
const SILENCE_MS_MAX = 20_000;
const CHECK_MS = 1_000;

async function generate(plan: Plan): Promise<LoadResult> {
  const measurement = new Measurement(plan, performance.now());
  const run: Run = { target: plan.target, requests: new RequestWriter(plan.requests), measurement, sockets: new Set() };
  const watch = watchSilence(run);
  await start(plan, run);
  clearInterval(watch);
  return measurement.result();
}

async function start({ shape, requests, target, others = [] }: Plan, run: Run): Promise<void> {
  const runs = [target, ...others].map((one) => ({ ...run, target: one }));
  /** Starts that many callers, each target in its turn, and waits for their ends. */
  const times = (count: number, caller: (its: Run) => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, i) => caller(runs[i % runs.length]!)));
  switch (shape.kind) {
    case 'kept':
      await times(shape.callers, (its) => keptCaller(its, requests.sources === 'returning'));
      break;
    case 'pipelined':
      await times(shape.connections, (its) => pipelinedConnection(its, shape.depth));
      break;
    case 'fresh':
      await times(shape.callers, freshCaller);
      break;
    case 'open':
      await openLoop(run, shape);
      break;
  }
}

/** A server that has stopped answering ends the run instead of holding it for ever; what is out counts as unanswered. */
function watchSilence({ measurement, sockets }: Run): NodeJS.Timeout {
  let replies = -1;
  let sinceMs = performance.now();
  return setInterval(() => {
    if (measurement.replies !== replies) {
      replies = measurement.replies;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs > SILENCE_MS_MAX) {
      for (const socket of sockets) socket.destroy();
    }
    process.stderr.write(`${measurement.replies}\n`);
  }, CHECK_MS);
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run.ts starts this program with a plan
const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const result = await generate(plan);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
