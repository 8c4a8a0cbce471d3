/** What a decision answers when it records nothing. */
import type { Decided } from '../base/decision.ts';

/** A refusal with what a caller needs to understand it. */
export function refusal(code: string, details: Readonly<Record<string, unknown>> = {}): Decided {
  return { answer: JSON.stringify({ error: code, ...details }), code };
}

/** What was recorded before (R14). */
export function replayed(answer: string | object): Decided {
  return { answer: typeof answer === 'string' ? answer : JSON.stringify(answer), code: null, replayed: true };
}
