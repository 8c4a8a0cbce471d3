/** A thread that wakes the open loop: it sleeps to the next instant of its beat, finer than timers of an event loop can. */
import { parentPort, workerData } from 'node:worker_threads';

const intervalMs = Number(workerData);
const cell = new Int32Array(new SharedArrayBuffer(4));

for (let nextMs = performance.now(); ; nextMs += intervalMs) {
  const waitMs = nextMs - performance.now();
  // Behind its beat it does not catch up one by one: whoever is woken sends everything that is due.
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
  else if (waitMs < -intervalMs) continue;
  parentPort?.postMessage(0);
}
