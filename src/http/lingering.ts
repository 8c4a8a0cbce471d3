/**
 * Answers that come before the whole request has: a system that closes a socket while its peer still sends makes the peer throw
 * away what it has received, and that is the answer. So what still comes is read and dropped, for a while and up to a size; then
 * the connection is closed, or kept if it may be.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../base/limits.ts';

/** For every request, before anybody answers it. */
export function lingerBehind(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.headers['content-length'] === undefined && incoming.headers['transfer-encoding'] === undefined) return;
  // Before Node's own listener, which closes the socket when the connection is not kept.
  outgoing.prependOnceListener('finish', () => {
    if (!incoming.complete) linger(incoming);
  });
}

function linger(incoming: IncomingMessage): void {
  const { socket } = incoming;
  const bytesReadMax = socket.bytesRead + limits.httpLingerBytesMax;
  const destroySoon = socket.destroySoon.bind(socket);
  let isClosing = false;
  const over = (): void => {
    clearTimeout(late);
    socket.off('data', count);
    socket.destroySoon = destroySoon;
    if (isClosing || !incoming.complete) destroySoon();
  };
  const count = (): void => {
    if (socket.bytesRead > bytesReadMax) over();
  };
  const late = setTimeout(over, limits.httpLingerMs);
  // Our side ends at once, so the peer sees that nothing follows the answer.
  socket.destroySoon = () => {
    isClosing = true;
    socket.end();
  };
  socket.on('data', count);
  incoming.once('close', over);
  incoming.resume();
}
