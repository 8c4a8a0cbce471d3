/** Cursors of lists: where a page ended, in a form that nobody is tempted to make up or to compute with. */
import { isArray, parseJson } from '../base/json.ts';

/** A cursor of one list is none of another: `list` names it. */
export function writeCursor(list: string, place: string): string {
  return Buffer.from(JSON.stringify([list, place])).toString('base64url');
}

/** The place that a cursor names, or undefined when it is none of this list. */
export function readCursor(list: string, cursor: string): string | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const value = parseJson(text);
  const place = isArray(value) ? value[1] : undefined;
  // Only what this function's twin wrote for this very list; base64 alone could be written in several ways.
  return typeof place === 'string' && writeCursor(list, place) === cursor ? place : undefined;
}
