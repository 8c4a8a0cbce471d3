/** Text out of bytes that a stranger chose: caveats, locations, descriptions. */

/** Undefined for bytes that are no UTF-8; what is returned encodes to the same bytes again. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
