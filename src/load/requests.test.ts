/** Frames made ahead must be what a client would send: valid JSON in valid frames, with keys that never repeat. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FrameReader } from '../wire/frame.ts';
import type { Requests } from './plan.ts';
import { RequestWriter } from './requests.ts';

function written(requests: Requests, count: number): Record<string, unknown>[] {
  const writer = new RequestWriter(requests);
  const bytes = Buffer.alloc(writer.bytes * count);
  for (let i = 0; i < count; i++) writer.write(bytes, i * writer.bytes);
  return new FrameReader().push(bytes).payloads.map((payload) => JSON.parse(payload.toString()) as never);
}

const balances = ['collection_pending', 'payout_available', 'ops'];

function sources(kind: Requests['sources']): unknown[] {
  return written({ sources: kind, balances, keys: 'random' }, 4).map((request) => request['src']);
}

suite('requests made ahead', () => {
  test('are complete TRANSFER requests', () => {
    const [request] = written({ sources: 'hot', balances, keys: 'random' }, 1);
    const { idempotency_key: key, ...rest } = request!;
    assert.deepEqual(rest, { op: 'TRANSFER', src: 'collection_pending', dst: 'payout_available', amount: 1 });
    assert.match(String(key), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('have keys that never repeat', () => {
    for (const keys of ['random', 'sequential'] as const) {
      const all = written({ sources: 'hot', balances, keys }, 5_000).map((request) => request['idempotency_key']);
      assert.equal(new Set(all).size, 5_000);
      assert.ok(all.every((key) => String(key).length === 36));
    }
  });

  test('of sequential keys ascend', () => {
    const all = written({ sources: 'hot', balances, keys: 'sequential' }, 200).map((request) =>
      String(request['idempotency_key']),
    );
    assert.deepEqual(all, all.toSorted());
  });

  test('spread over all sources, or go there and back', () => {
    assert.deepEqual(sources('uniform'), ['collection_pending', 'payout_available', 'ops', 'collection_pending']);
    assert.deepEqual(sources('returning').slice(0, 2), ['collection_pending', 'payout_available']);
  });
});
