/**
 * Gathers commands, and decides and commits them batch by batch, each in its turn at the journal's head. While one batch is
 * on its way the next gathers. Callers hear only what is committed, and a commit of unknown fate is looked up first.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { reasonOf } from '../../base/failure.ts';
import type { Clock } from '../../base/clock.ts';
import type { Decisions, Row } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import { decideBatch, refused, reportRefused, type DecidedBatch } from '../deciding.ts';
import type { Leases, Outcome, RowQuery, Store, SumQuery, Sums } from '../store.ts';
import type { Head, RowWriter } from './append.ts';
import { faultOf } from './errors.ts';
import type { Line } from './line.ts';
import type { Readers } from './readers.ts';
import {
  isCommitted,
  knowsKey,
  readBalances,
  readFactsAbout,
  readJournal,
  readLog,
  readOpenTransfers,
  readRows,
} from './reads.ts';
import { readBatchesFrom, readSums } from './read-sums.ts';
import type { Session } from './session.ts';
import { State } from './state.ts';
import { Turn } from './turn.ts';
import { VelocityRows } from './velocity-rows.ts';

/** A command and its caller. */
interface Waiting {
  readonly command: PaymentCommand;
  readonly answer: (outcome: Outcome) => void;
  /** Decided in a batch of its own: some command near it broke a batch, and this shows which. */
  readonly alone: boolean;
  /** How often it was sent to the database, counting the next time. */
  readonly attempts: number;
}

/** A batch that is being carried through. */
interface Carried {
  readonly waiting: Waiting[];
  outcomes: readonly Outcome[];
  /** Where the journal ends with it, once it was sent. */
  sent: Head | undefined;
}

export interface PostgresParts {
  readonly line: Line;
  readonly readers: Readers;
  readonly leases: Leases;
  readonly writer: RowWriter;
  readonly decisions: Decisions;
  /** For durations in memory; and for the time of day, if the database's own is not to be used. */
  readonly clock: Pick<Clock, 'uptimeMs'> & Partial<Pick<Clock, 'nowMs'>>;
  /** Told how far the journal was when callers heard of it, also by a look at what others had written. */
  readonly acknowledged: (head: Head) => void;
  /** Ends what else holds connections. */
  readonly close: () => Promise<void>;
}

export class PostgresStore implements Store {
  readonly leases: Leases;
  readonly #parts: PostgresParts;
  readonly #state: State;
  /** Only if servers share their velocity windows. */
  readonly #velocity: VelocityRows | undefined;
  #queue: Waiting[] = [];
  /** The batch that is being carried through. */
  #carried: Carried | undefined;
  #working = false;
  /** The journal's end as this store left it: while it is still there, nobody else has written. */
  #head: Head | undefined;
  /** Somebody else wrote between the last two batches, so probably will again. */
  #contended = false;
  #closing: (() => void) | undefined;

  constructor(parts: PostgresParts) {
    this.#parts = parts;
    this.leases = parts.leases;
    const { decisions } = parts;
    this.#state = new State(decisions);
    this.#velocity = decisions.shared && new VelocityRows(decisions.shared);
  }

  get waiting(): number {
    return this.#queue.length + (this.#carried?.waiting.length ?? 0);
  }

