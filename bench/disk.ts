/** What the disk below the ledgers can do by itself: appends of one page, each made durable, one after the other. */
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface DiskFigures {
  readonly syncsPerSecond: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

const PAGE_BYTES = 4_096;
const MEASURED_MS = 1_000;
/** File systems that live in memory: a sync on them proves nothing. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

export function measureDisk(folder: string): DiskFigures {
  if (IN_MEMORY.has(statfsSync(folder).type)) throw new Error(`${folder} is in memory: name a real disk with --dir`);
  const file = join(folder, 'sync-probe');
  const handle = openSync(file, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const tookMs: number[] = [];
  const startMs = performance.now();
  for (let nowMs = startMs; nowMs - startMs < MEASURED_MS;) {
    writeSync(handle, page);
    fdatasyncSync(handle);
    const endMs = performance.now();
    tookMs.push(endMs - nowMs);
    nowMs = endMs;
  }
  closeSync(handle);
  rmSync(file);
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(1_000 * sorted[Math.floor((sorted.length - 1) * share)]!);
  return {
    syncsPerSecond: Math.round((1_000 * tookMs.length) / MEASURED_MS),
    p50Microseconds: at(0.5),
    p99Microseconds: at(0.99),
  };
}
