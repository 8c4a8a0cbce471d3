/** Starts the generator for HTTP and its yardstick as processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LoadResult, Target } from '../src/load/plan.ts';
import type { Yardstick } from '../src/load/run.ts';
import type { HttpPlan } from './http-plan.ts';

const program = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

export async function runHttpLoad(plan: HttpPlan): Promise<LoadResult> {
  const child = spawn(process.execPath, [program('http-generate')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  const output = await text(child.stdout);
  if (output === '') throw new Error('the load generator failed');
  return JSON.parse(output) as LoadResult;
}

/** A bare server that answers this. It ends with this process, too. */
export async function startHttpYardstick(answer: unknown): Promise<Yardstick> {
  const child = spawn(process.execPath, [program('http-yardstick')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(answer)}\n`);
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const target: Target = { host: '127.0.0.1', port: Number(port) };
  return {
    target,
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
