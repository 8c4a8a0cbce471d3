/**
 * As much of JSON Schema as the server's own document uses, for those who hold its answers against it: what is wrong with
 * a value, and values that fit a schema or nearly do.
 */
import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number' && Number.isInteger(value)
        ? 'integer'
        : typeof value;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeOf(value) === 'object';

/** Sentences that say where a value does not fit; none when it does. */
export function misfits(schema: Schema, value: unknown, at = '$'): string[] {
  const { anyOf, enum: choices } = schema;
  if (Array.isArray(anyOf))
    return anyOf.some((one) => misfits(one as Schema, value, at).length === 0) ? [] : [`${at} fits nothing of anyOf`];
  if (Array.isArray(choices)) return choices.includes(value) ? [] : [`${at} is none of the choices`];
  if ('const' in schema) return value === schema['const'] ? [] : [`${at} is not ${JSON.stringify(schema['const'])}`];
  if (!hasType(schema, value)) return [`${at} is ${typeOf(value)}, not ${String(schema['type'])}`];
  if (Array.isArray(value)) return misfitItems(schema, value, at);
  if (isObject(value)) return misfitFields(schema, value, at);
  return misfitBounds(schema, value, at);
}

function hasType({ type }: Schema, value: unknown): boolean {
  const types = [type].flat();
  if (type === undefined || types.includes(typeOf(value))) return true;
  return types.includes('number') && typeof value === 'number';
}

function misfitItems({ items }: Schema, value: readonly unknown[], at: string): string[] {
  return items === undefined ? [] : value.flatMap((one, i) => misfits(items as Schema, one, `${at}[${i}]`));
}

function misfitFields(schema: Schema, value: Readonly<Record<string, unknown>>, at: string): string[] {
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as {
    properties?: Record<string, Schema>;
    required?: string[];
    additionalProperties?: boolean | Schema;
  };
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const own = properties[name] ?? additionalProperties;
    if (own === false) return [`${at}.${name} is not documented`];
    return typeof own === 'object' ? misfits(own, inner, `${at}.${name}`) : [];
  });
  return [...missing, ...wrong];
}

function misfitBounds({ minimum, maximum, pattern, minLength }: Schema, value: unknown, at: string): string[] {
  if (typeof minimum === 'number' && Number(value) < minimum) return [`${at} is below ${minimum}`];
  if (typeof maximum === 'number' && Number(value) > maximum) return [`${at} is above ${maximum}`];
  if (typeof minLength === 'number' && String(value).length < minLength) return [`${at} is too short`];
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(String(value)))
    return [`${at} does not match ${pattern}`];
  return [];
}

/** What callers send that nobody expects. */
export const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 0, -1, 0.5, 1e308, 2 ** 53, [], {}, [[]], '\u0000', '😀', 'x'.repeat(3_000)),
  fc.constantFrom('__proto__', 'constructor', '../..', '%00', "' or 1=1 --", '-1', '1e3', 'NaN'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
);

/** Values that fit a schema. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, enum: choices, type, items, minimum, maximum, minLength, maxLength, maxItems, pattern } = schema;
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((one) => fitting(one as Schema)));
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if ('const' in schema) return fc.constant(schema['const']);
  if (type === 'integer')
    return fc.integer({ min: bounded(minimum, 0), max: Math.min(bounded(maximum, 1_000), 2 ** 31 - 1) });
  if (type === 'boolean') return fc.boolean();
  if (type === 'array') return fc.array(fitting(items as Schema), { maxLength: Math.min(bounded(maxItems, 3), 3) });
  if (type === 'object') return fittingObject(schema);
  if (type === 'string' && typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  if (type === 'string')
    return fc.string({ minLength: bounded(minLength, 0), maxLength: Math.min(bounded(maxLength, 12), 12) });
  return junk;
}

function fittingObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties as Record<string, Schema>).map(
    ([name, own]) => [name, fitting(own)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as string[] });
}

const bounded = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
