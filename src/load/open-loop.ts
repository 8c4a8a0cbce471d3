/**
 * The open loop: requests leave by the clock, whether answers come or not, and latency counts from the instant a request
 * was due. A server that stalls is charged with every request that had to wait, not only with the one that it held up.
 */
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { openLine } from './line.ts';
import type { Shape } from './plan.ts';
import { track, type Run } from './shapes.ts';

type OpenShape = Extract<Shape, { kind: 'open' }>;

/** A kept connection and the instants at which its unanswered requests were due. */
interface Line {
  readonly socket: Socket;
  readonly dueMs: number[];
  head: number;
}

export async function openLoop(run: Run, { connections, perSecond }: OpenShape): Promise<void> {
  const { measurement, requests } = run;
  const ended: Promise<void>[] = [];
  const lines = await Promise.all(Array.from({ length: connections }, () => connectLine(run, ended)));
  const intervalMs = 1_000 / perSecond;
  const startMs = performance.now();
  let number = 0;
  await new Promise<void>((resolve) => {
    const stop = ticker(intervalMs, () => {
      for (let nowMs = performance.now(); ; nowMs = performance.now()) {
        const dueMs = startMs + number * intervalMs;
        if (dueMs > nowMs) return;
        const line = lines[number % lines.length]!;
        if (measurement.claim(1, dueMs) === 0) {
          stop();
          resolve();
          return;
        }
        number += 1;
        const out = Buffer.allocUnsafe(requests.bytes);
        requests.write(out, 0);
        line.dueMs.push(dueMs);
        line.socket.write(out);
        measurement.recordLag(nowMs - dueMs, nowMs);
      }
    });
  });
  for (const line of lines) if (line.head === line.dueMs.length) line.socket.destroy();
  over.add(run);
  await Promise.all(ended);
}

/** Runs that send no more: their connections end with their last answer. */
const over = new WeakSet<Run>();

function connectLine(run: Run, ended: Promise<void>[]): Promise<Line> {
  const { measurement } = run;
  return new Promise((resolve, reject) => {
    const dueMs: number[] = [];
    ended.push(
      new Promise((closed) => {
        const socket = openLine(run.target, measurement.tally, {
          replied(replies) {
            const nowMs = performance.now();
            for (let i = 0; i < replies; i++) {
              measurement.record(nowMs - line.dueMs[line.head]!, nowMs);
              line.head += 1;
            }
            if (line.head === line.dueMs.length) {
              line.dueMs.length = 0;
              line.head = 0;
              if (over.has(run)) socket.destroy();
            }
          },
          closed,
        });
        const line: Line = { socket, dueMs, head: 0 };
        track(run, socket);
        socket.once('connect', () => resolve(line));
        socket.once('error', reject);
      }),
    );
  });
}

/** Calls back every `intervalMs`, from a thread that does nothing else: a timer of the event loop knows whole milliseconds only. */
function ticker(intervalMs: number, tick: () => void): () => void {
  const worker = new Worker(new URL(`./ticker${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData: intervalMs,
  });
  worker.on('message', tick);
  return () => void worker.terminate();
}
