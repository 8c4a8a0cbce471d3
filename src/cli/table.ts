/** Tables for people: columns as wide as what stands in them, amounts as major.minor. */

export interface Column<T> {
  readonly title: string;
  readonly value: (item: T) => string;
  readonly right?: true;
}

type Shown = string | number | bigint | null | undefined;

export const column = <T>(title: string, pick: (item: T) => Shown): Column<T> => ({
  title,
  value: (item) => printable(pick(item)),
});

export const amountColumn = <T>(title: string, pick: (item: T) => number | bigint | null): Column<T> => ({
  title,
  value: (item) => majorMinor(pick(item)),
  right: true,
});

/** ORC has two decimals; JSON has minor units, and only people see this. */
export function majorMinor(units: number | bigint | null): string {
  if (units === null) return '-';
  const value = BigInt(units);
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Text of others must not move the cursor or colour the terminal. */
export function printable(value: Shown): string {
  return value === null || value === undefined || value === ''
    ? '-'
    : String(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** Pages of one table: the title stands once, and columns only grow. */
export class Table<T> {
  readonly #columns: readonly Column<T>[];
  #widths: readonly number[];
  #titled = false;

  constructor(columns: readonly Column<T>[]) {
    this.#columns = columns;
    this.#widths = columns.map(({ title }) => title.length);
  }

  rows(items: readonly T[]): string {
    const cells = items.map((item) => this.#columns.map(({ value }) => value(item)));
    this.#widths = this.#widths.map((width, i) => Math.max(width, ...cells.map((row) => row[i]?.length ?? 0)));
    const titles = this.#titled ? [] : [this.#columns.map(({ title }) => title)];
    this.#titled = true;
    return [...titles, ...cells].map((row) => this.#line(row)).join('');
  }

  #line(cells: readonly string[]): string {
    const padded = this.#columns.map(({ right }, i) => {
      const [cell = '', width = 0] = [cells[i], this.#widths[i]];
      return right === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${padded.join('  ').trimEnd()}\n`;
  }
}

/** One thing: a line per column. */
export function record<T>(item: T, columns: readonly Column<T>[]): string {
  const width = Math.max(...columns.map(({ title }) => title.length));
  return columns.map(({ title, value }) => `${title.padEnd(width)}  ${value(item)}\n`).join('');
}
