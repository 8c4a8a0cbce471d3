/** One server process that the driver started: where it listens, how it is killed, and that it never outlives the driver. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Address } from '../frames/server.ts';
import type { Env } from './settings.ts';

export interface Launch {
  /** Name in messages: `gateway`, `ledger` … */
  readonly name: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Env;
  /** All that the process prints is appended here. */
  readonly logFile: string;
}

const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 5_000;

const alive = new Map<ChildProcess, Promise<void>>();

/** kill -9 for every server of this process; returns when they are gone. */
export async function killAllServers(): Promise<void> {
  for (const child of alive.keys()) child.kill('SIGKILL');
  await Promise.all(alive.values());
}

// The last resort, when the driver itself ends in a hurry.
process.on('exit', () => void killAllServers());

export class ServerProcess {
  readonly #launch: Launch;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  /** From its SERVICE lines: service name -> where it listens. */
  readonly #addresses = new Map<string, Address>();
  #wanted = false;

  private constructor(launch: Launch) {
    this.#launch = launch;
    const [program = '', ...args] = [...launch.command, ...launch.args];
    const log = createWriteStream(launch.logFile, { flags: 'a' });
    this.#child = spawn(program, args, { env: { ...launch.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.pipe(log, { end: false });
    this.#child.stderr?.pipe(log, { end: false });
    this.#exited = new Promise((resolve) => {
      const exited = (): void => {
        alive.delete(this.#child);
        log.end(resolve);
      };
      this.#child.once('close', exited);
      this.#child.once('error', exited);
    });
    alive.set(this.#child, this.#exited);
  }

  /** Starts a process and returns once it says that it is ready. */
  static async start(launch: Launch): Promise<ServerProcess> {
    const untilMs = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const server = new ServerProcess(launch);
      if (await server.#ready()) return server;
      await server.kill();
      const said = readFileSync(launch.logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
      // Its old port may belong to somebody's outgoing connection for a moment.
      if (!said.includes('is in use') || performance.now() > untilMs)
        throw new Error(`${launch.name} did not start; the end of ${launch.logFile}:\n${said}`);
    }
  }

  address(service: string): Address {
    const address = this.#addresses.get(service);
    if (address === undefined) throw new Error(`${this.#launch.name} does not listen as ${service}`);
    return address;
  }

  /** How the process ended if nobody here ended it. */
  get died(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    if (this.#wanted || (exitCode === null && signalCode === null)) return undefined;
    return `${this.#launch.name} ended by itself (${signalCode ?? `exit code ${exitCode}`})`;
  }

  /** kill -9; returns when the process is gone. */
  async kill(): Promise<void> {
    this.#wanted = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGTERM, and kill -9 for one that does not obey. */
  async stop(): Promise<void> {
    this.#wanted = true;
    this.#child.kill('SIGTERM');
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#exited;
    clearTimeout(impatient);
  }

  #ready(): Promise<boolean> {
    const { stdout } = this.#child;
    if (stdout === null) return Promise.resolve(false);
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), READY_WITHIN_MS);
      const settle = (ready: boolean): void => {
        clearTimeout(late);
        resolve(ready);
      };
      createInterface({ input: stdout }).on('line', (line) => {
        const listening = /^SERVICE name=(\S+) event=listening addr=([\d.]+):(\d+)/.exec(line);
        if (listening !== null)
          this.#addresses.set(listening[1] ?? '', { host: listening[2] ?? '', port: Number(listening[3]) });
        else if (line.startsWith('SERVICE name=purser event=ready ')) settle(true);
      });
      void this.#exited.then(() => settle(false));
    });
  }
}
