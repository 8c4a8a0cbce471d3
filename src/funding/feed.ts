/**
 * Receipts from a funding gateway's own feed (S-13): `GET <url>?after=<cursor>` answers `{"items":[receipt…],"next":cursor|null}`.
 * The cursor moves only when everything before it is in the inbox; a page that is read twice is received once.
 */
import * as z from 'zod';
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import { fundingFeeds } from '../settlement/funding-tables.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';
import { putIntoInbox } from './inbox.ts';

const page = z.object({
  items: z.array(z.unknown()).max(limits.pageItemsMax),
  next: z.string().min(1).max(limits.cursorCharactersMax).nullable(),
});

export interface FeedParts {
  readonly url: URL;
  readonly store: Pick<Store, 'submit' | 'rows'>;
  readonly nowMs: () => number;
  /** Told of every receipt that was refused, by its id as far as it has one. */
  readonly refused: (receiptId: string, code: string) => void;
  /** Told when the feed cannot be read, each time, and when it can be again. */
  readonly failed: (reason: string) => void;
  readonly available: () => void;
}

export class Feed {
  readonly #parts: FeedParts;
  /** The feed's address, without what may be a secret in its query. */
  readonly name: string;
  readonly #stopping = new AbortController();
  #failures = 0;
  #notBeforeMs = 0;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.name = parts.url.origin + parts.url.pathname;
  }

  /** Reads a page; true when there may be another. */
  async run(): Promise<boolean> {
    const { nowMs, failed, available } = this.#parts;
    if (nowMs() < this.#notBeforeMs) return false;
    const cursor = await this.#cursor();
    let read: z.infer<typeof page>;
    try {
      read = page.parse(JSON.parse(await this.#get(cursor)));
    } catch (error) {
      if (this.#stopping.signal.aborted) return false;
      const pauseMs = Math.min(limits.fundingRetryMsMin * 2 ** this.#failures++, limits.fundingRetryMsMax);
      this.#notBeforeMs = nowMs() + pauseMs;
      failed(reasonOf(error));
      return false;
    }
    if (this.#failures > 0) available();
    this.#failures = 0;
    return this.#take(read, cursor);
  }

  /** Ends what is under way. */
  stop(): void {
    this.#stopping.abort();
  }

  async #take({ items, next }: z.infer<typeof page>, cursor: string | undefined): Promise<boolean> {
    const { store, refused } = this.#parts;
    for (const item of items) {
      const reception = await putIntoInbox(store, item, 'feed');
      if (reception === 'later') return false;
      if (reception !== 'received') refused(idOf(item), reception.code);
    }
    if (next === null || next === cursor) return false;
    const { code } = await store.submit({ type: 'note-feed', feed: this.name, cursor: next });
    return code === null && items.length > 0;
  }

  async #cursor(): Promise<string | undefined> {
    return (await findRow(this.#parts.store, fundingFeeds, 'feed', this.name))?.cursor;
  }

  async #get(cursor: string | undefined): Promise<string> {
    const url = new URL(this.#parts.url);
    if (cursor !== undefined) url.searchParams.set('after', cursor);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limits.fundingAnswerMs)]);
    // Somewhere else is not where the operator sent us.
    const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    return textOf(response);
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined;
  if (body === undefined) return '';
  for await (const part of body) {
    bytes += part.length;
    if (bytes > limits.fundingAnswerBytesMax)
      throw new Error(`its answer is longer than ${limits.fundingAnswerBytesMax} bytes`);
    parts.push(part);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
}

const idOf = (item: unknown): string =>
  isObject(item) && typeof item['receipt_id'] === 'string'
    ? item['receipt_id'].slice(0, limits.shownCharactersMax)
    : '';

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'its answer is no page of receipts';
  if (error instanceof SyntaxError) return 'its answer is no JSON';
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
