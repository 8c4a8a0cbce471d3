/**
 * The generator's process for HTTP: each caller keeps a connection and has one request under way. Requests are made ahead and
 * answers are counted, not parsed: what the generator spends is missing in the figure, because it shares the machine.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Measurement } from '../src/load/measurement.ts';
import { HOLE, type HttpCall, type HttpPlan } from './http-plan.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('content-length: ');
const LENGTH_CAPITAL = Buffer.from('Content-Length: ');
const STATUS_AT = 'HTTP/1.1 '.length;
const STATUS_DIGITS = 3;
const DIGITS = 12;

interface Request {
  readonly bytes: Buffer;
  /** Where the hole is; below zero: it has none. */
  readonly keyAt: number;
}

function requestOf({ target }: HttpPlan, { method, path, headers, body }: HttpCall): Request {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers,
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
  return { bytes, keyAt: bytes.indexOf(HOLE) };
}

const run = Buffer.from(randomBytes((HOLE.length - DIGITS) / 2).toString('hex'));
let number = 0;

function writeKey(into: Buffer, at: number): void {
  into.set(run, at);
  number += 1;
  let rest = number;
  for (let digit = HOLE.length - 1; digit >= run.length; digit--) {
    into[at + digit] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Bytes of the first whole answer; 0 while it is not there yet. */
function answerLength(bytes: Buffer): number {
  const head = bytes.indexOf(END_OF_HEAD);
  if (head < 0) return 0;
  const at = Math.max(bytes.indexOf(LENGTH), bytes.indexOf(LENGTH_CAPITAL));
  if (at < 0 || at > head) throw new Error(`an answer without a length: ${bytes.toString('latin1', 0, head)}`);
  const length = Number.parseInt(bytes.toString('latin1', at + LENGTH.length, at + LENGTH.length + 10), 10);
  const end = head + END_OF_HEAD.length + length;
  return end <= bytes.length ? end : 0;
}

function isYes({ status }: HttpPlan, answer: Buffer): boolean {
  if (status === undefined) return answer[STATUS_AT] === 0x32;
  return Number(answer.toString('latin1', STATUS_AT, STATUS_AT + STATUS_DIGITS)) === status;
}

async function connected({ target: { host, port } }: HttpPlan): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function caller(socket: Socket, plan: HttpPlan, measurement: Measurement): Promise<void> {
  return new Promise((resolve) => {
    // A socket may still hold what it was given: nobody else writes into these bytes.
    const requests = plan.calls.map((call) => requestOf(plan, call));
    const { everyMs = 0 } = plan;
    let rest: Buffer = Buffer.alloc(0);
    let dueMs = performance.now() + Math.random() * everyMs;
    let fromMs = 0;
    const send = (sinceMs: number): void => {
      fromMs = sinceMs;
      if (measurement.claim(1, performance.now()) === 0) return void socket.destroy();
      const { bytes, keyAt } = requests[Math.floor(Math.random() * requests.length)]!;
      if (keyAt >= 0) writeKey(bytes, keyAt);
      socket.write(bytes);
    };
    const next = (nowMs: number): void => {
      if (everyMs === 0) return send(nowMs);
      // A timer that fires late is the generator's own fault; an answer that comes late is not.
      if (dueMs <= nowMs) send(dueMs);
      else setTimeout(() => send(performance.now()), dueMs - nowMs);
      dueMs += everyMs;
    };
    socket.on('data', (chunk: Buffer) => {
      const got = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = answerLength(got);
      rest = end === 0 ? got : got.subarray(end);
      if (end === 0) return;
      if (isYes(plan, got)) measurement.tally.ok += 1;
      else measurement.tally.refuse(refusalIn(got.toString('latin1', STATUS_AT, end)));
      const nowMs = performance.now();
      measurement.record(nowMs - fromMs, nowMs);
      next(nowMs);
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve());
    next(performance.now());
  });
}

/** Its status and its code, if it has one: answers to many requests are counted together. */
function refusalIn(answer: string): string {
  const code = /"(?:code|reason)":"([^"]*)"/.exec(answer)?.[1];
  return code === undefined ? answer : `${answer.slice(0, STATUS_DIGITS)} ${code}`;
}

// Written by http-load.ts.
const plan = JSON.parse(await text(process.stdin)) as HttpPlan;
// All are there before the first asks.
const sockets = await Promise.all(Array.from({ length: plan.callers }, () => connected(plan)));
const measurement = new Measurement(plan, performance.now());
await Promise.all(sockets.map((socket) => caller(socket, plan, measurement)));
process.stdout.write(JSON.stringify(measurement.result()), () => process.exit(0));
