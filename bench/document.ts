/** The results as one JSON document; a run of some rows replaces these rows and leaves the others as they were. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { DiskFigures } from './disk.ts';
import type { Outcome } from './row.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  readonly node: string;
}

export interface MeasuredRow extends Outcome {
  /** ISO date of the run. */
  readonly measuredOn: string;
  /** Seconds measured at a time, and how often each side had its turn. */
  readonly seconds: number;
  readonly rounds: number;
  readonly machine: Machine;
  readonly disk: DiskFigures;
}

export interface Report {
  readonly rows: Readonly<Record<string, MeasuredRow>>;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGibibytes: Math.round(totalmem() / 1024 ** 3),
    kernel: release().split('.', 2).join('.'),
    node: process.version,
  };
}

export function readReport(file: URL): Report {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : { rows: {} };
}

/** Rows in the order of `order`, newer ones instead of older ones. */
export function merged(older: Report, newer: Report, order: readonly string[]): Report {
  const all = { ...older.rows, ...newer.rows };
  return { rows: Object.fromEntries(order.filter((name) => name in all).map((name) => [name, all[name]!])) };
}

export function missed(report: Report): string[] {
  return Object.entries(report.rows).flatMap(([name, { lines }]) =>
    lines.filter(({ floor }) => floor?.passed === false).map(({ what }) => `${name}: ${what}`),
  );
}
