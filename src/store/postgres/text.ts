/**
 * PostgreSQL's text holds every character but NUL, and a caller's key or id may have one. So NUL is written `␀0` and the
 * rare sign `␀` itself `␀␀`: no two texts become one, and all others stand as they are.
 */

const ESCAPE = '\u2400';

/** Text as it is stored. JSON needs none of this: it never has a bare NUL. */
export function toStored(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text;
  return text.replaceAll(ESCAPE, ESCAPE + ESCAPE).replaceAll('\0', `${ESCAPE}0`);
}

export function fromStored(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replaceAll(/\u2400(.)/gs, (_, sign: string) => (sign === '0' ? '\0' : sign));
}
