/** Shows that a fact is in a batch without its neighbours: the hashes that stand beside its way up to the batch's root (B-06). */
import { sha256 } from './chain.ts';

/** A hash beside the way up, and on which side of it. */
export interface Sibling {
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/** The siblings of the leaf with this index, from the leaves up. An odd last one is carried up and has none at that level. */
export function siblingsOf(leaves: readonly string[], index: number): Sibling[] {
  const siblings: Sibling[] = [];
  let level = leaves;
  let at = index;
  while (level.length > 1) {
    const beside = at % 2 === 0 ? at + 1 : at - 1;
    const found = level[beside];
    if (found !== undefined) siblings.push({ side: beside < at ? 'left' : 'right', hash: found });
    level = above(level);
    at = Math.floor(at / 2);
  }
  return siblings;
}

function above(level: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let left = 0; left < level.length; left += 2) {
    const right = level[left + 1];
    pairs.push(right === undefined ? level[left]! : sha256(level[left]! + right));
  }
  return pairs;
}

/** The root that a leaf and its siblings lead to. */
export function rootOf(leaf: string, siblings: readonly Sibling[]): string {
  return siblings.reduce(
    (below, { side, hash: beside }) => sha256(side === 'left' ? beside + below : below + beside),
    leaf,
  );
}
