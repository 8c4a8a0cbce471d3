/** Base64 in all four variants that clients send (L-02): either alphabet, with padding or without. */

const FORM = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/;
const GROUP = 4;

/** Undefined unless the text is the one way to write its bytes in its variant: no blanks, no mixed alphabets, no stray bits. */
export function decodeBase64(text: string): Buffer | undefined {
  const body = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text;
  if (!FORM.test(body) || (body !== text && text.length % GROUP !== 0)) return undefined;
  const bytes = Buffer.from(body, 'base64');
  return bytes.toString('base64url') === body.replaceAll('+', '-').replaceAll('/', '_') ? bytes : undefined;
}
