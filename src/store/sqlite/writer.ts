/**
 * The writer thread: the only place that writes the database. It takes whatever commands are waiting as one batch,
 * decides them in arrival order, commits once with a full sync, and only then sends the answers. While one commit is
 * under way the next batch gathers by itself, so a lone caller never waits for company and a crowd shares one sync.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { invariant } from '../../base/assert.ts';
import type { Command, Decisions } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import { Batches } from './batches.ts';
import { lockDatabase } from './lock.ts';
import { openForWriting } from './database.ts';
import { StoreError } from '../store.ts';
import type { WriterData, WriterMessage } from './open.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set by open.ts, which has the same type
const { file, decisions, settings, port } = workerData as WriterData;

function isDecisionsModule(value: unknown): value is { createDecisions(settings: unknown): Decisions } {
  return typeof value === 'object' && value !== null && 'createDecisions' in value;
}

async function start(): Promise<void> {
  const lock = lockDatabase(file);
  const db = openForWriting(file);
  const module: unknown = await import(decisions);
  invariant(isDecisionsModule(module), 'the decisions module exports createDecisions');
  const batches = new Batches(db, module.createDecisions(settings));
  port.on('message', (first: WriterMessage) => {
    let message: WriterMessage | undefined = first;
    while (message !== undefined) {
      if (message === 'close') {
        db.close();
        lock.release();
        port.postMessage('closed');
        port.close();
        return;
      }
      message = runBatch(batches, message, port);
    }
  });
}

/** Runs the commands of a message together with those that wait behind it; returns a message that is no commands. */
function runBatch(batches: Batches, first: readonly Command[], from: MessagePort): WriterMessage | undefined {
  const commands = [...first];
  let next: WriterMessage | undefined;
  while (commands.length < limits.batchCommandsMax) {
    const waiting = receiveMessageOnPort(from);
    if (waiting === undefined) break;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only open.ts has the other end of this port
    next = waiting.message as WriterMessage;
    if (next === 'close') break;
    commands.push(...next);
    next = undefined;
  }
  from.postMessage(batches.run(commands));
  return next;
}

try {
  await start();
  parentPort?.postMessage({ ready: true });
} catch (error) {
  parentPort?.postMessage({
    ready: false,
    message: error instanceof StoreError ? error.message : String(error instanceof Error ? error.stack : error),
  });
  port.close();
}
