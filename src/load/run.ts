/** Starts the generator and the yardstick as processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LoadResult, Plan, Target } from './plan.ts';

/** From the sources a .ts file, from the published build a .js file. */
const program = (name: string): string =>
  fileURLToPath(new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url));

/** Runs a load to its end; `progress` hears about once a second how many replies there were. */
export async function runLoad(plan: Plan, progress: (replies: number) => void = () => {}): Promise<LoadResult> {
  const child = spawn(process.execPath, [program('generate'), JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^\d+$/.test(line)) progress(Number(line));
    else said.push(line);
  });
  const output = await text(child.stdout);
  if (output === '') throw new Error(`the load generator failed: ${said.join('\n')}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by generate.ts
  return JSON.parse(output) as LoadResult;
}

export interface Yardstick {
  readonly target: Target;
  stop(): Promise<void>;
}

/** The echo server; it ends with this process, too. */
export async function startEcho(): Promise<Yardstick> {
  const child: ChildProcess = spawn(process.execPath, [program('echo')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', () => reject(new Error('the yardstick did not start')));
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- echo.ts prints its address
  const { address: host, port } = JSON.parse(line) as { address: string; port: number };
  return {
    target: { host, port },
    async stop() {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
