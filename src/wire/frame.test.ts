/** Frames (P-01): however the network cuts the bytes, the same payloads come out, and a length is judged before its body. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { FrameReader, frame, frames } from './frame.ts';

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

const texts = (payloads: readonly Buffer[]): string[] => payloads.map((payload) => payload.toString('utf8'));

suite('P-01 writing', () => {
  const rows: readonly [payload: string, hex: string][] = [
    ['', '00000000'],
    ['{}', '000000027b7d'],
    ['é', '00000002c3a9'],
    ['😀', '00000004f09f9880'],
  ];
  for (const [payload, hex] of rows) {
    test(`${JSON.stringify(payload)} is ${hex}`, () => {
      assert.equal(frame(payload).toString('hex'), hex);
      assert.equal(frames([payload]).toString('hex'), hex);
    });
  }

  test('many payloads as one buffer are their frames in a row', () => {
    const payloads = ['{"a":1}', '', 'é'.repeat(300), '{}'];
    assert.deepEqual(Buffer.from(frames(payloads)), Buffer.concat(payloads.map(frame)));
    assert.equal(frames([]).length, 0);
  });
});

suite('P-01 reading', () => {
  test('any cut of the bytes gives the same payloads, and nothing is left over', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    const property = fc.property(fc.array(fc.string({ unit: 'grapheme' })), cuts, (payloads, sizes) => {
      const bytes = Buffer.concat(payloads.map(frame));
      const reader = new FrameReader();
      const read: string[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length]!;
        const { payloads: completed, tooLarge } = reader.push(bytes.subarray(at, at + size));
        assert.equal(tooLarge, false);
        read.push(...texts(completed));
        at += size;
      }
      assert.deepEqual(read, payloads);
      assert.equal(reader.pendingBytes, 0);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  test('a frame of exactly the largest size is read, byte by byte at its ends', () => {
    const payload = 'x'.repeat(limits.framePayloadBytesMax);
    const bytes = frame(payload);
    const reader = new FrameReader();
    for (let at = 0; at < 6; at++) assert.deepEqual(reader.push(bytes.subarray(at, at + 1)).payloads, []);
    assert.deepEqual(reader.push(bytes.subarray(6, -1)).payloads, []);
    assert.deepEqual(texts(reader.push(bytes.subarray(-1)).payloads), [payload]);
  });

  const oversized: readonly [what: string, length: number][] = [
    ['one byte more than the limit', limits.framePayloadBytesMax + 1],
    ['2 GiB', 2 ** 31],
    ['the largest number', 2 ** 32 - 1],
    ['the start of an HTTP request', Buffer.from('GET ').readUInt32BE()],
  ];
  for (const [what, length] of oversized) {
    test(`${what} is refused on its header, and nothing is kept`, () => {
      const reader = new FrameReader();
      assert.deepEqual(reader.push(header(length).subarray(0, 3)), { payloads: [], tooLarge: false });
      assert.deepEqual(reader.push(header(length).subarray(3)), { payloads: [], tooLarge: true });
      assert.deepEqual(reader.push(frame('{}')), { payloads: [], tooLarge: true });
      assert.equal(reader.pendingBytes, 0);
    });
  }

  test('payloads before an oversized frame are still handed out', () => {
    const reader = new FrameReader();
    const { payloads, tooLarge } = reader.push(Buffer.concat([frame('{}'), frame('[]'), header(2 ** 30)]));
    assert.deepEqual(texts(payloads), ['{}', '[]']);
    assert.equal(tooLarge, true);
  });

  test('it says how much of an unfinished frame it holds', () => {
    const reader = new FrameReader();
    reader.push(Buffer.concat([frame('{}'), header(10), Buffer.from('abc')]));
    assert.equal(reader.pendingBytes, 7);
  });
});
