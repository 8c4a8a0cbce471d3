/**
 * One TCP connection: bytes in, frames out. Requests may be pipelined and are answered in order (P-02, R13); answers that
 * are ready in the same turn of the event loop leave in one write.
 */
import type { Socket } from 'node:net';
import { limits } from '../base/limits.ts';
import { FrameReader, frames } from '../wire/frame.ts';
import { INVALID_REQUEST, parseRequest, type Request } from '../wire/request.ts';

/** Answers one request with JSON text. */
export type Answer = (request: Request) => string | Promise<string>;

/** What all connections of a server hold together. */
export interface Budget {
  /** Bytes of unfinished frames. */
  bytes: number;
  /** Bytes of answers that the peers have not taken yet. */
  unreadBytes: number;
}

export const OVERLOADED = '{"ok":false,"error":"overloaded"}';
const INTERNAL = '{"ok":false,"error":"internal"}';

/** A request's place in the order of answers. */
interface Slot {
  answer: string | undefined;
}

export class Connection {
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #budget: Budget;
  readonly #reader = new FrameReader();
  /** Places of requests that are not written yet; those before `#head` are. */
  #slots: Slot[] = [];
  #head = 0;
  #flushing = false;
  /** Payloads that were read and wait to be taken, the next one first. */
  #backlog: Buffer[] = [];
  /** What follows once the backlog is taken: a refusal, or the end because the peer has ended. */
  #conclusion: (() => void) | undefined;
  #taking = false;
  /** No more requests are taken: the peer ended, was told off, or the server drains. */
  #deaf = false;
  #ended = false;
  #saidAnything = false;
  /** Since when the present silence, half frame or unread answer lasts. */
  #sinceMs: number;
  #unreadSinceMs: number | undefined;

