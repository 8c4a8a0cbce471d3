/**
 * The generator's process for HTTP: each caller keeps a connection and has one request under way. Requests are made ahead and
 * answers are counted, not parsed: what the generator spends is missing in the figure, because it shares the machine.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Measurement } from '../src/load/measurement.ts';
import { HOLE, type HttpPlan } from './http-plan.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('content-length: ');
const LENGTH_CAPITAL = Buffer.from('Content-Length: ');
const STATUS_AT = 'HTTP/1.1 '.length;
const DIGITS = 12;

function requestOf({ target, path, headers, body }: HttpPlan): { readonly bytes: Buffer; readonly keyAt: number } {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
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

function caller(plan: HttpPlan, measurement: Measurement): Promise<void> {
  return new Promise((resolve) => {
    const { bytes, keyAt } = requestOf(plan);
    const out = Buffer.from(bytes);
    let rest: Buffer = Buffer.alloc(0);
    let sentMs = 0;
    const socket: Socket = connect({ host: plan.target.host, port: plan.target.port, noDelay: true });
    const send = (): void => {
      sentMs = performance.now();
      if (measurement.claim(1, sentMs) === 0) return void socket.destroy();
      if (keyAt >= 0) writeKey(out, keyAt);
      socket.write(out);
    };
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      const got = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = answerLength(got);
      rest = end === 0 ? got : got.subarray(end);
      if (end === 0) return;
      if (got[STATUS_AT] === 0x32) measurement.tally.ok += 1;
      else measurement.tally.refuse(got.toString('latin1', STATUS_AT, end));
      const nowMs = performance.now();
      measurement.record(nowMs - sentMs, nowMs);
      send();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve());
  });
}

// Written by http-load.ts.
const plan = JSON.parse(await text(process.stdin)) as HttpPlan;
const measurement = new Measurement(plan, performance.now());
await Promise.all(Array.from({ length: plan.callers }, () => caller(plan, measurement)));
process.stdout.write(JSON.stringify(measurement.result()), () => process.exit(0));
