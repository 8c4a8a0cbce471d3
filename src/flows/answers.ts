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

/** What a caller asked for, as canonical JSON text, under a key of the journal. */
export interface Keyed {
  readonly key: string;
  readonly request: string;
}

/**
 * What was recorded under the key: the same again is answered as it was, anything else is refused with the code `conflict` and
 * the fields that differ.
 */
export function repeated(
  view: View,
  { key, request, conflict }: Keyed & { readonly conflict: string },
): Decided | undefined {
  const known = view.known(key);
  if (known === undefined) return undefined;
  if (known.request === request) return replayed(known.answer ?? '{}');
  return refusal(conflict, { fields: differingFields(known.request ?? '{}', request) });
}
