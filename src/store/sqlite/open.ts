/**
 * The SQLite twin of the store, seen from the main thread: commands go to the writer thread one message per turn of the
 * event loop, answers come back one message per commit, reads use a read-only connection of their own.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { limits } from '../../base/limits.ts';
import type { Command } from '../../base/decision.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import { StoreError, type Outcome, type Store } from '../store.ts';
import { openForReading } from './database.ts';
import { readBalances, readLog, readOpenTransfers } from './reads.ts';

/** What the writer thread is started with. */
export interface WriterData {
  readonly file: string;
  /** URL of the module whose `createDecisions(settings)` says what commands mean. */
  readonly decisions: string;
  readonly settings: unknown;
  readonly port: MessagePort;
}

export type WriterMessage = readonly Command[] | 'close';

export interface SqliteOptions {
  /** Path of the database; it and its directory are created. */
  readonly file: string;
  readonly decisions: URL;
  readonly settings: unknown;
  /** Called when the writer thread died of a bug: answers can no longer be trusted to come, the process should end. */
  readonly onCrash: (error: Error) => void;
}

/** The commands of the payment rail, as `decisions` for a writer thread; `.ts` or `.js`, as this file is. */
export const paymentDecisions = new URL(`../../flows/commands${import.meta.url.slice(-3)}`, import.meta.url);

/** Opens (and creates) the database. Throws StoreError with a message for the operator when that cannot be. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { port1: port, port2 } = new MessageChannel();
  const { file, settings } = options;
  const workerData: WriterData = { file, settings, decisions: options.decisions.href, port: port2 };
  const worker = new Worker(new URL(`./writer${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData,
    transferList: [port2],
  });
  await started(worker);
  worker.on('error', options.onCrash);
  return new SqliteStore(worker, port, openForReading(file));
}

function started(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: { ready: boolean; message?: string }) => {
      worker.off('error', reject);
      if (message.ready) resolve();
      else reject(new StoreError(message.message));
    });
  });
}

class SqliteStore implements Store {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #reader: DatabaseSync;
  /** Commands of this turn of the event loop. */
  #gathered: PaymentCommand[] = [];
  /** Callers in the order of their commands; answers come in the same order. */
  #waiting: ((outcome: Outcome) => void)[] = [];
  #answered = 0;
  #closing: (() => void) | undefined;

  constructor(worker: Worker, port: MessagePort, reader: DatabaseSync) {
    this.#worker = worker;
    this.#port = port;
    this.#reader = reader;
    port.on('message', (message: readonly Outcome[] | 'closed') => {
      if (message === 'closed') this.#closing?.();
      else this.#answer(message);
    });
  }

  submit(command: PaymentCommand): Promise<Outcome> {
    if (this.#closing !== undefined) return Promise.resolve(refused('unavailable'));
    if (this.#waiting.length - this.#answered >= limits.storeQueueCommandsMax)
      return Promise.resolve(refused('overloaded'));
    if (this.#gathered.length === 0) setImmediate(() => this.#send());
    this.#gathered.push(command);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  balances(): ReturnType<Store['balances']> {
    return Promise.resolve(readBalances(this.#reader));
  }

  log(page: { readonly after: bigint; readonly limit: number }): ReturnType<Store['log']> {
    return Promise.resolve(readLog(this.#reader, page));
  }

  openTransfers(): ReturnType<Store['openTransfers']> {
    return Promise.resolve(readOpenTransfers(this.#reader));
  }

  async close(): Promise<void> {
    this.#send();
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#port.postMessage('close');
    });
    this.#reader.close();
    this.#port.close();
    await this.#worker.terminate();
  }

  #send(): void {
    if (this.#gathered.length === 0) return;
    this.#port.postMessage(this.#gathered);
    this.#gathered = [];
  }

  #answer(answers: readonly Outcome[]): void {
    for (const outcome of answers) this.#waiting[this.#answered++]?.(outcome);
    if (this.#answered === this.#waiting.length) {
      this.#waiting = [];
      this.#answered = 0;
    } else if (this.#answered > limits.batchCommandsMax) {
      this.#waiting.splice(0, this.#answered);
      this.#answered = 0;
    }
  }
}

function refused(code: 'overloaded' | 'unavailable'): Outcome {
  return { answer: `{"ok":false,"error":"${code}"}`, code, replayed: false };
}
