/**
 * A merchant's categories (B-22): company, division, department, class, subclass. Each has one parent at a time, from a day on,
 * so a thing that is bought has one path. `shoes@berlin` is the category crossed with a location: its parent is `shoes`.
 */
import { limits } from '../base/limits.ts';
import { WHOLE_MERCHANT } from './bucket.ts';
import { isDay } from './calendar.ts';

/** From a day on (null: always), a category stands below a parent (null: at the top). */
export interface Placing {
  readonly category: string;
  readonly parent: string | null;
  readonly from: string | null;
}

/** What is wrong with a hierarchy, and where. */
export interface Flaw {
  readonly index: number;
  readonly what: string;
}

const LOCATION = '@';

/** No `|`, which keys of buckets are joined by, and nothing invisible at its ends. */
export const CATEGORY = /^[\p{L}\p{N}](?:[\p{L}\p{N} :._@/&'-]{0,126}[\p{L}\p{N}])?$/u;
export const CATEGORY_SAID = "1 to 128 letters, digits, spaces and : . _ @ / & ' -, a letter or digit at both ends";

/** The hierarchy in a merchant's row; it was validated before it got there. */
export function hierarchyOf(text: string | undefined): readonly Placing[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the server's own decision
  return text === undefined ? [] : (JSON.parse(text) as readonly Placing[]);
}

/** Where every category stands on a day. */
function parentsOn(hierarchy: readonly Placing[], day: string): Map<string, Placing> {
  const parents = new Map<string, Placing>();
  for (const placing of hierarchy) {
    const { category, from } = placing;
    const before = parents.get(category);
    if (from !== null && from > day) continue;
    if (before === undefined || (before.from ?? '') <= (from ?? '')) parents.set(category, placing);
  }
  return parents;
}

/**
 * A category, its parents on that day, and at last the merchant as a whole: the most specific first. Undefined: there is no
 * such category. Where there is no hierarchy at all, each category stands for itself.
 */
export function pathOf(hierarchy: readonly Placing[], category: string, day: string): string[] | undefined {
  return pathsOn(hierarchy, day)(category);
}

/** `pathOf` for many categories of one day. */
export function pathsOn(hierarchy: readonly Placing[], day: string): (category: string) => string[] | undefined {
  const parents = parentsOn(hierarchy, day);
  return (category) => {
    if (category === WHOLE_MERCHANT) return [WHOLE_MERCHANT];
    const path: string[] = [];
    let at: string | null = category;
    while (at !== null && path.length <= limits.hierarchyLevelsMax) {
      const placing: Placing | undefined = parents.get(at);
      const crossed: string | undefined = placing === undefined ? crossing(at) : undefined;
      if (placing === undefined && crossed === undefined && hierarchy.length > 0) return undefined;
      path.push(at);
      at = placing === undefined ? (crossed ?? null) : placing.parent;
    }
    return [...path, WHOLE_MERCHANT];
  };
}

/** The category that a location's is the crossing of. */
function crossing(category: string): string | undefined {
  const place = category.lastIndexOf(LOCATION);
  return place > 0 ? category.slice(0, place) : undefined;
}

/** On every day from which something changes there must be neither an unknown parent nor a ring, nor too many levels. */
export function flawOf(hierarchy: readonly Placing[]): Flaw | undefined {
  const seen = new Set<string>();
  for (const [index, { category, parent, from }] of hierarchy.entries()) {
    const flaw = (what: string): Flaw => ({ index, what });
    if (from !== null && !isDay(from)) return flaw(`"${from}" is no day`);
    if (parent === category) return flaw(`"${category}" is its own parent`);
    if (seen.has(`${from}|${category}`)) return flaw(`"${category}" stands there twice for the same day`);
    seen.add(`${from}|${category}`);
  }
  const days = [...new Set(hierarchy.map(({ from }) => from ?? ''))].toSorted();
  if (days.length > limits.hierarchyMoveDaysMax)
    return { index: 0, what: `categories move on more than ${limits.hierarchyMoveDaysMax} days` };
  for (const day of days) {
    const flaw = flawOn(hierarchy, day);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function flawOn(hierarchy: readonly Placing[], day: string): Flaw | undefined {
  const parents = parentsOn(hierarchy, day);
  const levels = new Map<string, number>();
  const since = day === '' ? '' : ` on ${day}`;
  for (const [index, { category }] of hierarchy.entries()) {
    // It may come later than this day; but nothing that is there may stand below it.
    if (!parents.has(category)) continue;
    const what = chainFlaw(category, parents, levels);
    if (what !== undefined) return { index, what: what + since };
  }
  return undefined;
}

/** From a category to the first above it whose level is known; then all of them are. */
function chainFlaw(
  category: string,
  parents: ReadonlyMap<string, Placing>,
  levels: Map<string, number>,
): string | undefined {
  const chain: string[] = [];
  let at: string | null = category;
  while (at !== null && !levels.has(at)) {
    const placing = parents.get(at);
    if (placing === undefined) return `"${chain.at(-1)}" has the parent "${at}", which is not there`;
    if (chain.includes(at)) return `"${at}" is above itself`;
    chain.push(at);
    at = placing.parent;
  }
  const above = at === null ? 0 : (levels.get(at) ?? 0);
  for (const [depth, one] of chain.toReversed().entries()) levels.set(one, above + depth + 1);
  return above + chain.length > limits.hierarchyLevelsMax
    ? `"${category}" is below more than ${limits.hierarchyLevelsMax - 1} others`
    : undefined;
}
