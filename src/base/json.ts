/** What JSON text may turn out to be. */

/** Undefined: the text is no JSON, which has no such value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list of anything: the language's own test makes it a list of `any`. */
export const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** An object, not a list and not null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
