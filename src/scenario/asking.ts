/** One request on a fresh socket, and the answer's text byte for byte: a retry must hear the same bytes again. */
import { connect } from 'node:net';
import type { Address } from '../frames/server.ts';
import { FrameReader, frame } from '../wire/frame.ts';

/** No answer: refused, reset, cut off or too late. Nobody knows whether the request took effect. */
export const NO_ANSWER = undefined;

/** Never rejects. Giving up closes the socket; what was sent may still arrive. */
export function ask(address: Address, payload: string, timeoutMs: number): Promise<string | typeof NO_ANSWER> {
  return new Promise((resolve) => {
    const reader = new FrameReader();
    const socket = connect({ ...address, noDelay: true });
    const finish = (answer: string | typeof NO_ANSWER): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(NO_ANSWER), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      const { payloads, tooLarge } = reader.push(chunk);
      const [first] = payloads;
      if (first !== undefined) finish(first.toString('utf8'));
      else if (tooLarge) finish(NO_ANSWER);
    });
    socket.once('error', () => finish(NO_ANSWER));
    socket.once('close', () => finish(NO_ANSWER));
    socket.write(frame(payload));
  });
}

/** Runs `work` for each item, at most `concurrency` at a time, in the order of the list. */
export async function inParallel<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}
