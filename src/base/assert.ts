/** Programmer errors crash, refusals are values: this is the one way to say "this cannot be". */

/** Throws when a condition that the code relies on does not hold; never used for bad input. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${what}`);
}
