/** Following by a list that is asked for again and again: nothing lost, nothing told twice, and a cursor that goes on behind it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { collect } from '../../test/rig/collect.ts';
import { cursorOf, Pause, polled, readCursor, readIndex, untilAborted, type Paid } from './following.ts';
import type { Settlement } from './node.ts';

const paid = (name: string, settledAtMs: number, receivedMsat = 1_000n): Paid => ({
  paymentHash: Buffer.from(name).toString('hex').padEnd(64, '0'),
  receivedMsat,
  settledAtMs,
});

/** A list, the latest first, that tells what it was asked for. */
class TestList {
  readonly backend = 'test';
  readonly asked: number[] = [];
  items: Paid[] = [];
  /** What happens before it is asked again; without more, following stops. */
  readonly next: (() => void)[] = [];
  readonly stop = new AbortController();

  since(sinceMs: number): Promise<readonly Paid[]> {
    this.asked.push(sinceMs);
    const found = this.items.filter(({ settledAtMs }) => settledAtMs >= sinceMs);
    return Promise.resolve(found.toReversed().toSorted((a, b) => b.settledAtMs - a.settledAtMs));
  }
  pause(): Promise<void> {
    const step = this.next.shift();
    if (step === undefined) this.stop.abort();
    step?.();
    return Promise.resolve();
  }
  async tell(cursor: string | null): Promise<Settlement[]> {
    return collect(polled(this, cursor, this.stop.signal));
  }
}

const namesOf = (told: readonly Settlement[]): string[] =>
  told.map(({ paymentHash }) => Buffer.from(paymentHash, 'hex').toString().replaceAll('\0', ''));

suite('following by a list', () => {
  test('everything once, in the order of settlement; among equals the first in the list comes last', async () => {
    const list = new TestList();
    list.items = [paid('b', 2_000), paid('a', 1_000), paid('c', 2_000)];
    list.next.push(() => list.items.push(paid('d', 3_000)));
    assert.deepEqual(namesOf(await list.tell(null)), ['a', 'b', 'c', 'd']);
    assert.equal(list.asked[0], 0);
  });

  test('one that shows up late is told; one that was told is not told again, also by who goes on from a cursor', async () => {
    const list = new TestList();
    list.items = [paid('a', 50_000), paid('b', 60_000)];
    const [, b] = await list.tell(null);
    const again = new TestList();
    again.items = [...list.items, paid('late', 51_000), paid('c', 60_000)];
    const told = await again.tell(b!.cursor);
    assert.deepEqual(namesOf(told), ['late', 'c']);
    assert.equal(again.asked[0], 50_000);
    const last = new TestList();
    last.items = again.items;
    assert.deepEqual(await last.tell(told.at(-1)!.cursor), []);
  });

  test('in the middle of a batch a cursor leads to the rest of it', async () => {
    const list = new TestList();
    list.items = [paid('a', 1_000), paid('b', 1_000), paid('c', 1_000)];
    const [first] = await list.tell(null);
    const again = new TestList();
    again.items = list.items;
    assert.deepEqual(namesOf(await again.tell(first!.cursor)), ['b', 'c']);
  });

  test('an invoice that is paid again is told again, with more', async () => {
    const list = new TestList();
    list.items = [paid('a', 1_000)];
    list.next.push(() => (list.items = [paid('a', 1_000, 2_000n)]));
    assert.deepEqual(
      (await list.tell(null)).map(({ receivedMsat }) => receivedMsat),
      [1_000n, 2_000n],
    );
  });

  test('a cursor stays short, however much comes at once: then some are told again, and none is lost', async () => {
    const list = new TestList();
    list.items = Array.from({ length: 1_000 }, (_, at) => paid(`n${at}`, 1_000));
    const told = await list.tell(null);
    assert.equal(told.length, 1_000);
    const { cursor } = told.at(-1)!;
    assert.ok(cursor.length < 8_000);
    const again = new TestList();
    again.items = [...list.items, paid('new', 1_000)];
    assert.ok(namesOf(await again.tell(cursor)).includes('new'));
  });

  test('what the list says wrong is an error; stopping is none', async () => {
    const list = new TestList();
    list.since = () => Promise.reject(new Error('broken'));
    await assert.rejects(list.tell(null), /broken/);
    const stuck = new TestList();
    stuck.since = () => new Promise(() => {});
    const ended = collect(untilAborted(stuck.stop.signal, polled(stuck, null, stuck.stop.signal)));
    stuck.stop.abort();
    assert.deepEqual(await ended, []);
    await assert.rejects(
      collect(untilAborted(new AbortController().signal, polled(list, null, list.stop.signal))),
      /broken/,
    );
  });

  test('cursors bear the name of their backend', () => {
    assert.equal(readCursor('lnd', cursorOf('lnd', 5n)), '5');
    assert.equal(readCursor('lnd', null), undefined);
    for (const wrong of ['cln 5', 'lnd', 'lnd ', 'lnd -5', 'lnd 5x', '5', '', 'lnd  5', `lnd ${'9'.repeat(21)}`]) {
      assert.throws(() => readCursor('lnd', wrong), { name: 'LightningRefused' }, wrong);
    }
    assert.equal(readIndex('lnd', 'lnd 5'), 5n);
    assert.equal(readIndex('lnd', null), 0n);
    assert.throws(() => readIndex('lnd', 'lnd 5 abc:1'), { name: 'LightningRefused' });
  });

  test('a pause ends when it is cut, also before it began, and fails when it is given up', async () => {
    const stop = new AbortController();
    await new Pause(0).wait(stop.signal);
    const pause = new Pause(3_600_000);
    const waiting = pause.wait(stop.signal);
    pause.cut();
    await waiting;
    await pause.wait(stop.signal);
    pause.arm();
    const given = pause.wait(stop.signal);
    stop.abort();
    await assert.rejects(given);
  });
});
