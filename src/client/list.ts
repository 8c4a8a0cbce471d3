/** A list of the server: its items one by one, or page by page. Nothing is asked for before somebody wants it. */

export interface Page<T> {
  readonly items: readonly T[];
  /** Goes on behind this page; null at the end. */
  readonly next_cursor: string | null;
}

/** `for await (const hold of purser.listHolds())` goes through all of them, asking for page after page. */
export interface List<T> extends AsyncIterable<T> {
  /** The one page that was asked for. */
  page(): Promise<Page<T>>;
  /** This page and all behind it. */
  pages(): AsyncIterable<Page<T>>;
}

/** `read` reads one page: the one behind a cursor, or undefined for the one that the caller asked for. */
export function listOf<T>(read: (cursor: string | undefined) => Promise<Page<T>>): List<T> {
  async function* pages(): AsyncGenerator<Page<T>> {
    let cursor: string | undefined;
    do {
      const page = await read(cursor);
      yield page;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
  return {
    page: () => read(undefined),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
}