  constructor(socket: Socket, answer: Answer, budget: Budget) {
    this.#socket = socket;
    this.#answer = answer;
    this.#budget = budget;
    this.#sinceMs = performance.now();
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#peerEnded());
    socket.on('drain', () => this.#takeBacklog());
    socket.on('close', () => this.#release());
    socket.on('error', () => socket.destroy());
  }

  /** Requests under way. */
  get pending(): number {
    return this.#slots.length - this.#head;
  }

  /** Applies the time limits; called about once a second. */
  sweep(nowMs: number): void {
    const unread = this.#socket.writableLength > 0;
    this.#unreadSinceMs = unread ? (this.#unreadSinceMs ?? nowMs) : undefined;
    const unreadForMs = nowMs - (this.#unreadSinceMs ?? nowMs);
    const forMs = nowMs - this.#sinceMs;
    if (unreadForMs > limits.unreadAnswerMs || (this.#ended && !unread && forMs > limits.lingerMs))
      this.#socket.destroy();
    else if (!this.#deaf && this.pending === 0 && this.#backlog.length === 0) this.#limitSilence(forMs);
  }

  /** Takes no more requests, answers those under way, then ends. */
  drain(): void {
    this.#deaf = true;
    this.#flush();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    // What still comes after a refusal is read and dropped, so that the refusal is not lost in a reset.
    if (this.#deaf || this.#conclusion !== undefined) return;
    const before = this.#reader.pendingBytes;
    const { payloads, tooLarge } = this.#reader.push(chunk);
    this.#budget.bytes += this.#reader.pendingBytes - before;
    // The first frame is timed from connecting on, a later one from its first byte.
    if (payloads.length > 0 || (before === 0 && this.#saidAnything)) this.#sinceMs = performance.now();
    for (const payload of payloads) this.#backlog.push(payload);
    if (tooLarge) this.#conclusion = () => this.#refuse(INVALID_REQUEST);
    else if (this.#budget.bytes > limits.unfinishedFrameBytesMax) this.#conclusion = () => this.#refuse(OVERLOADED);
    this.#takeBacklog();
  }

  /** Takes requests while there is room; a long backlog is taken over several turns, so that its answers can leave between. */
  #takeBacklog(): void {
    if (this.#taking || this.#deaf) return;
    let taken = 0;
    while (taken < this.#backlog.length && taken < limits.requestsPerTurnMax && !this.#full) {
      const request = parseRequest(this.#backlog[taken]!);
      if (request === undefined) return this.#refuse(INVALID_REQUEST);
      this.#saidAnything = true;
      this.#take(request);
      taken += 1;
    }
    this.#backlog = taken === this.#backlog.length ? [] : this.#backlog.slice(taken);
    if (this.#backlog.length === 0) this.#conclusion?.();
    else if (!this.#full) this.#takeLater();
    this.#regulate();
  }

  #takeLater(): void {
    this.#taking = true;
    setImmediate(() => {
      this.#taking = false;
      this.#takeBacklog();
    });
  }

  /** No request is under way: the peer has only so long for the first frame, the rest of one, or the next. */
  #limitSilence(forMs: number): void {
    const midFrame = this.#reader.pendingBytes > 0;
    if (!this.#saidAnything && forMs > limits.firstFrameMs) this.#refuse(INVALID_REQUEST);
    else if (midFrame && forMs > limits.frameMs) this.#refuse(INVALID_REQUEST);
    else if (forMs > limits.idleConnectionMs) this.drain();
  }

  #take(request: Request): void {
    const slot: Slot = { answer: undefined };
    this.#slots.push(slot);
    const settle = (answer: string): void => {
      slot.answer = this.#affordable(answer);
      if (this.#flushing) return;
      this.#flushing = true;
      // A tick after the last promise of this turn: all answers of one commit are in place by then.
      process.nextTick(() => this.#flush());
    };
    try {
      const answer = this.#answer(request);
      if (typeof answer === 'string') settle(answer);
      else answer.then(settle, () => settle(INTERNAL));
    } catch {
      settle(INTERNAL);
    }
  }

  /** Peers that ask for much and read nothing must not fill the memory: only large answers count, and those only read. */
  #affordable(answer: string): string {
    const large = answer.length > limits.largeAnswerBytes;
    return large && this.#budget.unreadBytes + answer.length > limits.unreadAnswerBytesTotalMax ? OVERLOADED : answer;
  }

  /** Answers input that is no request once, after the answers of the requests before it, and takes nothing more. */
  #refuse(answer: string): void {
    this.#deaf = true;
    this.#slots.push({ answer });
    this.#flush();
  }

  #peerEnded(): void {
    this.#conclusion ??= () => (this.#reader.pendingBytes > 0 ? this.#refuse(INVALID_REQUEST) : this.drain());
    this.#takeBacklog();
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#socket.destroyed || this.#ended) return;
    const ready: string[] = [];
    for (let slot = this.#slots[this.#head]; slot?.answer !== undefined; slot = this.#slots[this.#head]) {
      ready.push(slot.answer);
      this.#head += 1;
    }
    // Cut at times and not only when all are written: a busy connection always has some under way.
    if (this.#head === this.#slots.length || this.#head > limits.pipelineDepthMax) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    if (ready.length > 0) this.#write(frames(ready));
    if (this.#deaf && this.pending === 0) this.#end();
    else this.#takeBacklog();
  }

  #write(bytes: Buffer): void {
    this.#budget.unreadBytes += bytes.length;
    this.#socket.write(bytes, () => {
      this.#budget.unreadBytes -= bytes.length;
    });
    this.#sinceMs = performance.now();
  }

  #end(): void {
    this.#ended = true;
    this.#sinceMs = performance.now();
    this.#socket.resume();
    this.#socket.end();
  }

  /** Too many requests wait, or this peer does not read its answers, or all peers together do not. */
  get #full(): boolean {
    const unread = this.#socket.writableLength;
    const crowded = this.#budget.unreadBytes > limits.unreadAnswerBytesTotalMax && unread > 0;
    return this.pending >= limits.pipelineDepthMax || unread > limits.unreadAnswerBytesMax || crowded;
  }

  /** Reads no further while requests wait to be taken. */
  #regulate(): void {
    if (this.#deaf) return;
    const pause = this.#full || this.#backlog.length > 0;
    if (pause === this.#socket.isPaused()) return;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  #release(): void {
    this.#budget.bytes -= this.#reader.pendingBytes;
    this.#deaf = true;
  }
}
