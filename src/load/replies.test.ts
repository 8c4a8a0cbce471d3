/** Replies are counted right however the bytes are cut. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { frames } from '../wire/frame.ts';
import { ReplyReader, Tally } from './replies.ts';

const stream = frames([
  '{"ok":true,"tx_id":"tx-0000000001","src_balance":1,"dst_balance":2}',
  '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000002"}',
  '{"ok":true}',
  '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000003"}',
]);

suite('counting replies', () => {
  for (const size of [1, 2, 3, 7, 64, stream.length]) {
    test(`in pieces of ${size} bytes`, () => {
      const tally = new Tally();
      const reader = new ReplyReader(tally);
      const chunk = Buffer.alloc(size);
      let replies = 0;
      for (let at = 0; at < stream.length; at += size) {
        const length = stream.copy(chunk, 0, at, Math.min(at + size, stream.length));
        replies += reader.take(chunk, length);
      }
      assert.deepEqual([replies, tally.ok, tally.refused], [4, 2, 2]);
      assert.deepEqual([...tally.refusals], [['insufficient_funds', 2]]);
    });
  }
});
