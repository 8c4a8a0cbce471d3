/** Comma-separated values as RFC 4180 has them: what is read keeps its place in the file, so that errors can name it. */

/** One record. Lines count from 1, and a quoted field may hold line ends. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Where a file is not what it should be; columns are fields, from 1. */
export interface CsvError {
  readonly line: number;
  readonly column: number;
  /** The column's name, where there is one. */
  readonly field: string | null;
  readonly message: string;
}

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * All records of a text, empty lines left out, or the first place where it is no CSV, or where there are too many. Line ends
 * may be CRLF or LF.
 */
export function readCsv(text: string, recordsMax: number): readonly CsvRecord[] | CsvError {
  const source = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const records: CsvRecord[] = [];
  // One field with what ends it: a comma, a line end, or the end of the file.
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  let line = 1;
  let begun = { line, fields: [] as string[] };
  while (field.lastIndex < source.length || begun.fields.length > 0) {
    const found = field.exec(source);
    if (found === null) return broken(source, line, begun.fields.length + 1);
    const [whole, quoted, plain = '', end = ''] = found;
    begun.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (begun.fields.length > 1 || begun.fields[0] !== '') records.push(begun);
    if (records.length > recordsMax)
      return { line: begun.line, column: 1, field: null, message: `a file has ${recordsMax} records at most` };
    begun = { line, fields: [] };
  }
  return records;
}

function broken(source: string, line: number, column: number): CsvError {
  const isOpen = source.split('"').length % 2 === 0;
  const message = isOpen
    ? 'a quote is opened and never closed'
    : 'a quote may only open and close a whole field, and a line ends with LF or CRLF';
  return { line, column, field: null, message };
}

/** With CRLF behind each record. */
export function writeCsv(records: readonly (readonly (string | number | bigint | null)[])[]): string {
  return records.map((fields) => `${fields.map(fieldText).join(',')}\r\n`).join('');
}

function fieldText(value: string | number | bigint | null): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
