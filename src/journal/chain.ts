/**
 * The journal's proof. Each commit batch has the root of a Merkle tree over its facts and a hash that chains it to the
 * batch before: an edit, a gap or a cut is found, and one fact can be shown with sibling hashes instead of its neighbours.
 * Everything hashed is text, and every hash is SHA-256 in lower-case hex, so that `sha256sum` re-checks any step.
 */
import { hash } from 'node:crypto';
import type { Fact } from '../base/decision.ts';

/** A fact with its place in the journal, as it is hashed. */
export interface HashedFact extends Fact {
  readonly seq: number;
  /** Nanoseconds. */
  readonly at: bigint;
}

/** What the first batch is chained to. */
export const GENESIS = '0'.repeat(64);

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/**
 * A leaf is the hash of this text: a JSON array with the fact's columns in order. `at` stands in it as text, because it is larger than a
 * double holds; `request`, `answer` and `body` are JSON already and stand in it as they are.
 */
export function factText(fact: HashedFact): string {
  const { seq, at, type, subject, key, request, answer, body } = fact;
  return `[${seq},"${at}",${JSON.stringify(type)},${JSON.stringify(subject)},${JSON.stringify(key)},${request},${answer},${body}]`;
}

export const factHash = (fact: HashedFact): string => sha256(factText(fact));

/**
 * The root over leaves in order: each level hashes pairs of the one below (left + right, 128 hex characters), an odd last
 * one is carried up as it is. A leaf's text begins with `[` and a node's with a hex digit, so neither can pass for the other.
 */
export function merkleRoot(leaves: readonly string[]): string {
  let level = leaves;
  while (level.length > 1) {
    const above: string[] = [];
    for (let left = 0; left < level.length; left += 2) above.push(pairHash(level[left]!, level[left + 1]));
    level = above;
  }
  return level[0] ?? GENESIS;
}

function pairHash(left: string, right: string | undefined): string {
  return right === undefined ? left : sha256(left + right);
}

/** The chain hash of a batch over the one before it. */
export function chainHash(
  previous: string,
  batch: { readonly root: string; readonly firstSeq: number; readonly lastSeq: number },
): string {
  return sha256(JSON.stringify([previous, batch.root, batch.firstSeq, batch.lastSeq]));
}

/** The first 48 bits of a fact's hash: kept beside the fact, so that a verifier names the record and not only its batch. */
export function factMark(leaf: string): number {
  return Number.parseInt(leaf.slice(0, 12), 16);
}
