/**
 * Budgets as a file (B-26): a line per budget, whose category is empty, and per allocation. What is exported can be imported
 * again: columns that only tell what became of a budget are left alone.
 */
import { limits } from '../base/limits.ts';
import { openToBuy, WHOLE_MERCHANT } from './bucket.ts';
import { budgetStatusOf } from './plan-wire.ts';
import { readCsv, writeCsv, type CsvError, type CsvRecord } from './csv.ts';
import { CATEGORY, CATEGORY_SAID } from './hierarchy.ts';
import type { Basis, BucketRow, PeriodRow } from './tables.ts';

const needed = ['merchant_id', 'period', 'category', 'amount_cents'] as const;
const further = ['basis', 'currency', 'holdback_cents'] as const;
const told = [
  'children_cents',
  'reserved_cents',
  'committed_cents',
  'received_cents',
  'adjusted_cents',
  'open_to_buy_cents',
  'status',
] as const;

type Needed = (typeof needed)[number];
type Field = Needed | (typeof further)[number];

const header: readonly string[] = [...needed, ...further, ...told];

export interface BudgetLine {
  readonly line: number;
  readonly merchantId: string;
  readonly period: string;
  readonly category: string;
  readonly amount: bigint;
  readonly holdback: bigint | null;
  readonly basis: Basis | null;
  readonly currency: string | null;
}

export interface BudgetFile {
  readonly lines: readonly BudgetLine[];
  /** The number of each column, from 1. */
  readonly columns: ReadonlyMap<string, number>;
}

/** All lines of a file, or what is wrong with it: the first hundred places. */
export function readBudgetFile(text: string): BudgetFile | { readonly errors: readonly CsvError[] } {
  const records = readCsv(text, limits.importLinesMax + 1);
  if ('message' in records) return { errors: [records] };
  const [titles, ...rest] = records;
  if (titles === undefined) return { errors: [{ line: 1, column: 1, field: null, message: 'the file is empty' }] };
  const columns = new Map(titles.fields.map((name, index) => [name.trim(), index + 1]));
  const errors = headerErrors(titles, columns);
  if (errors.length > 0) return { errors };
  const reader = new LineReader(columns, titles.fields.length);
  const lines = rest.flatMap((record) => reader.read(record) ?? []);
  if (reader.errors.length > 0) return { errors: reader.errors.slice(0, limits.fileErrorsToldMax) };
  if (lines.length === 0)
    return { errors: [{ line: titles.line, column: 1, field: null, message: 'the file has no lines' }] };
  return { lines, columns };
}

function headerErrors({ line, fields }: CsvRecord, columns: ReadonlyMap<string, number>): CsvError[] {
  const error = (column: number, field: string | null, message: string): CsvError => ({ line, column, field, message });
  const missing = needed.filter((name) => !columns.has(name));
  if (missing.length > 0) return missing.map((name) => error(fields.length, name, `the column ${name} is missing`));
  return fields.flatMap((title, index) => {
    const name = title.trim();
    if (!header.includes(name))
      return [error(index + 1, name.slice(0, limits.shownCharactersMax), 'there is no such column')];
    return columns.get(name) === index + 1 ? [] : [error(index + 1, name, 'the column stands there twice')];
  });
}

/** Reads lines one by one and remembers what is wrong with them. */
class LineReader {
  readonly errors: CsvError[] = [];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #seen = new Set<string>();
  #merchant: string | undefined;

  constructor(columns: ReadonlyMap<string, number>, width: number) {
    this.#columns = columns;
    this.#width = width;
  }

  read({ line, fields }: CsvRecord): BudgetLine | undefined {
    const found = this.errors.length;
    const wrong: Complaint = (field, message) => {
      const column = field === null ? fields.length : (this.#columns.get(field) ?? 1);
      this.errors.push({ line, column, field, message });
    };
    if (fields.length !== this.#width) {
      wrong(null, `the line has ${fields.length} fields, not ${this.#width}`);
      return undefined;
    }
    const value = (name: Field): string => fields[(this.#columns.get(name) ?? 0) - 1] ?? '';
    const place = this.#place(value, wrong);
    const terms = termsOf(value, wrong);
    const amount = centsOf(value('amount_cents'));
    // Only a plan of the merchant as a whole can come out below zero.
    if (amount === undefined || (amount < 0n && place.category !== WHOLE_MERCHANT)) wrong('amount_cents', NO_CENTS);
    if (this.errors.length > found || amount === undefined) return undefined;
    return { line, ...place, amount, ...terms };
  }

  /** Each place stands in a file once, and all of them are of one merchant. */
  #place(value: (name: Field) => string, wrong: Complaint): Pick<BudgetLine, 'merchantId' | 'period' | 'category'> {
    const [merchantId, period, category] = [value('merchant_id'), value('period'), value('category')];
    if (!MERCHANT.test(merchantId)) wrong('merchant_id', 'must be 1 to 128 characters of letters, digits and : . _ -');
    this.#merchant ??= merchantId;
    if (merchantId !== this.#merchant) wrong('merchant_id', 'a file is about one merchant');
    if (category !== WHOLE_MERCHANT && !CATEGORY.test(category)) wrong('category', `must be ${CATEGORY_SAID}`);
    const place = `${period}|${category}`;
    if (this.#seen.has(place)) wrong('category', 'the period has this category in a line before');
    this.#seen.add(place);
    return { merchantId, period, category };
  }
}

type Complaint = (field: Field | null, message: string) => void;

const MERCHANT = /^[A-Za-z0-9:._-]{1,128}$/;
const NO_CENTS = 'must be a whole number of cents';

function termsOf(
  value: (name: Field) => string,
  wrong: Complaint,
): Pick<BudgetLine, 'holdback' | 'basis' | 'currency'> {
  const [held, basis, currency] = [value('holdback_cents'), value('basis'), value('currency')];
  const holdback = held === '' ? null : (centsOf(held) ?? -1n);
  if (holdback !== null && holdback < 0n) wrong('holdback_cents', NO_CENTS);
  const isBasis = basis === 'cost' || basis === 'retail';
  if (basis !== '' && !isBasis) wrong('basis', 'must be cost or retail');
  if (currency !== '' && !/^[A-Z]{3}$/.test(currency))
    wrong('currency', 'must be a code of three capital letters as EUR');
  return { holdback, basis: isBasis ? basis : null, currency: currency === '' ? null : currency };
}

function centsOf(text: string): bigint | undefined {
  if (!/^-?\d{1,16}$/.test(text)) return undefined;
  return Number.isSafeInteger(Number(text)) ? BigInt(text) : undefined;
}

/** Buckets with the state of their periods, in the order given. */
export function writeBudgetFile(
  buckets: readonly { readonly bucket: BucketRow; readonly period: PeriodRow | undefined }[],
): string {
  const lines = buckets.map(({ bucket, period }) => [
    bucket.merchant_id,
    bucket.period,
    bucket.category,
    bucket.allocated_cents,
    period?.basis ?? null,
    period?.currency ?? null,
    bucket.holdback_cents,
    bucket.children_cents,
    bucket.reserved_cents,
    bucket.committed_cents,
    bucket.received_cents,
    bucket.adjusted_cents,
    openToBuy(bucket),
    budgetStatusOf(period),
  ]);
  return writeCsv([header, ...lines]);
}
