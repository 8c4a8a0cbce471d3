/** What a check has found, as lines for people and scripts and as one document for machines. */
import type { CheckResult } from '../store/check-result.ts';
import type { VerifyReport } from '../store/verify.ts';
import { line } from './log.ts';

export function verifyLines({ ok, facts, head, checks }: VerifyReport): string {
  const last = line('VERIFY', { facts, status: ok ? 'OK' : 'VIOLATED', head: head.chain });
  return [...checks.map(checkLine), last].map((text) => `${text}\n`).join('');
}

export function checkLine({ name, ok, counted, firstBad }: CheckResult): string {
  return line('CHECK', { name, status: ok ? 'OK' : 'VIOLATED', ...counted, ...firstBad });
}

export function verifyDocument({ ok, facts, head, checks }: VerifyReport): unknown {
  return { ok, facts, head, checks: checks.map(checkDocument) };
}

export function checkDocument({ firstBad, ...check }: CheckResult): unknown {
  return firstBad === undefined ? check : { ...check, first_bad: firstBad };
}
