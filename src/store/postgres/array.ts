/** Columns of values as PostgreSQL array literals: one parameter carries a column of a whole batch. */
import type { Value } from '../../base/decision.ts';

/** Quotes only text that needs it to be told from the array's own signs; most text of ours has a comma or a quote. */
export function arrayLiteral(values: readonly (Value | number)[]): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (i > 0) literal += ',';
    if (value === null) literal += 'NULL';
    else if (typeof value === 'string') literal += quoted(value);
    else literal += value.toString();
  }
  return `${literal}}`;
}

function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
