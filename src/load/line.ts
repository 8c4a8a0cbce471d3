/** One connection of the generator: bytes out as they are, replies in as a count. It keeps no buffer of its own. */
import { connect, type Socket } from 'node:net';
import type { Target } from './plan.ts';
import { ReplyReader, type Tally } from './replies.ts';

/** Every connection reads into the same bytes: they are done with before the next one reads. */
const incoming = Buffer.allocUnsafe(256 * 1024);

export interface LineEvents {
  /** That many replies have just come, so many of them with a yes. */
  replied(replies: number, accepted: number): void;
  /** Nothing more will come. */
  closed(): void;
}

export function openLine(target: Target, tally: Tally, events: LineEvents): Socket {
  const reader = new ReplyReader(tally);
  const callback = (bytes: number): boolean => {
    const okBefore = tally.ok;
    const replies = reader.take(incoming, bytes);
    if (replies > 0) events.replied(replies, tally.ok - okBefore);
    return true;
  };
  const socket = connect({
    host: target.host,
    port: target.port,
    noDelay: true,
    onread: { buffer: incoming, callback },
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => events.closed());
  return socket;
}
