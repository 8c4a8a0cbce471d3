/**
 * Frames on TCP (P-01): 4 bytes big-endian payload length, then UTF-8 JSON. Pure functions over bytes; sockets only feed them.
 */
import { limits } from '../base/limits.ts';

const HEADER_BYTES = 4;

/** One payload as a frame. */
export function frame(payload: string): Buffer {
  const bytes = Buffer.byteLength(payload);
  const out = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  out.writeUInt32BE(bytes, 0);
  out.write(payload, HEADER_BYTES, 'utf8');
  return out;
}

/** Many payloads as one buffer: one write per socket and batch is what makes pipelining fast. */
export function frames(payloads: readonly string[]): Buffer {
  let total = 0;
  for (const payload of payloads) total += HEADER_BYTES + payload.length * 3;
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (const payload of payloads) {
    const written = out.write(payload, at + HEADER_BYTES, 'utf8');
    out.writeUInt32BE(written, at);
    at += HEADER_BYTES + written;
  }
  return out.subarray(0, at);
}

/**
 * Collects bytes and hands out payloads. It judges a length before it keeps a byte of the body, and keeps chunks as they
 * come, so that a megabyte in small pieces is copied once and not once per piece.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #broken = false;

  /** Bytes of the unfinished frame. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk and returns the payloads it completes; `too_large` once a header announces more than the limit. */
  push(chunk: Buffer): { payloads: Buffer[]; tooLarge: boolean } {
    const payloads: Buffer[] = [];
    if (this.#broken) return { payloads, tooLarge: true };
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (;;) {
      const length = this.#announced();
      if (length === undefined) return { payloads, tooLarge: false };
      if (length > limits.framePayloadBytesMax) {
        this.#broken = true;
        this.#chunks = [];
        this.#bytes = 0;
        return { payloads, tooLarge: true };
      }
      if (this.#bytes < HEADER_BYTES + length) return { payloads, tooLarge: false };
      const whole = this.#joined();
      payloads.push(whole.subarray(HEADER_BYTES, HEADER_BYTES + length));
      const rest = whole.subarray(HEADER_BYTES + length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
    }
  }

  #announced(): number | undefined {
    if (this.#bytes < HEADER_BYTES) return undefined;
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= HEADER_BYTES) return first.readUInt32BE(0);
    return this.#joined().readUInt32BE(0);
  }

  #joined(): Buffer {
    const only = this.#chunks[0];
    if (only !== undefined && this.#chunks.length === 1) return only;
    const whole = Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [whole];
    return whole;
  }
}
