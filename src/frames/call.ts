/** One request on a fresh socket, as the payment gateway calls its peers (P-02). */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FrameReader, frame } from '../wire/frame.ts';
import { parseRequest, type Request } from '../wire/request.ts';
import type { Address, Tls } from './server.ts';

/** What came back: an answer, or no answer within the time (refused, reset, cut off, too late): then nobody knows. */
export type Reply = Request | 'unanswered';

export interface Peer extends Address {
  readonly tls?: Tls;
}

/** Sends one request and waits for its answer, `timeoutMs` for everything from connecting on. Never rejects. */
export function call(peer: Peer, payload: string, timeoutMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const reader = new FrameReader();
    const socket = open(peer);
    const finish = (reply: Reply): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(() => finish('unanswered'), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      const { payloads, tooLarge } = reader.push(chunk);
      const [first] = payloads;
      if (first !== undefined) finish(parseRequest(first) ?? 'unanswered');
      else if (tooLarge) finish('unanswered');
    });
    socket.once('error', () => finish('unanswered'));
    socket.once('close', () => finish('unanswered'));
    socket.write(frame(payload));
  });
}

function open({ host, port, tls }: Peer): Socket {
  if (tls === undefined) return connectTcp({ host, port, noDelay: true });
  return connectTls({
    host,
    port,
    cert: tls.cert,
    key: tls.key,
    ca: tls.ca,
    minVersion: 'TLSv1.3',
    checkServerIdentity: () => undefined,
  });
}
