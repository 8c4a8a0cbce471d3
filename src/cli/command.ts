/**
 * A command of the command line: what it is called and takes, and how its answer is shown. Parsing, help, completion and
 * docs/cli.md are all made of these; a resource is one file of them, and a line in commands.ts.
 */
import type { Client, List, Page, Reply } from '../client/client.ts';
import type { Payer } from './credentials.ts';
import { RejectedError } from './exit.ts';
import type { Fields, Values } from './fields.ts';
import type { Below, Output } from './output.ts';
import type { Column } from './table.ts';

export interface Command {
  readonly resource: string;
  /** Empty where the resource alone is the command. */
  readonly verb: string;
  readonly summary: string;
  /** More for its help. */
  readonly notes?: string;
  readonly fields: Fields;
  /** Takes `--limit`, `--cursor` and `--all`. */
  readonly paged: boolean;
  /** Takes `--watch`. */
  readonly watched: boolean;
  /** Goes on until it is interrupted. */
  readonly endless: boolean;
  run(invocation: Invocation): Promise<void>;
}

/** What a command finds when it runs. */
interface Invocation {
  /** Of the server. Throws UsageError and CredentialError. */
  readonly client: () => Client;
  /** The sandbox's payer, which is no part of the server's API. Throws the same. */
  readonly payer: (address: string | undefined) => Payer;
  readonly values: Readonly<Record<string, unknown>>;
  readonly paging: Paging;
  readonly watch: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
}

export interface Paging {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly all: boolean;
}

interface Named<Fs extends Fields> {
  readonly resource: string;
  readonly verb: string;
  readonly summary: string;
  readonly notes?: string;
  readonly fields: Fs;
}

interface Asking {
  readonly signal: AbortSignal;
  /** A remark for people. */
  readonly note: (text: string) => void;
}

/** Answers one thing. */
export interface RecordDefinition<Fs extends Fields, T> extends Named<Fs> {
  readonly columns: readonly Column<T>[];
  /** Tables below the record. */
  readonly below?: (answer: T) => readonly Below[];
  /** What JSON shows, where it is not the whole answer. */
  readonly json?: (answer: T) => unknown;
  readonly ask: (client: Client, values: Values<Fs>, asking: Asking) => Promise<T>;
  /** Why an answer means no, for those that may: the exit code is 1 then. */
  readonly rejection?: (answer: T) => string | undefined;
  /** The same thing again and again, for `--watch`. */
  readonly changes?: (client: Client, values: Values<Fs>, asking: Asking) => AsyncIterable<T>;
}

export function recordCommand<const Fs extends Fields, T>(definition: RecordDefinition<Fs, T>): Command {
  const { columns, below, json, ask, rejection, changes, ...named } = definition;
  async function show(output: Output, answer: T): Promise<void> {
    if (!output.isTable && json !== undefined) await output.json(json(answer));
    else await output.record(answer, columns, below?.(answer));
  }
  return {
    ...named,
    paged: false,
    watched: changes !== undefined,
    endless: false,
    async run({ client, values, watch, output, signal }) {
      const asking = { signal, note: (text: string) => output.note(text) };
      const own = valuesOf<Fs>(values);
      if (!watch || changes === undefined) {
        const answer = await ask(client(), own, asking);
        await show(output, answer);
        const rejected = rejection?.(answer);
        if (rejected !== undefined) throw new RejectedError(rejected);
        return;
      }
      for await (const answer of changes(client(), own, asking)) await output.watch(() => show(output, answer));
    },
  };
}

/** What a call answered, with a remark where it was so before. */
export async function remarked<T>(
  call: Promise<Reply<T>>,
  { note }: Pick<Asking, 'note'>,
  remark = 'It was so before; nothing has changed.',
): Promise<T> {
  const { body, replayed } = await call;
  if (replayed) note(remark);
  return body;
}

/** Answers a list by page. */
export interface ListDefinition<Fs extends Fields, T> extends Named<Fs> {
  readonly columns: readonly Column<T>[];
  readonly list: (
    client: Client,
    query: Values<Fs> & Pick<Paging, 'limit' | 'cursor'>,
    asking: Pick<Asking, 'signal'>,
  ) => List<T>;
}

export function listCommand<const Fs extends Fields, T>({ columns, list, ...named }: ListDefinition<Fs, T>): Command {
  return {
    ...named,
    paged: true,
    watched: false,
    endless: false,
    async run({ client, values, paging: { all, limit, cursor }, output, signal }) {
      const found = list(client(), { ...valuesOf<Fs>(values), limit, cursor }, { signal });
      if (all) await output.all(found, columns);
      else await output.page((await found.page()) satisfies Page<T>, columns);
    },
  };
}

/** Answers with things as they happen. */
export interface StreamDefinition<Fs extends Fields, T> extends Named<Fs> {
  readonly columns: readonly Column<T>[];
  readonly follow: (client: Client, values: Values<Fs>, asking: Pick<Asking, 'signal'>) => AsyncIterable<T>;
}

export function streamCommand<const Fs extends Fields, T>({
  columns,
  follow,
  ...named
}: StreamDefinition<Fs, T>): Command {
  return {
    ...named,
    paged: false,
    watched: false,
    endless: true,
    run: ({ client, values, output, signal }) =>
      output.stream(follow(client(), valuesOf<Fs>(values), { signal }), columns),
  };
}

/** Answers with a file, which is written as it is. */
export interface FileDefinition<Fs extends Fields> extends Named<Fs> {
  readonly ask: (client: Client, values: Values<Fs>, asking: Pick<Asking, 'signal'>) => Promise<string>;
}

export function fileCommand<const Fs extends Fields>({ ask, ...named }: FileDefinition<Fs>): Command {
  return {
    ...named,
    paged: false,
    watched: false,
    endless: false,
    run: async ({ client, values, output, signal }) =>
      output.out(await ask(client(), valuesOf<Fs>(values), { signal })),
  };
}

/** Asks the sandbox's payer, and not the server. */
export interface PayerDefinition<Fs extends Fields, T> extends Named<Fs> {
  readonly columns: readonly Column<T>[];
  readonly ask: (payer: Invocation['payer'], values: Values<Fs>, asking: Asking) => Promise<T>;
}

export function payerCommand<const Fs extends Fields, T>({ columns, ask, ...named }: PayerDefinition<Fs, T>): Command {
  return {
    ...named,
    paged: false,
    watched: false,
    endless: false,
    async run({ payer, values, output, signal }) {
      const asking = { signal, note: (text: string) => output.note(text) };
      await output.record(await ask(payer, valuesOf<Fs>(values), asking), columns);
    },
  };
}

function valuesOf<Fs extends Fields>(values: Readonly<Record<string, unknown>>): Values<Fs> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read by `readValue` for exactly these fields
  return values as Values<Fs>;
}

export const nameOf = ({ resource, verb }: Pick<Command, 'resource' | 'verb'>): string =>
  verb === '' ? resource : `${resource} ${verb}`;
