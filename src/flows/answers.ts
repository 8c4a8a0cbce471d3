/** What a decision answers when it records nothing. */
import type { Decided, View } from '../base/decision.ts';
import { differingFields } from '../base/differing.ts';

/** A refusal with what a caller needs to understand it. */
export function refusal(code: string, details: Readonly<Record<string, unknown>> = {}): Decided {
  return { answer: JSON.stringify({ error: code, ...details }), code };
}

/** What was recorded before (R14). */
export function replayed(answer: string | object): Decided {
  return { answer: typeof answer === 'string' ? answer : JSON.stringify(answer), code: null, replayed: true };
}

/** A request under its key, as canonical JSON text. */
interface Keyed {
  readonly key: string;
  readonly request: string;
  /** The code for the same key with another request. */
  readonly conflict: string;
}

/** What was recorded under the key: the same again is answered as it was, anything else names the fields that differ. */
export function repeated(view: View, { key, request, conflict }: Keyed): Decided | undefined {
  const known = view.known(key);
  if (known === undefined) return undefined;
  if (known.request === request) return replayed(known.answer ?? '{}');
  return refusal(conflict, { fields: differingFields(known.request ?? '{}', request) });
}
