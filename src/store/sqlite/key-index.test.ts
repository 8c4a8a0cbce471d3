/** The key index over real tables with small spans: whatever is sealed, reopened or collides, a key leads to its fact. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../../../test/rig/temporary-directory.ts';
import { openForReading, openForWriting } from './database.ts';
import { keyHash } from './key-hash.ts';
import { KeyIndex, SPAN_BITS } from './key-index.ts';
import { writeRun } from './key-runs.ts';

const SEED = 99;

/** A journal that grows, and the index over it. */
class Journal {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  readonly #spanBits: number;
  readonly #insert;
  index: KeyIndex;
  lastSeq = 0;

  constructor(spanBits: number) {
    const file = join(temporaryDirectory(), 'purser.db');
    this.writer = openForWriting(file);
    this.writer.exec('pragma synchronous = off');
    this.reader = openForReading(file);
    this.#spanBits = spanBits;
    this.#insert = this.writer.prepare(
      "insert into facts (seq, at, type, subject, key, body, mark) values (?, ?, 't', 's', ?, '{}', 0)",
    );
    this.index = new KeyIndex(this.reader, SEED, spanBits);
  }

  append(key: string | null): number {
    this.lastSeq += 1;
    this.#insert.run(this.lastSeq, this.lastSeq, key);
    if (key !== null) this.index.add(key, this.lastSeq);
    return this.lastSeq;
  }

  /** Seals one run if one is full. */
  seal(): boolean {
    const run = this.index.full(this.lastSeq);
    if (run === undefined) return false;
    this.index.sealed(run.run, writeRun(this.writer, run));
    return true;
  }

  reopen(): void {
    this.index = new KeyIndex(this.reader, SEED, this.#spanBits);
  }

  close(): void {
    this.reader.close();
    this.writer.close();
  }
}

suite('key index', () => {
  test('finds each key, sealed or not, before and after opening again', () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('keyed', 'keyed', 'without key') },
      { weight: 3, arbitrary: fc.constant('seal') },
      { weight: 1, arbitrary: fc.constant('reopen') },
    );
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      (spanBits, steps) => {
        const journal = new Journal(spanBits);
        const keys = new Map<string, number>();
        for (const [i, what] of steps.entries()) {
          if (what === 'seal') journal.seal();
          else if (what === 'reopen') journal.reopen();
          else if (what === 'without key') journal.append(null);
          else keys.set(`key ${i}`, journal.append(`key ${i}`));
          if (what !== 'seal' && what !== 'reopen') continue;
          for (const [key, seq] of keys) assert.equal(journal.index.find(key), seq, key);
          assert.equal(journal.index.find('key'), undefined);
        }
        journal.reopen();
        while (journal.seal());
        for (const [key, seq] of keys) assert.equal(journal.index.find(key), seq, key);
        journal.close();
      },
    );
    fc.assert(property, { seed: 18, numRuns: 12 });
  });

  test('goes through more runs than one group of the filter holds', () => {
    const journal = new Journal(1);
    const seqs = Array.from({ length: 70 }, (_, i) => journal.append(`key ${i}`));
    while (journal.seal());
    for (const index of [journal.index, new KeyIndex(journal.reader, SEED, 1)]) {
      for (const [i, seq] of seqs.entries()) assert.equal(index.find(`key ${i}`), seq);
      assert.equal(index.find('key 70'), undefined);
    }
    journal.close();
  });

  test('tells keys with the same hash apart, also when they fill several chunks', () => {
    const spanBits = 11;
    const journal = new Journal(spanBits);
    const wanted = 'wanted';
    const { high, low } = keyHash(wanted, SEED);
    const first = journal.append(wanted);
    while (journal.lastSeq < 2 ** spanBits - 1) journal.append(`other ${journal.lastSeq}`);
    // As if the keys of all these facts had the hash of the wanted one, which is the very first of them.
    const same = (BigInt(high) << 32n) | (BigInt(low) << BigInt(SPAN_BITS));
    const entries = BigUint64Array.from({ length: journal.lastSeq }, (_, i) => same | BigInt(i + 1));
    writeRun(journal.writer, { run: 0, entries });
    journal.reopen();
    assert.equal(journal.index.find(wanted), first);
    journal.close();
  });

  test('a hash that is there without its key is no find', () => {
    const journal = new Journal(1);
    journal.append('present');
    const { high, low } = keyHash('absent', SEED);
    const entry = (BigInt(high) << 32n) | (BigInt(low) << BigInt(SPAN_BITS)) | 1n;
    writeRun(journal.writer, { run: 0, entries: BigUint64Array.of(entry) });
    journal.reopen();
    assert.equal(journal.index.find('absent'), undefined);
    journal.close();
  });

  test('a run is offered for sealing only when all its facts are committed, and in order', () => {
    const journal = new Journal(2);
    for (let seq = 1; seq <= 2; seq++) journal.append(`key ${seq}`);
    assert.equal(journal.index.full(journal.lastSeq), undefined);
    for (let seq = 3; seq <= 8; seq++) journal.append(`key ${seq}`);
    assert.equal(journal.index.full(journal.lastSeq)?.run, 0);
    assert.throws(() => journal.index.sealed(1, new Uint8Array()), /in order/);
    assert.deepEqual([journal.seal(), journal.seal(), journal.seal()], [true, true, false]);
    assert.equal(journal.index.find('key 1'), 1);
    assert.equal(journal.index.find('key 8'), 8);
    journal.close();
  });
});
