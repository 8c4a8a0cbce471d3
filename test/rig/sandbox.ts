/** A sandbox in this process, in a directory of its own, and the means to ask its payer as any program would. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { openSandbox, type Sandbox } from '../../src/lightning/sandbox/open.ts';
import type { Json } from './frame-client.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface LogLine {
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface PayerReply {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
}

const running = new Set<SandboxUnderTest>();
after(async () => {
  for (const sandbox of running) await sandbox.close();
});

export class SandboxUnderTest {
  readonly dataDir: string;
  readonly lines: LogLine[] = [];
  readonly #waiting: { readonly event: string; readonly tell: (line: LogLine) => void }[] = [];
  #open: Sandbox | undefined;
  #thread: Worker | undefined;

  constructor(dataDir = temporaryDirectory()) {
    this.dataDir = dataDir;
  }

  async start(script?: URL): Promise<this> {
    this.#noticeThread();
    this.#open = await openSandbox({
      dataDir: this.dataDir,
      payerAddress: { host: '127.0.0.1', port: 0 },
      log: (_, event, fields = {}) => this.#log({ event, fields }),
      ...(script === undefined ? {} : { script }),
    });
    running.add(this);
    return this;
  }

  get sandbox(): Sandbox {
    if (this.#open === undefined) throw new Error('this sandbox has not been started');
    return this.#open;
  }

  get url(): string {
    return `http://127.0.0.1:${this.sandbox.payer.port}`;
  }

  get password(): string {
    return readFileSync(join(this.dataDir, 'payer.password'), 'utf8').trim();
  }

  /** The next line with this event; `seen` lines of it are passed over. */
  async line(event: string, seen = 0): Promise<LogLine> {
    const found = this.lines.filter((line) => line.event === event)[seen];
    if (found !== undefined) return found;
    return new Promise((tell) => this.#waiting.push({ event, tell }));
  }

  /** Ends the thread wherever it is; the sandbox starts another one by itself. */
  async killThread(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) throw new Error('there is no thread');
    const seen = this.lines.filter(({ event }) => event === 'ready').length;
    const gone = once(thread, 'exit');
    this.#noticeThread();
    await thread.terminate();
    await gone;
    await this.line('ready', seen);
  }

  async ask(path: string, form?: Readonly<Record<string, string>>, password = this.password): Promise<PayerReply> {
    const response = await fetch(this.url + path, {
      headers: { Authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith('{') ? (JSON.parse(text) as Json) : {} };
  }

  async balanceSats(): Promise<bigint> {
    return BigInt((await this.ask('/getbalance')).json['balanceSat'] as number);
  }

  async close(): Promise<void> {
    running.delete(this);
    await this.#open?.close();
  }

  /** The next thread that this process starts is the sandbox's. */
  #noticeThread(): void {
    process.once('worker', (worker) => (this.#thread = worker));
  }

  #log(line: LogLine): void {
    this.lines.push(line);
    for (const waiting of this.#waiting.filter(({ event }) => event === line.event)) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.tell(line);
    }
  }
}
