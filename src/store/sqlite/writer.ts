/**
 * The writer thread: the only place that writes the database. Groups of decided commands come in; whatever is waiting when
 * a commit ends makes up the next one, so that a lone caller never waits for company and a crowd shares one sync. When a
 * commit fails, groups that were decided on top of it are dropped unread: they assumed it had happened.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { reasonOf } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { StoreError } from '../store.ts';
import { Appender, factCount, type Group } from './append.ts';
import { createSeed, openForWriting, SQLITE, sqliteCode } from './database.ts';
import type { FullRun } from './key-index.ts';
import { writeRun } from './key-runs.ts';
import { lockDatabase } from './lock.ts';

/** What the writer thread is started with. */
export interface WriterData {
  readonly file: string;
  readonly port: MessagePort;
}

/** To the writer. `epoch` counts failures: a group of an epoch that has failed is dropped. */
export type WriterMessage =
  | ({ readonly kind: 'append'; readonly epoch: number } & Group)
  | { readonly kind: 'seal'; readonly run: FullRun }
  | { readonly kind: 'close' };

/** From the writer: how many groups a commit held, or whose fault it was that it failed. */
export type WriterReply =
  | { readonly kind: 'appended'; readonly groups: number }
  | { readonly kind: 'failed'; readonly fault: 'disk' | 'command'; readonly reason: string }
  | { readonly kind: 'sealed'; readonly run: number; readonly filter: Uint8Array | undefined }
  | { readonly kind: 'closed' };

class Writer {
  readonly #port: MessagePort;
  readonly #lock: { release(): void };
  readonly #db: DatabaseSync;
  readonly #appender: Appender;
  #failedEpoch = -1;

  constructor({ file, port }: WriterData) {
    this.#port = port;
    this.#lock = lockDatabase(file);
    this.#db = openForWriting(file);
    createSeed(this.#db);
    this.#appender = new Appender(this.#db);
    port.on('message', (message: WriterMessage) => this.#work(message));
  }

  /** Works off this message and all that wait behind it. */
  #work(first: WriterMessage): void {
    for (let message: WriterMessage | undefined = first; message !== undefined;) {
      if (message.kind === 'append') message = this.#append(message);
      else if (message.kind === 'seal') message = this.#seal(message.run);
      else return this.#close();
    }
  }

  /** Commits this group and those behind it; returns the first message that is something else. */
  #append(first: WriterMessage & { kind: 'append' }): WriterMessage | undefined {
    const groups: Group[] = [];
    let facts = 0;
    let { epoch } = first;
    let message: WriterMessage | undefined = first;
    while (message?.kind === 'append' && facts < limits.commitFactsMax) {
      if (message.epoch !== this.#failedEpoch) {
        // Not always that of the first message, which may be of a failed epoch and dropped.
        ({ epoch } = message);
        groups.push(message);
        facts += factCount(message);
      }
      message = this.#next();
    }
    if (groups.length > 0) this.#commit(groups, epoch);
    return message;
  }

  #commit(groups: readonly Group[], epoch: number): void {
    try {
      this.#appender.append(groups);
      this.#reply({ kind: 'appended', groups: groups.length });
    } catch (error) {
      this.#failedEpoch = epoch;
      this.#reply({
        kind: 'failed',
        fault: faultOf(error),
        reason: reasonOf(error),
      });
    }
  }

  /** A run that cannot be sealed now (the disk is full) stays in memory, and is tried again later. */
  #seal(run: FullRun): WriterMessage | undefined {
    let filter: Uint8Array | undefined;
    try {
      filter = writeRun(this.#db, run);
    } catch {
      filter = undefined;
    }
    this.#reply({ kind: 'sealed', run: run.run, filter });
    return this.#next();
  }

  #close(): void {
    this.#db.close();
    this.#lock.release();
    this.#reply({ kind: 'closed' });
    this.#port.close();
  }

  #next(): WriterMessage | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only sqlite-store.ts has the other end of this port
    return receiveMessageOnPort(this.#port)?.message as WriterMessage | undefined;
  }

  #reply(message: WriterReply): void {
    this.#port.postMessage(message);
  }
}

/** A broken constraint, or a bug of ours, belongs to a command; everything else that SQLite reports to disk or file system. */
function faultOf(error: unknown): 'disk' | 'command' {
  return (sqliteCode(error) ?? SQLITE.CONSTRAINT) === SQLITE.CONSTRAINT ? 'command' : 'disk';
}

try {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set by open.ts, which has the same type
  void new Writer(workerData as WriterData);
  parentPort?.postMessage({ ready: true });
} catch (error) {
  const message = error instanceof StoreError ? error.message : String(error instanceof Error ? error.stack : error);
  parentPort?.postMessage({ ready: false, message });
}
