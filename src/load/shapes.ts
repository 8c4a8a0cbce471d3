/** The closed loops: whoever gets an answer asks again. A shape starts its callers; each tells when it has ended. */
import type { Socket } from 'node:net';
import { openLine } from './line.ts';
import type { Measurement } from './measurement.ts';
import type { Target } from './plan.ts';
import type { RequestWriter } from './requests.ts';

export interface Run {
  readonly target: Target;
  readonly requests: RequestWriter;
  readonly measurement: Measurement;
  /** Sockets to cut when answers stay out. */
  readonly sockets: Set<Socket>;
}

/** How often a caller tries to bring back what it moved, once the time is over. */
const RETURN_ATTEMPTS_MAX = 5;

/**
 * A kept connection with one request under way. When `returning`, it moves one unit there and back again, and ends only
 * when nothing is left on the other side.
 */
export function keptCaller(run: Run, returning: boolean): Promise<void> {
  return new Promise((resolve) => {
    const { measurement, requests } = run;
    // An answer means that the request before it has left: one buffer is enough.
    const out = Buffer.allocUnsafe(requests.bytes);
    let sentMs = 0;
    let away = false;
    let extras = 0;
    const send = (nowMs: number): void => {
      if (measurement.claim(1, nowMs) === 0) {
        if (!away || extras === RETURN_ATTEMPTS_MAX) {
          socket.destroy();
          return;
        }
        extras += 1;
        measurement.claimExtra();
      }
      if (returning) requests.writeRoute(away ? 1 : 0, out, 0);
      else requests.write(out, 0);
      sentMs = nowMs;
      socket.write(out);
    };
    const socket = openLine(run.target, measurement.tally, {
      replied(_, accepted) {
        const nowMs = performance.now();
        measurement.record(nowMs - sentMs, nowMs);
        if (returning && accepted > 0) away = !away;
        send(nowMs);
      },
      closed: resolve,
    });
    track(run, socket);
    socket.once('connect', () => send(performance.now()));
  });
}

/** A connection with `depth` requests under way: as many answers as come at once, so many requests go out in one write. */
export function pipelinedConnection(run: Run, depth: number): Promise<void> {
  return new Promise((resolve) => {
    const { measurement, requests } = run;
    /** When the requests under way were sent, as a ring. */
    const sentMs = new Float64Array(depth);
    let first = 0;
    let waiting = 0;
    const send = (count: number, nowMs: number): void => {
      const granted = measurement.claim(count, nowMs);
      if (granted > 0) {
        const out = Buffer.allocUnsafe(granted * requests.bytes);
        for (let i = 0; i < granted; i++) {
          requests.write(out, i * requests.bytes);
          sentMs[(first + waiting + i) % depth] = nowMs;
        }
        waiting += granted;
        socket.write(out);
      } else if (waiting === 0) socket.destroy();
    };
    const socket = openLine(run.target, measurement.tally, {
      replied(replies) {
        const nowMs = performance.now();
        for (let i = 0; i < replies; i++) measurement.record(nowMs - sentMs[(first + i) % depth]!, nowMs);
        first = (first + replies) % depth;
        waiting -= replies;
        send(replies, nowMs);
      },
      closed: resolve,
    });
    track(run, socket);
    socket.once('connect', () => send(depth, performance.now()));
  });
}

/** A socket for every request, as in the source's protocol; latency counts from before the connection is made. */
export function freshCaller(run: Run): Promise<void> {
  return new Promise((resolve) => {
    const { measurement, requests, sockets } = run;
    const out = Buffer.allocUnsafe(requests.bytes);
    const ask = (): void => {
      const sentMs = performance.now();
      if (measurement.claim(1, sentMs) === 0) {
        resolve();
        return;
      }
      let answered = false;
      const socket = openLine(run.target, measurement.tally, {
        replied() {
          answered = true;
          const nowMs = performance.now();
          measurement.record(nowMs - sentMs, nowMs);
          sockets.delete(socket);
          socket.destroy();
          ask();
        },
        closed() {
          sockets.delete(socket);
          // Without an answer the caller ends: a server that is gone must not be called in a tight loop.
          if (!answered) resolve();
        },
      });
      sockets.add(socket);
      requests.write(out, 0);
      socket.write(out);
    };
    ask();
  });
}

export function track({ sockets }: Run, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}
