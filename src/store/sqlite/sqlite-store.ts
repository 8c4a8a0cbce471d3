/** Gathers commands, decides them in groups, sends each group on to the writer thread at once, answers once it is committed. */
import type { DatabaseSync } from 'node:sqlite';
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import type { Decisions, Row } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import { decideBatch, refused, reportRefused } from '../deciding.ts';
import type { Outcome, RowQuery, Store, SumQuery, Sums } from '../store.ts';
import { flatFacts } from './append.ts';
import { leasesInMemory } from './leases.ts';
import { readBalances, readFactsAbout, readJournal, readLog, readOpenTransfers, readRows } from './reads.ts';
import { readBatchesFrom, readSums } from './read-sums.ts';
import { State, type Step } from './state.ts';
import type { WriterMessage, WriterReply } from './writer.ts';

/** A command and its caller. */
interface Waiting {
  readonly command: PaymentCommand;
  readonly answer: (outcome: Outcome) => void;
  /** Decided in a batch of its own: some command near it broke a batch, and this shows which. */
  readonly alone: boolean;
}

/** A decided group until it is committed. Without facts it waits for nothing but the groups before it. */
interface Decided {
  readonly waiting: readonly Waiting[];
  readonly outcomes: readonly Outcome[];
  readonly step: Step;
}

export interface SqliteParts {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly reader: DatabaseSync;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

export class SqliteStore implements Store {
  readonly leases = leasesInMemory();
  readonly #parts: SqliteParts;
  readonly #state: State;
  #queue: Waiting[] = [];
  #underWay: Decided[] = [];
  /** Commands in `#underWay`. */
  #uncommitted = 0;
  #epoch = 0;
  #scheduled = false;
  #sealing = false;
  #closing: { readonly idle: () => void; closed: () => void } | undefined;