  submit(command: PaymentCommand): Promise<Outcome> {
    if (this.#closing !== undefined || this.#parts.line.down) return Promise.resolve(refused('unavailable'));
    if (this.#queue.length >= limits.storeQueueCommandsMax) return Promise.resolve(refused('overloaded'));
    return new Promise((answer) => {
      this.#queue.push({ command, answer, alone: false, attempts: 1 });
      this.#start();
    });
  }

  knowsKey(key: string): Promise<boolean> {
    return this.#parts.readers.read((session) => knowsKey(session, key));
  }

  balances(): ReturnType<Store['balances']> {
    return this.#parts.readers.read(readBalances);
  }

  log(page: Parameters<Store['log']>[0]): ReturnType<Store['log']> {
    return this.#parts.readers.read((session) => readLog(session, page));
  }

  openTransfers(): ReturnType<Store['openTransfers']> {
    return this.#parts.readers.read(readOpenTransfers);
  }

  rows<R extends Row>(query: RowQuery<R>): Promise<readonly R[]> {
    return this.#parts.readers.read((session) => readRows(session, query));
  }

  facts(page: Parameters<Store['facts']>[0]): ReturnType<Store['facts']> {
    return this.#parts.readers.read((session) => readJournal(session, page));
  }

  factsAbout(page: Parameters<Store['factsAbout']>[0]): ReturnType<Store['factsAbout']> {
    return this.#parts.readers.read((session) => readFactsAbout(session, page));
  }

  batches(page: Parameters<Store['batches']>[0]): ReturnType<Store['batches']> {
    return this.#parts.readers.read((session) => readBatchesFrom(session, page));
  }

  sums<R extends Row>(query: SumQuery<R>): Promise<Sums> {
    return this.#parts.readers.read((session) => readSums(session, query));
  }

  async close(): Promise<void> {
    const idle = new Promise<void>((resolve) => (this.#closing = resolve));
    if (!this.#working) this.#closing?.();
    // A commit whose fate cannot be found out must not keep the process for ever; its callers get no answer.
    const late = new AbortController();
    await Promise.race([idle, wait(limits.drainMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    await this.#parts.line.close();
    await this.#parts.readers.close();
    await this.#parts.close();
  }

  #start(): void {
    if (this.#working) return;
    this.#working = true;
    // At the end of this turn of the event loop: whatever its sockets bring is one batch.
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const session = await this.#parts.line.session();
      if (session === undefined) this.#refuseAll('no connection to the database');
      else await this.#carry(session, this.#take(limits.postgresBatchCommandsMax));
    }
    this.#working = false;
    this.#closing?.();
  }

  #take(max: number): Waiting[] {
    if (this.#queue[0]?.alone === true) return this.#queue.splice(0, 1);
    const apart = this.#queue.findIndex(({ alone }) => alone);
    return this.#queue.splice(0, Math.min(apart < 0 ? Infinity : apart, max));
  }

  /** Carries a batch to its answers, or to the reason why it has none. */
  async #carry(session: Session, waiting: Waiting[]): Promise<void> {
    const batch: Carried = { waiting, outcomes: [], sent: undefined };
    this.#carried = batch;
    const { transients } = this.#parts.decisions;
    for (const transient of transients) transient.mark();
    const silence = setTimeout(() => session.cut('no answer from the database'), limits.postgresSilenceMs);
    try {
      await this.#commit(batch, session);
      this.#settle(batch);
    } catch (error) {
      clearTimeout(silence);
      await this.#recover(batch, session, error);
    } finally {
      clearTimeout(silence);
      this.#carried = undefined;
    }
  }

  async #commit(batch: Carried, session: Session): Promise<void> {
    const turn = this.#turn(session);
    const { waiting } = batch;
    const before = await turn.begin(commandsOf(waiting), this.#contended ? undefined : this.#head);
    this.#contended = this.#head !== undefined && this.#head.seq !== before.seq;
    const room = limits.postgresBatchCommandsMax - waiting.length;
    // The turn was long in coming: those who came meanwhile need not wait for the next one.
    if (this.#queue.length > waiting.length && room > 0 && waiting[0]?.alone === false) {
      const late = this.#take(room);
      waiting.push(...late);
      await turn.load(commandsOf(late));
    }
    const nowMs = this.#parts.clock.nowMs?.() ?? before.nowMs;
    const { outcomes, facts } = this.#decide(waiting, before, nowMs);
    batch.outcomes = outcomes;
    this.#head = before;
    this.#head = await turn.commit(before, { facts, nowMs }, (head) => (batch.sent = head));
  }

  #turn(session: Session): Turn {
    return new Turn(session, { state: this.#state, writer: this.#parts.writer, velocity: this.#velocity });
  }

  #decide(waiting: readonly Waiting[], { seq, at }: Head, nowMs: number): DecidedBatch {
    const { clock, decisions } = this.#parts;
    return decideBatch(decisions, commandsOf(waiting), this.#state, {
      nowMs,
      // Windows that servers share need a clock that they share.
      uptimeMs: this.#velocity === undefined ? clock.uptimeMs() : nowMs,
      lastAt: at,
      lastSeq: seq,
    });
  }

  #settle({ waiting, outcomes }: Carried): void {
    for (const transient of this.#parts.decisions.transients) transient.settle();
    this.#state.end(true);
    if (this.#head !== undefined) this.#parts.acknowledged(this.#head);
    for (const [i, outcome] of outcomes.entries()) waiting[i]?.answer(outcome);
  }

  /** The batch failed, as far as we have heard. */
  async #recover(batch: Carried, session: Session, error: unknown): Promise<void> {
    const fault = session.dead ? 'connection' : faultOf(error);
    if (fault === 'connection') {
      session.cut('the connection failed');
      const fate = await this.#fateOf(batch);
      if (fate === 'committed') return this.#settle(batch);
      // The store was closed before it found out: better no answer than a wrong one.
      if (fate === 'unknown') return;
    } else {
      await this.#turn(session)
        .rollback()
        .catch(() => {});
    }
    this.#revert();
    const reason = reasonOf(error);
    if (fault === 'command') this.#blame(batch.waiting, reason);
    else if (fault === 'database') refuse(batch.waiting, 'unavailable', reason);
    else await this.#again(batch.waiting, reason);
  }

  /** Was the batch committed, although we have not heard so? Waits for the database, because callers must not hear a guess. */
  async #fateOf({ sent }: Carried): Promise<'committed' | 'lost' | 'unknown'> {
    // Slots of a CHECK may have been committed. Then the next try finds them used: it errs to refuse.
    if (sent === undefined) return 'lost';
    for (;;) {
      // Nothing was sent of those who wait behind it: they need not wait for the database.
      if ((await this.#parts.line.session()) === undefined) this.#refuseAll('no connection to the database');
      const session = await this.#parts.line.sessionAtLast();
      if (session === undefined) return 'unknown';
      try {
        // Every new session has waited for the journal's head, so what our old one had begun has ended.
        if (!(await isCommitted(session, sent))) return 'lost';
        this.#head = sent;
        return 'committed';
      } catch {
        session.cut('the connection failed');
      }
    }
  }

  #revert(): void {
    for (const transient of this.#parts.decisions.transients) transient.revert();
    this.#state.end(false);
    this.#head = undefined;
  }

  /** One bad command must not take its neighbours down: each in a batch of its own shows which one it is. */
  #blame(waiting: readonly Waiting[], reason: string): void {
    if (waiting.length === 1) refuse(waiting, 'internal', reason);
    else this.#queue.unshift(...waiting.map((each) => ({ ...each, alone: true })));
  }

  /** They lost a race, or their connection: to the front of the queue, a bounded number of times. */
  async #again(waiting: readonly Waiting[], reason: string): Promise<void> {
    const isSpent = ({ attempts }: Waiting): boolean => attempts >= limits.postgresAttemptsMax;
    refuse(waiting.filter(isSpent), 'unavailable', reason);
    const rest = waiting.filter((each) => !isSpent(each));
    this.#queue.unshift(...rest.map((each) => ({ ...each, attempts: each.attempts + 1 })));
    // Chance keeps two servers from meeting again.
    await wait(Math.random() * limits.postgresRetryMsMax);
  }

  #refuseAll(reason: string): void {
    refuse(this.#queue.splice(0), 'unavailable', reason);
  }
}

function refuse(waiting: readonly Waiting[], code: 'unavailable' | 'internal', reason: string): void {
  if (waiting.length === 0) return;
  reportRefused(code, reason);
  for (const { answer } of waiting) answer(refused(code));
}

const commandsOf = (waiting: readonly Waiting[]): PaymentCommand[] => waiting.map(({ command }) => command);
