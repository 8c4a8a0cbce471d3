/** One batch: decide every command on what is committed and what the commands before it changed, then commit it all at once. */
import type { DatabaseSync } from 'node:sqlite';
import type { Command, Decided, Decisions, Fact, KeyRecord, Row, Table, View } from '../../base/decision.ts';
import { INSTANT_NS, INSTANTS_PER_COMMAND } from '../../base/decision.ts';
import { invariant } from '../../base/assert.ts';
import { chainHash, factHash, factMark, merkleRoot } from '../../journal/chain.ts';
import type { Outcome } from '../store.ts';
import { readHead, readSeed, SQLITE, sqliteCode, type Head } from './database.ts';
import { BulkInsert } from './bulk-insert.ts';
import { KeyIndex } from './key-index.ts';
import { Rows } from './rows.ts';

const refusal = (code: string): Decided => ({ answer: `{"ok":false,"error":"${code}"}`, code });

export class Batches {
  readonly #db: DatabaseSync;
  readonly #decisions: Decisions;
  readonly #rows: Rows;
  readonly #keys: KeyIndex;
  readonly #readFact;
  readonly #insertFacts;
  readonly #insertBatch;
  readonly #begin;
  readonly #commit;
  #head: Head;
  /** What this batch appends: facts in order, and those with a key by key. */
  #facts: Fact[] = [];
  #instants: bigint[] = [];
  #keyed = new Map<string, KeyRecord>();

  constructor(db: DatabaseSync, decisions: Decisions) {
    this.#db = db;
    this.#decisions = decisions;
    this.#head = readHead(db);
    this.#rows = new Rows(db);
    this.#keys = new KeyIndex(db, readSeed(db));
    this.#readFact = db.prepare('select subject, request, answer from facts where seq = ?');
    this.#insertFacts = new BulkInsert(db, 'facts', [
      'seq',
      'at',
      'type',
      'subject',
      'key',
      'request',
      'answer',
      'body',
      'mark',
    ]);
    this.#insertBatch = db.prepare('insert into batches (first_seq, last_seq, root, chain) values (?, ?, ?, ?)');
    this.#begin = db.prepare('begin immediate');
    this.#commit = db.prepare('commit');
  }

  /** Never throws: a batch that cannot be committed changes nothing and is answered `unavailable`. */
  run(commands: readonly Command[]): Outcome[] {
    try {
      this.#keys.seal(this.#head.seq);
      return this.#attempt(commands);
    } catch (error) {
      if (!isConstraint(error)) return refuseAll(commands, 'unavailable', error);
      if (commands.length === 1) return refuseAll(commands, 'internal', error);
      // One bad command must not take its neighbours down: each on its own shows which one it is.
      return commands.flatMap((command) => this.run([command]));
    }
  }

  #attempt(commands: readonly Command[]): Outcome[] {
    for (const transient of this.#decisions.transients) transient.mark();
    const answers: Outcome[] = [];
    try {
      const now = process.hrtime.bigint() + WALL_MINUS_MONOTONIC;
      const earliest = this.#head.at + COMMAND_NS;
      let at = now > earliest ? now - (now % INSTANT_NS) : earliest;
      const nowMs = Number(now / 1_000_000n);
      for (const command of commands) {
        const { answer, code, replayed } = this.#decide(command, at, nowMs);
        answers.push({ answer, code, replayed: replayed === true });
        at += COMMAND_NS;
      }
      invariant(this.#facts.length > 0 || !this.#rows.changed, 'a projection changes only by a fact');
      if (this.#facts.length > 0) this.#append();
      return answers;
    } catch (error) {
      for (const transient of this.#decisions.transients) transient.revert();
      this.#rows.discard();
      throw error;
    } finally {
      this.#facts = [];
      this.#instants = [];
      if (this.#keyed.size > 0) this.#keyed = new Map();
    }
  }

  #decide(command: Command, at: bigint, nowMs: number): Decided {
    const decision = this.#decisions.byType[command.type];
    if (decision === undefined) return refusal('internal');
    const view: View = { known: this.#known, row: this.#row, at, nowMs };
    let decided: Decided;
    try {
      decided = decision.decide(command, view);
    } catch (error) {
      report('internal', error);
      return refusal('internal');
    }
    for (const fact of decided.facts ?? []) {
      this.#facts.push(fact);
      this.#instants.push(at);
      if (fact.key !== null) {
        invariant(!this.#keyed.has(fact.key), 'a key belongs to one fact');
        this.#keyed.set(fact.key, fact);
      }
    }
    for (const { table, row } of decided.changes ?? []) this.#rows.change(table, row);
    return decided;
  }

  /** One transaction, one sync. Memory follows only after the commit. */
  #append(): void {
    const firstSeq = this.#head.seq + 1;
    let seq = this.#head.seq;
    const leaves: string[] = [];
    this.#begin.run();
    try {
      for (const [i, { type, subject, key, request, answer, body }] of this.#facts.entries()) {
        seq += 1;
        const at = this.#instants[i]!;
        const leaf = factHash({ seq, at, type, subject, key, request, answer, body });
        leaves.push(leaf);
        this.#insertFacts.add(seq, at, type, subject, key, request, answer, body, factMark(leaf));
      }
      this.#insertFacts.flush();
      this.#rows.write();
      const root = merkleRoot(leaves);
      const chain = chainHash(this.#head.chain, { root, firstSeq, lastSeq: seq });
      this.#insertBatch.run(firstSeq, seq, root, chain);
      this.#commit.run();
      this.#head = { seq, at: this.#instants.at(-1)!, chain };
    } catch (error) {
      this.#insertFacts.clear();
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
    this.#rows.keep();
    for (const [i, { key }] of this.#facts.entries()) if (key !== null) this.#keys.add(key, firstSeq + i);
  }

  readonly #known = (key: string): KeyRecord | undefined => {
    const inBatch = this.#keyed.get(key);
    if (inBatch !== undefined) return inBatch;
    const seq = this.#keys.find(key);
    if (seq === undefined) return undefined;
    const fact = this.#readFact.get(seq);
    invariant(fact !== undefined, 'the key index points to facts');
    return {
      subject: String(fact['subject']),
      request: textOrNull(fact['request']),
      answer: textOrNull(fact['answer']),
    };
  };

  readonly #row = <R extends Row>(table: Table<R>, key: readonly string[]): R | undefined => this.#rows.get(table, key);
}

const COMMAND_NS = INSTANT_NS * INSTANTS_PER_COMMAND;

/** The system's clock read once; from there on the monotonic one, so that instants do not step back with the wall clock. */
const WALL_MINUS_MONOTONIC = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function refuseAll(commands: readonly Command[], code: string, error: unknown): Outcome[] {
  report(code, error);
  const { answer } = refusal(code);
  return commands.map(() => ({ answer, code, replayed: false }));
}

/** Not the disk's fault but some command's: a broken constraint, or a bug of ours. */
function isConstraint(error: unknown): boolean {
  return (sqliteCode(error) ?? SQLITE.CONSTRAINT) === SQLITE.CONSTRAINT;
}

function report(code: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`SERVICE name=store event=refused code=${code} reason=${JSON.stringify(reason)}\n`);
}
