/** What somebody may have meant who typed a command that is none. */
import { nameOf } from './command.ts';
import { commands, resources } from './commands.ts';

const SUGGESTED_MAX = 4;

/** Commands and programs whose names are near to the word, the nearest first: `alert` finds `budget alerts`. */
export function nearestCommands(typed: string, programs: readonly string[]): string[] {
  const names = [...new Set([...programs, ...resources, ...commands.map(nameOf)])];
  const rated = names.map((name) => ({ name, apart: apart(typed, name.split(' ').at(-1) ?? '') }));
  const near = rated.filter((each) => each.apart <= typed.length / 3);
  return near
    .toSorted((one, other) => one.apart - other.apart)
    .slice(0, SUGGESTED_MAX)
    .map(({ name }) => name);
}

/** So many letters have to be put in, taken out or changed to make one word of the other. */
function apart(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (const [column, against] of other.split('').entries()) {
      const changed = (row[column] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** In a sentence; empty: nothing is near. */
export function suggestion(typed: string, programs: readonly string[]): string {
  const near = nearestCommands(typed, programs).map((name) => `"purser ${name}"`);
  return near.length === 0 ? '' : `: perhaps ${near.join(' or ')}`;
}
