/** Journal. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Fact {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly subject: string;
  readonly key: string | null;
  readonly body: unknown;
}

export interface JournalOperations {
  /**
   * `GET /v1/facts`: Facts in the order in which they were recorded. Numbers (`seq`) have no gaps, and a fact
   * never shows before those with smaller numbers. `after` is the number of the last fact seen; `cursor` does the
   * same. With `type` a page may be short or empty while `next_cursor` goes on.
   */
  listFacts: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly after?: number | undefined;
      readonly type?: string | undefined;
    };
    readonly answer: Fact;
  };

  /**
   * `GET /v1/facts/stream`: Facts as server-sent events, past and future. Each event has the number of its fact as
   * `id` and the fact as `data`. `Last-Event-ID` (or `after`) is the last number seen; `after=end` begins with
   * what is recorded from now on. Without either the journal is sent from its beginning. While there is nothing
   * new a comment line comes every so often.
   */
  streamFacts: {
    readonly input: {
      /** the number of the last fact seen, or `end` */
      readonly after?: 'end' | number | undefined;
      readonly type?: string | undefined;
    };
    readonly answer: Fact;
  };
}

export const journalOperations = {
  listFacts: { method: 'GET', path: '/v1/facts', kind: 'list' },
  streamFacts: { method: 'GET', path: '/v1/facts/stream', kind: 'events' },
} as const;
