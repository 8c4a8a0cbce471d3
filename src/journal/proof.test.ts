/** A leaf and its siblings lead to the root that the chain has, and nothing else does. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { merkleRoot } from './chain.ts';
import { rootOf, siblingsOf } from './proof.ts';

const leavesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => hash('sha256', `fact ${i}`, 'hex'));

test('B-06: every leaf of batches of 1 to 33 facts has a way to the root, and only its own', () => {
  for (let count = 1; count <= 33; count++) {
    const leaves = leavesOf(count);
    const root = merkleRoot(leaves);
    for (const [index, leaf] of leaves.entries()) {
      const siblings = siblingsOf(leaves, index);
      assert.equal(rootOf(leaf, siblings), root, `${index} of ${count}`);
      assert.ok(siblings.length <= Math.ceil(Math.log2(count)), 'the way is no longer than the tree is high');
      if (count === 1) continue;
      assert.notEqual(rootOf(leaves[(index + 1) % count]!, siblings), root, 'another leaf');
      const [first, ...rest] = siblings;
      assert.notEqual(rootOf(leaf, rest), root, 'a sibling less');
      const turned = { hash: first!.hash, side: first!.side === 'left' ? 'right' : 'left' } as const;
      assert.notEqual(rootOf(leaf, [turned, ...rest]), root, 'the other side');
    }
  }
});
