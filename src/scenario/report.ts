/** What a run prints: lines for people, and the same as one JSON document for machines. */
import { checks, meaningOf, type Check } from './findings.ts';
import { nameOf, type Result } from './scenario.ts';
import type { DriverSettings } from './settings.ts';

/** Findings of one check that are shown in full. */
const SHOWN_MAX = 5;

export function passed(result: Result): boolean {
  return result.findings.list.length === 0;
}

/** The lines of one scenario, once it is over. */
export function scenarioLines(result: Result): string[] {
  const { references, answers, unanswered, findings, balances, stats } = result;
  const { p50, p99, max } = percentiles(result.latenciesMs);
  const lines = [
    `  load: ${references} references, ${answers} answers, ${unanswered} attempts without answer`,
    `  latency: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`,
    ...checks.flatMap((check) => checkLines(result, check)),
    `  stats: ${pairs(Object.entries(stats))}`,
    `  balances: ${pairs([...balances, ['total', sum(balances)]])}`,
  ];
  const verdict = passed(result) ? 'ok' : `${findings.list.length} VIOLATIONS`;
  return [...lines, `  ${verdict} after ${seconds(result.tookMs)} s`];
}

function checkLines(result: Result, check: Check): string[] {
  const found = result.findings.of(check);
  if (found.length === 0) return [`  ${check} ok: ${meaningOf(check)}${figures(result, check)}`];
  const shown = found
    .slice(0, SHOWN_MAX)
    .map(({ subject, message }) => `    ${subject === '' ? '' : `${subject}: `}${message}`);
  const rest = found.length > SHOWN_MAX ? [`    and ${found.length - SHOWN_MAX} more`] : [];
  return [`  ${check} VIOLATED ${found.length} times: ${meaningOf(check)}`, ...shown, ...rest];
}

function figures({ findings, balances, opening, references }: Result, check: Check): string {
  if (check === 'I1')
    return ` (${sum(balances)} = ${opening} x ${balances.size}${findings.inflows > 0n ? ` + ${findings.inflows}` : ''})`;
  if (check === 'I4') return ` (${findings.rows} rows)`;
  return check === 'I5' ? ` (${references} references)` : '';
}

/** The table at the end, and the line that scripts wait for. */
export function summaryLines(results: readonly Result[], settings: DriverSettings): string[] {
  const rows = results.map((result) => [
    passed(result) ? 'PASS' : 'FAIL',
    result.deployment,
    result.workload,
    result.fault,
    String(result.references),
    String(result.unanswered),
    percentiles(result.latenciesMs).p50,
    percentiles(result.latenciesMs).p99,
    seconds(result.tookMs),
  ]);
  const heading = ['', 'deployment', 'workload', 'fault', 'keys', 'unheard', 'p50 ms', 'p99 ms', 's'];
  return ['', ...table([heading, ...rows]), '', finalLine(results, settings)];
}

function finalLine(results: readonly Result[], { seed, runId }: DriverSettings): string {
  const failed = results.filter((result) => !passed(result)).length;
  const violations = results.reduce((count, { findings }) => count + findings.list.length, 0);
  const status = failed === 0 ? 'PASS' : 'FAIL';
  return `FINAL scenarios=${results.length} passed=${results.length - failed} failed=${failed} violations=${violations} seed=${seed} run=${runId} status=${status}`;
}

/** The whole run as plain data; amounts are JSON integers. */
export function document(results: readonly Result[], { seed, runId }: DriverSettings): unknown {
  return {
    seed,
    run: runId,
    status: results.every(passed) ? 'PASS' : 'FAIL',
    scenarios: results.map((result) => ({
      name: nameOf(result),
      deployment: result.deployment,
      workload: result.workload,
      fault: result.fault,
      status: passed(result) ? 'PASS' : 'FAIL',
      seconds: Number(seconds(result.tookMs)),
      references: result.references,
      answers: result.answers,
      unanswered: result.unanswered,
      latency_ms: Object.fromEntries(Object.entries(percentiles(result.latenciesMs)).map(([k, v]) => [k, Number(v)])),
      checks: Object.fromEntries(checks.map((check) => [check, result.findings.of(check).length === 0])),
      violations: result.findings.list,
      stats: result.stats,
      balances: Object.fromEntries([...result.balances].map(([name, balance]) => [name, Number(balance)])),
      total: Number(sum(result.balances)),
    })),
  };
}

/** Milliseconds with one decimal, as text. */
function percentiles(latenciesMs: readonly number[]): { p50: string; p99: string; max: string } {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function pairs(entries: readonly (readonly [string, number | bigint])[]): string {
  return entries.map(([name, value]) => `${name}=${value}`).join(' ');
}

function sum(balances: ReadonlyMap<string, bigint>): bigint {
  return [...balances.values()].reduce((total, balance) => total + balance, 0n);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
