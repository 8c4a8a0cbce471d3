/**
 * The yardstick, as a process of its own: parses each TRANSFER and answers in the form of a success, with the same frames and
 * one write per turn, and stores nothing. What a machine does here is what sockets and JSON cost before any promise is kept.
 */
import { createServer, type Socket } from 'node:net';
import { FrameReader, frames } from '../wire/frame.ts';

let number = 0;

function answer(payload: Buffer): string {
  const request: unknown = JSON.parse(payload.toString('utf8'));
  if (typeof request !== 'object' || request === null || !('amount' in request)) {
    return '{"ok":false,"error":"invalid_request"}';
  }
  number += 1;
  return `{"ok":true,"tx_id":"tx-${String(number).padStart(10, '0')}","src_balance":${1e12 - number},"dst_balance":${1e12 + number}}`;
}

function accept(socket: Socket): void {
  const reader = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    const { payloads } = reader.push(chunk);
    if (payloads.length > 0) socket.write(frames(payloads.map(answer)));
  });
  socket.on('error', () => socket.destroy());
}

const server = createServer({ noDelay: true }, accept);
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  process.stdout.write(`${JSON.stringify(server.address())}\n`);
});

// Whoever started it holds its standard input: the yardstick ends with its parent, however that ends.
process.stdin.on('end', () => process.exit(0)).resume();
