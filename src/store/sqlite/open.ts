/**
 * The SQLite twin of the store. The main thread gathers commands and decides them; the writer thread appends. While one
 * batch is being committed the next is decided on top of it and waits behind it, and callers hear only what is committed.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Decisions } from '../../base/decision.ts';
import { StoreError, type Store } from '../store.ts';
import { openForReading } from './database.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { WriterData } from './writer.ts';

export interface SqliteOptions {
  /** Path of the database; it and its directory are created. */
  readonly file: string;
  /** What commands mean. */
  readonly decisions: Decisions;
  /** Called when the writer thread died of a bug: answers can no longer be trusted to come, the process should end. */
  readonly onCrash: (error: Error) => void;
  readonly clock?: Clock;
}

/** Opens (and creates) the database. Throws StoreError with a message for the operator when that cannot be. */
export async function openSqliteStore({
  file,
  decisions,
  onCrash,
  clock = systemClock,
}: SqliteOptions): Promise<Store> {
  const { port1: port, port2 } = new MessageChannel();
  const workerData: WriterData = { file, port: port2 };
  // Values that wait for a commit outlive one turn: with more room the young generation is not swept in vain.
  const resourceLimits = { maxYoungGenerationSizeMb: 24 };
  const worker = new Worker(new URL(`./writer${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData,
    resourceLimits,
    transferList: [port2],
  });
  try {
    await started(worker);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.on('error', onCrash);
  return new SqliteStore({ worker, port, reader: openForReading(file), decisions, clock });
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
