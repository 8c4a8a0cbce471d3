/** The results as text: a table for a terminal, and the same as Markdown for the documentation. */
import type { MeasuredRow, Report } from './document.ts';
import { shown, type Line } from './row.ts';

const heading = ['', 'measured', 'yardstick', 'ratio', 'floor', ''] as const;

function cells({ what, unit, measured, yardstick, ratio, floor, note }: Line): string[] {
  return [
    what,
    `${figure(measured)}${unit}`,
    yardstick === undefined ? '' : `${figure(yardstick)}${unit}`,
    ratio === undefined ? '' : shown(ratio, ratio < 0.2 || ratio >= 10 ? 1 : 0),
    floor === undefined ? '' : `${floor.text} ${floor.passed ? 'pass' : 'MISS'}`,
    note ?? '',
  ];
}

function figure(value: number): string {
  return value < 100 && !Number.isInteger(value)
    ? value.toFixed(value < 10 ? 2 : 1)
    : Math.round(value).toLocaleString('en');
}

export function terminalTable(report: Report): string {
  const out: string[] = [];
  for (const row of Object.values(report.rows)) {
    const body = [[...heading], ...row.lines.map(cells)];
    const widths = heading.map((_, column) => Math.max(...body.map((line) => line[column]!.length)));
    out.push(`${row.title}\n  yardstick: ${row.yardstick}`);
    for (const line of body) {
      const padded = line.map((cell, column) =>
        column === 0 || column === 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      );
      out.push(`  ${padded.join('  ').trimEnd()}`);
    }
    out.push(...row.checks.map((check) => `  ledger: ${check}`), '');
  }
  return out.join('\n');
}

export function markdown(report: Report): string {
  return Object.values(report.rows)
    .map((row) => {
      const lines = row.lines.map((line) => `| ${cells(line).join(' | ')} |`);
      return [
        `### ${row.title}`,
        '',
        `Yardstick: ${row.yardstick}.`,
        '',
        '| | measured | yardstick | ratio | floor | |',
        '|---|---:|---:|---:|---:|---|',
        ...lines,
        '',
        ...row.checks.map((check) => `Ledger afterwards: ${check}.`),
        '',
        circumstances(row),
      ].join('\n');
    })
    .join('\n\n');
}

function circumstances({ measuredOn, seconds, rounds, machine, disk }: MeasuredRow): string {
  return (
    `Measured on ${measuredOn}: ${rounds} turns of ${seconds} s each, medians; ${machine.cores} cores (${machine.cpu}), ` +
    `${machine.memoryGibibytes} GB, Linux ${machine.kernel}, Node ${machine.node}; the disk alone makes ` +
    `${disk.syncsPerSecond.toLocaleString('en')} pages durable per second (p99 ${(disk.p99Microseconds / 1_000).toFixed(2)} ms).`
  );
}
