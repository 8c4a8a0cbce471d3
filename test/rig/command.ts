/** Runs `bin/purser <command>` as a process: to its end, or with its lines as they come. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from './temporary-directory.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/purser');

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

type Env = Readonly<Record<string, string>>;

function start(args: readonly string[], env: Env): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  // Never the token of a server that happens to run in this directory.
  const surroundings = { PATH, HOME, PURSER_LIGHTNING: 'none', PURSER_DATA: join(temporaryDirectory(), 'none') };
  const child = spawn(LAUNCHER, args, { env: { ...surroundings, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

export interface Ended {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

export async function runCommand(args: readonly string[], env: Env = {}): Promise<Ended> {
  const child = start(args, env);
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  return { code: code ?? signal ?? 'unknown', out, err };
}

/** A command that goes on until it is interrupted. */
export class LongCommand {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<number | string>;
  errors = '';

  constructor(args: readonly string[], env: Env) {
    this.child = start(args, env);
    this.child.stderr!.setEncoding('utf8').on('data', (piece: string) => (this.errors += piece));
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.#exited = once(this.child, 'close').then(
      ([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown',
    );
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`the command ended: ${this.errors}`);
    return next.value;
  }

  async interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<number | string> {
    this.child.kill(signal);
    return this.#exited;
  }
}
