/**
 * The server's end of the sandbox's thread: calls with a time limit, and a new thread when one has died. What the thread had
 * not committed nobody was told, so the next one goes on as if nothing had been.
 */
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { LightningRefused, LightningUnavailable } from '../node.ts';
import type { CallName, Calls, FromSandbox, SandboxData, ToSandbox } from './messages.ts';

export interface LinkParts {
  readonly data: SandboxData;
  /** The thread's program. */
  readonly script: URL;
  readonly ready: (message: FromSandbox & { kind: 'ready' }) => void;
  /** The thread is gone; another one is started in so many milliseconds. */
  readonly lost: (reason: string, retryMs: number) => void;
}

interface Waiting {
  readonly message: ToSandbox;
  /** False as long as there was no thread to send it to. */
  sent: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class SandboxLink {
  readonly #parts: LinkParts;
  readonly #waiting = new Map<number, Waiting>();
  /** Whoever waits for news: of settlements, or that the thread is gone. */
  readonly #listeners = new Set<(failure: Error | undefined) => void>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = limits.sandboxRestartMsMin;
  #startedMs = 0;
  #calls = 0;
  #news = 0;
  #closed = false;
  #gone = (): void => {};

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#start();
  }

  /** Without a time limit: however long it takes. Rejects with LightningUnavailable and LightningRefused. */
  async call<N extends CallName>(name: N, ask: Calls[N]['ask'], timeoutMs?: number): Promise<Calls[N]['answer']> {
    if (this.#closed) throw new LightningUnavailable('the sandbox is closed');
    if (this.#waiting.size >= limits.sandboxCallsMax) throw new LightningUnavailable('the sandbox has too much to do');
    const id = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the compiler does not see that name and ask belong together
    const waiting = { message: { id, call: name, ask } as ToSandbox, sent: false, resolve, reject };
    this.#waiting.set(id, waiting);
    this.#send(waiting);
    const late = (): void =>
      reject(new LightningUnavailable(`the sandbox has not answered within ${timeoutMs ?? 0} ms`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- worker.ts answers each call by this table
      return (await promise) as Calls[N]['answer'];
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Grows whenever a payment came in. */
  get news(): number {
    return this.#news;
  }

  /** Resolves once there is news after `seen`, or when `signal` aborts. Rejects when the thread is gone. */
  async newsAfter(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#news > seen || signal.aborted) return;
    if (this.#closed) throw new LightningUnavailable('the sandbox is closed');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listener = (failure: Error | undefined): void => (failure === undefined ? resolve() : reject(failure));
    const stop = (): void => resolve();
    this.#listeners.add(listener);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await promise;
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#fail(new LightningUnavailable('the sandbox is closed'), () => true);
    const worker = this.#worker;
    if (worker === undefined) return;
    const gone = new Promise<void>((resolve) => (this.#gone = resolve));
    worker.postMessage({ close: true } satisfies ToSandbox);
    // One that stands still is ended where it is: what counts is committed.
    const late = setTimeout(() => void worker.terminate(), limits.sandboxCloseMs);
    await gone;
    clearTimeout(late);
  }

  #start(): void {
    const { script, data } = this.#parts;
    // The bindings greet on standard output, which is the server's own.
    const worker = new Worker(script, { workerData: data, stdout: true, stderr: true });
    worker.stdout.resume();
    worker.stderr.resume();
    this.#worker = worker;
    this.#startedMs = performance.now();
    let reason = 'it ended by itself';
    worker.on('message', (message: FromSandbox) => this.#heard(message));
    worker.on('error', (error) => {
      reason = reasonOf(error);
    });
    worker.on('exit', () => this.#lost(reason));
    for (const waiting of this.#waiting.values()) this.#send(waiting);
  }

  #send(waiting: Waiting): void {
    if (this.#worker === undefined || waiting.sent) return;
    waiting.sent = true;
    this.#worker.postMessage(waiting.message);
  }

  #heard(message: FromSandbox): void {
    switch (message.kind) {
      case 'ready':
        this.#parts.ready(message);
        break;
      case 'answer':
        this.#waiting.get(message.id)?.resolve(message.answer);
        break;
      case 'refused':
        this.#waiting.get(message.id)?.reject(new LightningRefused(message.reason));
        break;
      case 'settled':
        this.#news += 1;
        for (const listener of this.#listeners) listener(undefined);
        break;
      case 'closed':
        break;
      default:
        message satisfies never;
    }
  }

  #lost(reason: string): void {
    this.#worker = undefined;
    if (this.#closed) return this.#gone();
    if (performance.now() - this.#startedMs > limits.sandboxRestartMsMax) this.#restartMs = limits.sandboxRestartMsMin;
    const retryMs = this.#restartMs;
    this.#restartMs = Math.min(retryMs * 2, limits.sandboxRestartMsMax);
    this.#restart = setTimeout(() => this.#start(), retryMs);
    this.#parts.lost(reason, retryMs);
    // Whether it was done is not known; what was not sent yet waits for the next thread.
    this.#fail(new LightningUnavailable('the sandbox has stopped in the middle of it'), ({ sent }) => sent);
  }

  #fail(error: Error, which: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting.values()) if (which(waiting)) waiting.reject(error);
    for (const listener of this.#listeners) listener(error);
  }
}
