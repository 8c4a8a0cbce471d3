/** Runs `bin/purser serve` as a real process and lets a test wait for its lines, its exit, its ports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import type { Address } from './frame-client.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/purser');

const running = new Set<ChildProcess>();
/** A failed test leaves its servers behind: they must not keep this process alive, nor outlive it. */
function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
after(killAll);
process.once('exit', killAll);

export class ServerProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  errors = '';
  /** The exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  readonly #waiting: { pattern: RegExp; tell: (line: string | undefined) => void }[] = [];
  #over = false;

  /** `program` takes the flags of `serve`: another one than the product's own. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    [command, ...before]: readonly [string, ...string[]] = [LAUNCHER, 'serve'],
  ) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(command, [...before, ...args], {
      // A server on PostgreSQL keeps its token in a data directory, too: never in the one where the tests run.
      // Most tests need no Lightning node: those that do say so.
      env: { PATH, HOME, PURSER_LIGHTNING: 'none', PURSER_DATA: join(temporaryDirectory(), 'data'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.#take(line));
    this.exited = once(this.child, 'close').then(([code, signal]: (number | string | null)[]) => {
      running.delete(this.child);
      this.#over = true;
      for (const { tell } of this.#waiting.splice(0)) tell(undefined);
      return code ?? signal ?? 'unknown';
    });
  }

  /** The first line that fits, printed already or still to come; rejects when the process ends without one. */
  async line(pattern: RegExp): Promise<string> {
    const printed = this.lines.find((line) => pattern.test(line));
    if (printed !== undefined) return printed;
    const line = this.#over
      ? undefined
      : await new Promise<string | undefined>((tell) => this.#waiting.push({ pattern, tell }));
    if (line !== undefined) return line;
    throw new Error(`the server ended without a line like ${String(pattern)}: ${this.lines.join('\n')}${this.errors}`);
  }

  /** Where a part listens, as its SERVICE line says. */
  async address(name: 'gateway' | 'risk' | 'ledger' | 'http'): Promise<Address> {
    const line = await this.line(new RegExp(`^SERVICE name=${name} event=listening `));
    const [, host, port] = /addr=\[?([^ \]]+)\]?:(\d+) /.exec(line) ?? [];
    if (host === undefined) throw new Error(`no address in ${line}`);
    return { host, port: Number(port) };
  }

  get ready(): Promise<string> {
    return this.line(/^SERVICE name=purser event=ready /);
  }

  /** Ends it the friendly way; the exit code. */
  stop(): Promise<number | string> {
    this.child.kill('SIGTERM');
    return this.exited;
  }

  /** Ends it at whatever instruction it is. */
  kill(): Promise<number | string> {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  #take(line: string): void {
    this.lines.push(line);
    for (const waiting of this.#waiting.filter(({ pattern }) => pattern.test(line))) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.tell(line);
    }
  }
}

/** Below the range from which outgoing connections take their ports, so that a restart finds its port free again. */
const PORTS = { min: 10_000, max: 32_000 };

/** A loopback address on which nobody listens. */
export async function freeAddress(): Promise<Address> {
  for (;;) {
    const address = { host: '127.0.0.1', port: randomInt(PORTS.min, PORTS.max) };
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(address, () => resolve(true));
    });
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return address;
  }
}
