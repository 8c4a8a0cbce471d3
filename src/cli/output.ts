/** Where answers go: a table for people, JSON for programs. */
import { writeJson, type List, type Page } from '../client/client.ts';
import { record, Table, type Column } from './table.ts';

/** What the process writes to. */
export interface Streams {
  /** Resolves when the text is on its way, so that a long list does not pile up. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
}

/** A table that stands below a record. */
export interface Below {
  readonly title: string;
  readonly text: string;
}

const CLEAR = '\u001B[H\u001B[2J\u001B[3J';

export class Output {
  readonly isTable: boolean;
  readonly #streams: Streams;
  #wrote = false;

  constructor(streams: Streams, wanted: 'json' | 'table' | undefined) {
    this.#streams = streams;
    this.isTable = wanted === undefined ? streams.isTerminal : wanted === 'table';
  }

  /** Has anything been answered yet? */
  get wrote(): boolean {
    return this.#wrote;
  }

  async out(text: string): Promise<void> {
    this.#wrote = true;
    await this.#streams.out(text);
  }

  /** A remark for people, beside the answer. */
  note(text: string): void {
    if (this.isTable) this.#streams.err(`${text}\n`);
  }

  async record<T>(item: T, columns: readonly Column<T>[], below: readonly Below[] = []): Promise<void> {
    if (!this.isTable) return this.json(item);
    const parts = below.map(({ title, text }) => `\n${title}\n${text}`);
    await this.out(record(item, columns) + parts.join(''));
  }

  async json(value: unknown): Promise<void> {
    await this.out(`${writeJson(value)}\n`);
  }

  /** One page, and where the next one is. */
  async page<T>({ items, next_cursor: next }: Page<T>, columns: readonly Column<T>[]): Promise<void> {
    if (!this.isTable) return this.json({ items, next_cursor: next });
    await this.out(new Table(columns).rows(items));
    if (next !== null) this.note(`There are more: --cursor ${next}, or --all`);
  }

  /** All pages in the form of one, written as they come. */
  async all<T>(list: List<T>, columns: readonly Column<T>[]): Promise<void> {
    const table = new Table(columns);
    const opening = '{"items":[';
    let lead = opening;
    for await (const { items } of list.pages()) {
      if (this.isTable) await this.out(table.rows(items));
      if (this.isTable || items.length === 0) continue;
      await this.out(lead + items.map(writeJson).join(','));
      lead = ',';
    }
    if (!this.isTable) await this.out(`${lead === opening ? opening : ''}],"next_cursor":null}\n`);
  }

  /** Things as they happen: lines of a table, or a line of JSON each. */
  async stream<T>(items: AsyncIterable<T>, columns: readonly Column<T>[]): Promise<void> {
    const table = new Table(columns);
    for await (const item of items) await (this.isTable ? this.out(table.rows([item])) : this.json(item));
  }

  /** One thing again and again: a terminal shows the last only. */
  async watch(draw: () => Promise<void>): Promise<void> {
    if (this.isTable && this.#streams.isTerminal) await this.out(CLEAR);
    else if (this.isTable && this.#wrote) await this.out('\n');
    await draw();
  }
}
