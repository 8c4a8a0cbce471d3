/**
 * `npm run bench`: measures Purser beside yardsticks on this machine, in turns, and checks every ledger afterwards. Exit
 * code 1 when a floor is missed. Progress goes to stderr, the result to stdout.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './chart.ts';
import { fresh, kept, pipelined, split } from './closed-loops.ts';
import { measureDisk } from './disk.ts';
import { merged, missed, readReport, thisMachine, type MeasuredRow, type Report } from './document.ts';
import { gateCrowd } from './gate-crowd.ts';
import { gateLatency } from './gate-latency.ts';
import { gateLightning } from './gate-lightning.ts';
import { growth } from './growth.ts';
import { httpRows } from './http-rows.ts';
import { l402 } from './l402.ts';
import { million } from './million.ts';
import { offeredRate } from './offered-rate.ts';
import { postgresRows } from './postgres-rows.ts';
import type { Bench, Row } from './row.ts';
import { markdown, terminalTable } from './table.ts';
import { ATTEMPTS_MAX } from './turns.ts';

const rows: readonly Row[] = [
  kept,
  pipelined,
  fresh,
  split,
  offeredRate,
  ...httpRows,
  gateLatency,
  gateLightning,
  gateCrowd,
  l402,
  ...postgresRows,
  growth,
  million,
];
const names = rows.map(({ name }) => name);

const usage = `npm run bench -- [options]
  --full          longer turns, a ledger grown to ten million transfers and stores to a million rows
                  (takes about an hour and 20 GB of disk)
  --hasty         one turn of each, disturbed or not: shows that everything runs, and little else
  --only NAMES    of ${names.join(', ')};
                  commas between; "http" and "postgres" stand for all rows that begin with it
  --stored N      grow the ledger to N transfers instead, and the stores to no more rows than that
  --dir PATH      where the ledgers go; it must be on a real disk (default: the system's temporary directory)
  --json          print the result as JSON
  --write-docs    also write docs/performance.json, .svg and the table in docs/performance.md
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    hasty: { type: 'boolean', default: false },
    only: { type: 'string' },
    stored: { type: 'string', default: '10000000' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const docs = new URL('../docs/', import.meta.url);

function chosenRows(): readonly Row[] {
  if (values.only === undefined) return rows.filter(({ quick }) => quick || values.full);
  const wanted = values.only.split(',');
  const stands = (wish: string, name: string): boolean => name === wish || name.startsWith(`${wish}-`);
  const unknown = wanted.filter((wish) => !names.some((name) => stands(wish, name)));
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return rows.filter(({ name }) => wanted.some((wish) => stands(wish, name)));
}

function createBench(folder: string): Bench {
  return {
    ledger: (name) => mkdtempSync(join(folder, `${name}-`)),
    discard: (data) => rmSync(data, { recursive: true, force: true }),
    say: (text) => process.stderr.write(`${text}\n`),
    warmupMs: 1_000,
    measuredMs: values.full ? 4_000 : 2_000,
    rounds: values.hasty ? 1 : values.full ? 5 : 3,
    attemptsMax: values.hasty ? 1 : ATTEMPTS_MAX,
    grownTo: Number(values.stored),
  };
}

async function measure(): Promise<Report> {
  const parent = resolve(values.dir);
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'purser-bench-'));
  // Also when the run is interrupted: a grown ledger is gigabytes.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const bench = createBench(folder);
  const measured: Record<string, MeasuredRow> = {};
  const disk = measureDisk(folder);
  const machine = thisMachine();
  bench.say(`${machine.cores} cores, ${machine.memoryGibibytes} GB; the disk alone syncs ${disk.syncsPerSecond}/s`);
  for (const row of chosenRows()) {
    bench.say(row.name);
    const { rounds, measuredMs } = bench;
    const measuredOn = new Date().toISOString().slice(0, 10);
    measured[row.name] = {
      ...(await row.run(bench)),
      measuredOn,
      seconds: measuredMs / 1_000,
      rounds,
      machine,
      disk,
    };
  }
  return { rows: measured };
}

function writeDocs(newer: Report): void {
  const report = merged(readReport(new URL('performance.json', docs)), newer, names);
  writeFileSync(new URL('performance.json', docs), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(new URL('performance.svg', docs), chart(report));
  const page = new URL('performance.md', docs);
  const [begin, end] = ['<!-- generated by npm run bench -->', '<!-- end of generated -->'];
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  writeFileSync(page, `${text.slice(0, from)}\n\n${markdown(report)}\n\n${text.slice(to)}`);
}

// An interrupted run still ends the servers that it started.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

if (values.help) {
  process.stdout.write(usage);
} else {
  const report = await measure();
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : `\n${terminalTable(report)}\n`);
  if (values['write-docs']) writeDocs(report);
  const misses = missed(report);
  if (misses.length > 0) process.stderr.write(`floors missed: ${misses.join('; ')}\n`);
  process.exitCode = misses.length > 0 ? 1 : 0;
}
