/** Actuals as a file (B-26): a line per document, of one merchant. Wrong places are named by line and column. */
import { limits } from '../base/limits.ts';
import { actualKinds, type ActualKind } from './actuals.ts';
import { readCsv, type CsvError, type CsvRecord } from './csv.ts';
import { CATEGORY, CATEGORY_SAID } from './hierarchy.ts';

const needed = ['merchant_id', 'document_id', 'kind', 'amount_cents', 'period', 'occurred_at'] as const;
const further = ['category', 'decision_id'] as const;

type Field = (typeof needed)[number] | (typeof further)[number];
const header: readonly string[] = [...needed, ...further];

/** A document as it was told, in a file or in JSON. */
export interface ActualLine {
  readonly document_id: string;
  readonly kind: ActualKind;
  readonly amount_cents: bigint;
  readonly category: string | null;
  readonly period: string;
  readonly occurred_at: string;
  readonly decision_id: string | null;
}

export interface ActualsFile {
  readonly merchantId: string;
  readonly items: readonly ActualLine[];
}

const ID = /^[A-Za-z0-9:._-]{1,128}$/;
const ID_SAID = 'must be 1 to 128 characters of letters, digits and : . _ -';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** All lines of a file, or what is wrong with it: the first hundred places. */
export function readActualsFile(text: string): ActualsFile | { readonly errors: readonly CsvError[] } {
  const records = readCsv(text, limits.actualsMax + 1);
  if ('message' in records) return { errors: [records] };
  const [titles, ...rest] = records;
  const columns = new Map((titles?.fields ?? []).map((name, index) => [name.trim(), index + 1]));
  const wrong = titles === undefined ? [placeOf(1, 1, null, 'the file is empty')] : headerErrors(titles, columns);
  if (wrong.length > 0) return { errors: wrong };
  const errors: CsvError[] = [];
  const merchants = new Set<string>();
  const items = rest.map((record) => readLine(record, columns, errors, merchants));
  if (rest.length === 0) errors.push(placeOf(1, 1, null, 'the file has no lines'));
  if (errors.length > 0) return { errors: errors.slice(0, limits.fileErrorsToldMax) };
  return { merchantId: [...merchants][0] ?? '', items };
}

function placeOf(line: number, column: number, field: string | null, message: string): CsvError {
  return { line, column, field, message };
}

function headerErrors({ line, fields }: CsvRecord, columns: ReadonlyMap<string, number>): CsvError[] {
  const missing = needed.filter((name) => !columns.has(name));
  if (missing.length > 0)
    return missing.map((name) => placeOf(line, fields.length, name, `the column ${name} is missing`));
  return fields.flatMap((title, index) => {
    const name = title.trim();
    if (!header.includes(name))
      return [placeOf(line, index + 1, name.slice(0, limits.shownCharactersMax), 'there is no such column')];
    return columns.get(name) === index + 1 ? [] : [placeOf(line, index + 1, name, 'the column stands there twice')];
  });
}

function readLine(
  { line, fields }: CsvRecord,
  columns: ReadonlyMap<string, number>,
  errors: CsvError[],
  merchants: Set<string>,
): ActualLine {
  const value = (name: Field): string => fields[(columns.get(name) ?? 0) - 1] ?? '';
  const demand = (isRight: boolean, name: Field, message: string): void => {
    if (!isRight) errors.push(placeOf(line, columns.get(name) ?? fields.length, name, message));
  };
  if (fields.length !== columns.size)
    errors.push(placeOf(line, fields.length, null, `the line has ${fields.length} fields, not ${columns.size}`));
  const kind = actualKinds.find((each) => each === value('kind'));
  const cents = /^\d{1,16}$/.test(value('amount_cents')) ? Number(value('amount_cents')) : 0;
  merchants.add(value('merchant_id'));
  demand(ID.test(value('merchant_id')), 'merchant_id', ID_SAID);
  demand(merchants.size === 1, 'merchant_id', 'a file is about one merchant');
  demand(ID.test(value('document_id')), 'document_id', ID_SAID);
  demand(kind !== undefined, 'kind', `must be one of ${actualKinds.join(', ')}`);
  demand(Number.isSafeInteger(cents) && cents > 0, 'amount_cents', 'must be a whole number of cents from 1');
  demand(value('category') === '' || CATEGORY.test(value('category')), 'category', `must be ${CATEGORY_SAID}`);
  demand(value('period') !== '', 'period', 'must be a period as 2026-11');
  demand(isTime(value('occurred_at')), 'occurred_at', 'must be a time as 2026-11-21T12:00:00Z');
  demand(value('decision_id') === '' || ID.test(value('decision_id')), 'decision_id', ID_SAID);
  return {
    document_id: value('document_id'),
    kind: kind ?? 'receipt',
    amount_cents: BigInt(Number.isSafeInteger(cents) ? cents : 0),
    category: value('category') === '' ? null : value('category'),
    period: value('period'),
    occurred_at: value('occurred_at'),
    decision_id: value('decision_id') === '' ? null : value('decision_id'),
  };
}

const isTime = (text: string): boolean => TIME.test(text) && !Number.isNaN(Date.parse(text));
