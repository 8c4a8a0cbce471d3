/** The fact stream without a network: what clients get, how they resume, and that nothing piles up for those that do not read. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limits } from '../../base/limits.ts';
import { journalOf, type MemoryJournal } from '../../../test/rig/journal-in-memory.ts';
import { FactFeed, type FeedStart } from './feed.ts';

/** Lets time pass by hand: what is to be called every so often is called when the test says so. */
class HandClock {
  readonly #calls = new Set<{ ms: number; call: () => void }>();

  readonly every = (ms: number, call: () => void): (() => void) => {
    const entry = { ms, call };
    this.#calls.add(entry);
    return () => void this.#calls.delete(entry);
  };

  get running(): number {
    return this.#calls.size;
  }

  pass(ms: number): void {
    for (const entry of this.#calls) if (entry.ms === ms) entry.call();
  }
}

class Client {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next piece as text; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : Buffer.from(value).toString();
  }

  async ids(): Promise<number[]> {
    return [...((await this.next()) ?? '').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

function stage(journal: MemoryJournal): {
  feed: FactFeed;
  clock: HandClock;
  open: (start?: Partial<FeedStart>) => Promise<Client>;
} {
  const clock = new HandClock();
  const feed = new FactFeed(journal, clock);
  return {
    feed,
    clock,
    async open(start = {}) {
      const stream = await feed.open({ after: 0, type: undefined, ...start });
      assert.ok(stream !== undefined);
      return new Client(stream);
    },
  };
}

/** Everything that promises have to do is done. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

suite('the fact stream', () => {
  test('past facts in pages, then those that are recorded while the client waits', async () => {
    const journal = journalOf(limits.streamPageFacts + 2);
    const { clock, open } = stage(journal);
    const client = await open();
    assert.equal((await client.ids()).length, limits.streamPageFacts);
    assert.equal((await client.ids()).length, 2);
    const waiting = client.ids();
    await settled();
    clock.pass(limits.streamPollMs);
    await settled();
    journal.append({}, {});
    clock.pass(limits.streamPollMs);
    assert.deepEqual(await waiting, [limits.streamPageFacts + 3, limits.streamPageFacts + 4]);
  });

  test('resumes behind the number that the client names, or at the end', async () => {
    const journal = journalOf(10);
    const { clock, open } = stage(journal);
    assert.deepEqual(await (await open({ after: 8 })).ids(), [9, 10]);
    const late = await open({ after: 'end' });
    const first = late.ids();
    await settled();
    journal.append({});
    clock.pass(limits.streamPollMs);
    assert.deepEqual(await first, [11]);
  });

  test('one type only, and other facts do not end the wait', async () => {
    const journal = journalOf(6, (seq) => ({ type: seq % 2 === 0 ? 'even' : 'odd' }));
    const { clock, open } = stage(journal);
    const client = await open({ type: 'even' });
    assert.deepEqual(await client.ids(), [2, 4, 6]);
    const next = client.ids();
    for (const type of ['odd', 'odd', 'even']) {
      await settled();
      journal.append({ type });
      clock.pass(limits.streamPollMs);
    }
    assert.deepEqual(await next, [9]);
  });

  test('each event is one line of JSON with the number as its id', async () => {
    const { open } = stage(journalOf(1));
    assert.match((await (await open()).next()) ?? '', /^id: 1\ndata: \{"seq":1,[^\n]+\}\n\n$/);
  });

  test('while nothing happens a comment shows that the server lives', async () => {
    const { clock, open } = stage(journalOf(0));
    const client = await open();
    const piece = client.next();
    await settled();
    clock.pass(limits.streamHeartbeatMs);
    assert.equal(await piece, ': alive\n\n');
  });

  test('nothing is read for a client that does not read', async () => {
    const journal = journalOf(10_000);
    const { open } = stage(journal);
    await open();
    await settled();
    assert.equal(journal.read, 0);
  });

  test('a client that takes nothing is cut; one that waits for facts is not', async () => {
    const journal = journalOf(3);
    const { feed, clock, open } = stage(journal);
    const stuck = await open();
    await stuck.ids();
    const waits = await open({ after: 3 });
    const next = waits.ids();
    await settled();
    clock.pass(limits.streamUnreadMs);
    clock.pass(limits.streamUnreadMs);
    await assert.rejects(stuck.next());
    assert.equal(feed.clients, 1);
    journal.append({});
    clock.pass(limits.streamPollMs);
    assert.deepEqual(await next, [4]);
  });

  test('one client too many is refused, and a place is free when one leaves', async () => {
    const { feed, clock, open } = stage(journalOf(0));
    const clients = await Promise.all(Array.from({ length: limits.streamClientsMax }, () => open()));
    assert.equal(await feed.open({ after: 0, type: undefined }), undefined);
    await clients[0]!.leave();
    const another = await open();
    assert.equal(feed.clients, limits.streamClientsMax);
    await Promise.all([another, ...clients.slice(1)].map((client) => client.leave()));
    assert.equal(clock.running, 0, 'nobody is left to look for');
  });

  test('ends every stream when the server drains, also of those that wait', async () => {
    const { feed, open } = stage(journalOf(1));
    const reads = await open();
    const waits = await open({ after: 1 });
    const next = waits.next();
    await settled();
    feed.close();
    assert.equal(await next, undefined);
    assert.equal(await reads.next(), undefined);
    assert.equal(feed.clients, 0);
    assert.equal(await feed.open({ after: 0, type: undefined }), undefined);
  });

  test('a journal that cannot be read ends the stream, and the client may come again', async () => {
    const journal = journalOf(1);
    const { feed, open } = stage({ ...journal, facts: () => Promise.reject(new Error('gone')) });
    const client = await open();
    await assert.rejects(client.next());
    assert.equal(feed.clients, 0);
  });
});
