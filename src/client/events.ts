/** A stream of the server that goes on where it was when the connection broke: each event comes once, and none is left out. */
import { errorOf, PurserError, UnreachableError } from './errors.ts';
import { EventReader, type StreamEvent } from './event-lines.ts';
import { outgoing, waited, type Link } from './exchange.ts';
import { readJson } from './json.ts';
import { passingStatuses, pauseMs } from './repeating.ts';
import type { HttpRequest } from './request.ts';

/**
 * Ends only with the signal's reason, or when the server refuses or does not come back. With `after: 'end'` a break before
 * the first event begins at the end once more.
 */
export async function* eventsOf(link: Link, request: HttpRequest, signal: AbortSignal | undefined): AsyncGenerator {
  const { attemptsMax, streamAttemptsMax } = link.bounds;
  let last = '';
  let wasThere = false;
  for (let failures = 1; ; failures++) {
    let broken: Broken;
    try {
      for await (const event of connected(link, request, { last, signal })) {
        failures = 0;
        wasThere = true;
        if (event === undefined) continue;
        last = event.id;
        yield readJson(event.data);
      }
      // In good order, as a server does before it stops: another may be there already.
      broken = new Broken(new UnreachableError(link.url, new Error('the stream ended')));
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (!(error instanceof Broken)) throw error;
      broken = error;
    }
    const worthIt = failures < (wasThere ? streamAttemptsMax : attemptsMax);
    const pause = worthIt ? pauseMs(failures, broken.retryAfter, link.bounds) : undefined;
    if (pause === undefined) throw broken.told;
    await waited(pause, signal);
  }
}

/** Something that may be better in a moment. */
class Broken extends Error {
  readonly told: Error;
  readonly retryAfter: string | null;
  constructor(told: Error, retryAfter: string | null = null) {
    super(told.message);
    this.told = told;
    this.retryAfter = retryAfter;
  }
}

interface Connection {
  readonly last: string;
  readonly signal: AbortSignal | undefined;
}

/** Events of one connection; undefined for bytes, a sign of life. */
async function* connected(
  link: Link,
  request: HttpRequest,
  { last, signal }: Connection,
): AsyncGenerator<StreamEvent | undefined> {
  const resumed: Record<string, string> = last === '' ? {} : { 'Last-Event-ID': last };
  const { url, init } = outgoing(link, request, { Accept: 'text/event-stream', ...resumed });
  const watch = silenceWatch(link.bounds.silenceMs);
  const signals = signal === undefined ? [watch.signal] : [watch.signal, signal];
  try {
    const response = await link.fetch(url, { ...init, signal: AbortSignal.any(signals) });
    if (response.status !== 200) throw await refusalOf(response);
    const reader = new EventReader();
    for await (const text of textOf(response)) {
      watch.heard();
      yield undefined;
      yield* reader.read(text);
    }
  } catch (error) {
    if (signal?.aborted === true || error instanceof Broken || error instanceof PurserError) throw error;
    throw new Broken(
      new UnreachableError(link.url, watch.signal.aborted ? new Error('the stream fell silent') : error),
    );
  } finally {
    watch.end();
  }
}

const textOf = ({ body }: Response): AsyncIterable<string> | readonly string[] =>
  body?.pipeThrough(new TextDecoderStream()) ?? [];

async function refusalOf(response: Response): Promise<Error> {
  const text = await response.text();
  let body: unknown;
  try {
    body = readJson(text);
  } catch {
    body = undefined;
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const refusal = errorOf(response.status, body, { requestId, idempotencyKey: undefined });
  return passingStatuses.has(response.status) ? new Broken(refusal, response.headers.get('retry-after')) : refusal;
}

/** Cuts a connection that says nothing any more: without it a cable that was pulled would go unnoticed for ever. */
function silenceWatch(ms: number): { readonly signal: AbortSignal; heard(): void; end(): void } {
  const silence = new AbortController();
  const start = (): ReturnType<typeof setTimeout> => setTimeout(() => silence.abort(), ms);
  let timer = start();
  return {
    signal: silence.signal,
    heard() {
      clearTimeout(timer);
      timer = start();
    },
    end: () => clearTimeout(timer),
  };
}
