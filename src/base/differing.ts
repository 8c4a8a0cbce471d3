/** Tells a caller which fields of a repeated request are not what they were the first time. */
import { isObject } from './json.ts';

/** Names of the fields that differ between two JSON objects, nested ones with dots: `external.amount`. */
export function differingFields(first: string, second: string): string[] {
  return differing(JSON.parse(first), JSON.parse(second), '');
}

function differing(first: unknown, second: unknown, path: string): string[] {
  if (!isObject(first) || !isObject(second)) return JSON.stringify(first) === JSON.stringify(second) ? [] : [path];
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return names.flatMap((name) => differing(first[name], second[name], path === '' ? name : `${path}.${name}`));
}