  constructor(parts: SqliteParts) {
    this.#parts = parts;
    this.#state = new State(parts.reader, parts.decisions.transients);
    parts.port.on('message', (reply: WriterReply) => this.#heard(reply));
  }

  get waiting(): number {
    return this.#queue.length + this.#uncommitted;
  }

  submit(command: PaymentCommand): Promise<Outcome> {
    if (this.#closing !== undefined) return Promise.resolve(refused('unavailable'));
    if (this.#queue.length >= limits.storeQueueCommandsMax) return Promise.resolve(refused('overloaded'));
    return new Promise((answer) => {
      this.#queue.push({ command, answer, alone: false });
      // A full group goes off at once: the writer works on it while the rest of this turn's sockets are still being read.
      if (this.#queue.length >= limits.groupCommandsMax && this.#mayDecide()) this.#decideNext();
      else this.#schedule();
    });
  }

  knowsKey(key: string): Promise<boolean> {
    return Promise.resolve(this.#state.known(key) !== undefined);
  }

  balances(): ReturnType<Store['balances']> {
    return Promise.resolve(readBalances(this.#parts.reader));
  }

  log(page: { readonly after: bigint; readonly limit: number }): ReturnType<Store['log']> {
    return Promise.resolve(readLog(this.#parts.reader, page));
  }

  openTransfers(): ReturnType<Store['openTransfers']> {
    return Promise.resolve(readOpenTransfers(this.#parts.reader));
  }

  rows<R extends Row>(query: RowQuery<R>): Promise<readonly R[]> {
    return Promise.resolve(readRows(this.#parts.reader, query));
  }

  facts(page: Parameters<Store['facts']>[0]): ReturnType<Store['facts']> {
    return Promise.resolve(readJournal(this.#parts.reader, page));
  }

  factsAbout(page: Parameters<Store['factsAbout']>[0]): ReturnType<Store['factsAbout']> {
    return Promise.resolve(readFactsAbout(this.#parts.reader, page));
  }

  batches(page: Parameters<Store['batches']>[0]): ReturnType<Store['batches']> {
    return Promise.resolve(readBatchesFrom(this.#parts.reader, page));
  }

  sums<R extends Row>(query: SumQuery<R>): Promise<Sums> {
    return Promise.resolve(readSums(this.#parts.reader, query));
  }

  async close(): Promise<void> {
    const { port, reader, worker } = this.#parts;
    const closed = new Promise<void>((resolve) => {
      const idle = (): void => {
        // Before the writer closes: the last connection to leave folds the log into the database, and only a writer can.
        reader.close();
        this.#post({ kind: 'close' });
      };
      this.#closing = { idle, closed: resolve };
    });
    this.#leaveWhenIdle();
    await closed;
    port.close();
    await worker.terminate();
  }

  /** At the end of this turn of the event loop: whatever its sockets bring is one group, and a lone caller waits for nobody. */
  #schedule(): void {
    if (this.#scheduled || !this.#mayDecide()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#mayDecide()) this.#decideNext();
      if (this.#queue.length > 0) this.#schedule();
      this.#leaveWhenIdle();
    });
  }

  #mayDecide(): boolean {
    // Nothing is decided on top of a command that goes alone: of a commit that fails it must be clear who is to blame.
    if (this.#queue[0]?.alone === true || this.#underWay[0]?.waiting[0]?.alone === true)
      return this.#underWay.length === 0;
    return this.#uncommitted < limits.uncommittedCommandsMax;
  }

  #decideNext(): void {
    const waiting = this.#take();
    const { decisions, clock } = this.#parts;
    this.#state.mark();
    const { outcomes, facts } = decideBatch(
      decisions,
      waiting.map(({ command }) => command),
      this.#state,
      { nowMs: clock.nowMs(), uptimeMs: clock.uptimeMs(), lastAt: this.#state.lastAt, lastSeq: this.#state.lastSeq },
    );
    this.#underWay.push({ waiting, outcomes, step: this.#state.advance(facts) });
    this.#uncommitted += waiting.length;
    if (facts.length > 0) {
      this.#post({ kind: 'append', epoch: this.#epoch, facts: flatFacts(facts), writes: this.#state.writes() });
    }
    this.#settle(0);
  }

  #take(): Waiting[] {
    if (this.#queue[0]?.alone === true) return this.#queue.splice(0, 1);
    const apart = this.#queue.findIndex(({ alone }) => alone);
    return this.#queue.splice(0, Math.min(apart < 0 ? Infinity : apart, limits.groupCommandsMax));
  }

  #heard(reply: WriterReply): void {
    if (reply.kind === 'appended') this.#settle(reply.groups);
    else if (reply.kind === 'failed') this.#fail(reply.fault, reply.reason);
    else if (reply.kind === 'sealed') this.#sealed(reply.run, reply.filter);
    else this.#closing?.closed();
    if (this.#queue.length > 0) this.#schedule();
    this.#leaveWhenIdle();
  }

  /**
   * Answers the callers of so many groups with facts. A group without facts has nothing to commit; but its answers may tell
   * of groups before it, so it is answered right behind them.
   */
  #settle(committed: number): void {
    let settled = 0;
    for (const { waiting, outcomes, step } of this.#underWay) {
      if (step.keys.length > 0 && committed-- === 0) break;
      settled += 1;
      this.#uncommitted -= waiting.length;
      this.#state.settle(step);
      for (const [i, outcome] of outcomes.entries()) waiting[i]?.answer(outcome);
    }
    if (settled === 0) return;
    this.#underWay = this.#underWay.slice(settled);
    this.#sealWhenFull();
  }

  /** Everything on its way assumed that the failed commit would happen. */
  #fail(fault: 'disk' | 'command', reason: string): void {
    const waiting = this.#underWay.flatMap((group) => group.waiting);
    this.#underWay = [];
    this.#uncommitted = 0;
    this.#epoch += 1;
    this.#state.revert();
    const [first] = waiting;
    if (fault === 'disk') refuse(waiting, 'unavailable', reason);
    else if (first?.alone === true) refuse([first], 'internal', reason);
    // One bad command must not take its neighbours down: each in a commit of its own shows which one it is.
    else this.#queue.unshift(...waiting.map((each) => ({ ...each, alone: true })));
  }

  #sealWhenFull(): void {
    if (this.#sealing) return;
    const run = this.#state.fullRun();
    if (run === undefined) return;
    this.#sealing = true;
    this.#post({ kind: 'seal', run });
  }

  #sealed(run: number, filter: Uint8Array | undefined): void {
    this.#sealing = false;
    if (filter !== undefined) this.#state.sealed(run, filter);
  }

  #post(message: WriterMessage): void {
    this.#parts.port.postMessage(message);
  }

  #leaveWhenIdle(): void {
    if (this.#closing === undefined || this.#queue.length > 0 || this.#underWay.length > 0 || this.#sealing) return;
    this.#closing.idle();
    this.#closing = { ...this.#closing, idle: () => {} };
  }
}

function refuse(waiting: readonly Waiting[], code: 'unavailable' | 'internal', reason: string): void {
  reportRefused(code, reason);
  for (const { answer } of waiting) answer(refused(code));
}
