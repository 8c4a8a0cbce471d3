/** Counts replies in a stream of bytes without parsing them: length, then the letter after "ok": in `{"ok":true` or `{"ok":false`. */

const HEADER_BYTES = 4;
const TRUE_AT = HEADER_BYTES + '{"ok":'.length;
const LETTER_T = 't'.charCodeAt(0);
const LETTER_O = 'o'.charCodeAt(0);

/** Yes and no over all connections of a run. */
export class Tally {
  ok = 0;
  refused = 0;
  readonly refusals = new Map<string, number>();

  refuse(payload: string): void {
    this.refused += 1;
    const code = /"error":"([^"]*)"/.exec(payload)?.[1] ?? payload.slice(0, 60);
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}

/** The replies of one connection. */
export class ReplyReader {
  readonly #tally: Tally;
  /** The beginning of a reply whose end is still to come. */
  #rest: Buffer | undefined;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Takes the first `length` bytes of a chunk, which may be overwritten afterwards; returns how many replies they complete. */
  take(chunk: Buffer, length: number): number {
    let bytes = chunk;
    let end = length;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      end = bytes.length;
      this.#rest = undefined;
    }
    let at = 0;
    let replies = 0;
    while (end - at >= HEADER_BYTES) {
      const next = at + HEADER_BYTES + bytes.readUInt32BE(at);
      if (next > end) break;
      if (bytes[at + TRUE_AT] === LETTER_T && bytes[at + HEADER_BYTES + 2] === LETTER_O) this.#tally.ok += 1;
      else this.#tally.refuse(bytes.toString('utf8', at + HEADER_BYTES, next));
      replies += 1;
      at = next;
    }
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at, end));
    return replies;
  }
}
