/** From the words of a command line to a command and its values. */
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { nameOf, type Command, type Paging } from './command.ts';
import { commands, resources, verbAliases } from './commands.ts';
import { UsageError } from './exit.ts';
import { flagOf, readValue, spelling } from './fields.ts';

/** Flags that every command takes. */
export const commonFlags = {
  url: { shown: 'URL', summary: 'where the server is: PURSER_URL, else http://127.0.0.1:9090' },
  data: { shown: 'DIR', summary: "a server's data directory, whose operator token to use: PURSER_DATA, else ./data" },
  json: { summary: 'JSON also on a terminal' },
  table: { summary: 'a table also in a pipe' },
  help: { summary: 'this' },
} as const;

export const pagingFlags = {
  limit: { shown: 'N', summary: 'items of a page: 1 to 1000, 100 without it' },
  cursor: { shown: 'CURSOR', summary: 'the page behind this one: next_cursor of the page before' },
  all: { summary: 'all pages, one after the other' },
} as const;

export const watchFlag = { watch: { summary: 'show it again whenever it changes, until it is interrupted' } } as const;

export interface Flag {
  readonly shown?: string;
  readonly summary: string;
}

/** The flags beyond the command's own. */
export function furtherFlags({ paged, watched }: Command): Readonly<Record<string, Flag>> {
  return { ...(paged ? pagingFlags : {}), ...(watched ? watchFlag : {}), ...commonFlags };
}

export interface Asked {
  readonly command: Command;
  readonly values: Readonly<Record<string, unknown>>;
  readonly paging: Paging;
  readonly watch: boolean;
  readonly form: 'json' | 'table' | undefined;
  readonly url: string | undefined;
  readonly data: string | undefined;
}

/** The command that the first words name. Throws UsageError. */
export function findCommand(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [resource = '', verb = ''] = words;
  const own = commands.filter((command) => command.resource === resource);
  const meant = Object.hasOwn(verbAliases, verb) ? verbAliases[verb] : verb;
  const found = own.find((command) => command.verb === meant);
  if (found !== undefined && found.verb !== '') return { command: found, rest: words.slice(2) };
  const alone = own.find((command) => command.verb === '');
  if (alone !== undefined) return { command: alone, rest: words.slice(1) };
  if (own.length === 0) throw new UsageError(`there is no "${resource}": there are ${resources.join(', ')}`);
  const verbs = own.map((command) => command.verb).join(', ');
  throw new UsageError(
    verb === '' || verb.startsWith('-')
      ? `${resource} needs one of ${verbs}`
      : `${resource} has no "${verb}": it has ${verbs}`,
  );
}

/** Throws UsageError. */
export function readArguments(command: Command, words: readonly string[]): Asked {
  const { values: typed, positionals } = parsed(command, words);
  const textOf = (name: string): string | undefined => {
    const value = typed[name];
    return typeof value === 'string' ? value : undefined;
  };
  const isSet = (name: string): boolean => typed[name] === true;
  if (isSet('json') && isSet('table')) throw new UsageError('--json and --table are two different forms');
  return {
    command,
    values: valuesOf(command, typed, positionals),
    paging: { limit: limitOf(textOf('limit')), cursor: textOf('cursor'), all: isSet('all') },
    watch: isSet('watch'),
    form: isSet('json') ? 'json' : isSet('table') ? 'table' : undefined,
    url: textOf('url'),
    data: textOf('data'),
  };
}

type Typed = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parsed(command: Command, words: readonly string[]): { values: Typed; positionals: readonly string[] } {
  const own = Object.entries(command.fields)
    .filter(([, { argument }]) => argument !== true)
    .map(([name, { kind }]) => [flagOf(name).slice(2), { type: kind === 'flag' ? 'boolean' : 'string' }] as const);
  const further = Object.entries(furtherFlags(command)).map(
    ([name, { shown }]) => [name, { type: shown === undefined ? 'boolean' : 'string' }] as const,
  );
  try {
    const options = Object.fromEntries([...own, ...further]);
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    const [sentence = ''] = reasonOf(error).split('. ');
    throw new UsageError(`${sentence[0]?.toLowerCase() ?? ''}${sentence.slice(1)}`);
  }
}

function valuesOf(
  { fields }: Command,
  flags: Typed,
  positionals: readonly string[],
): Readonly<Record<string, unknown>> {
  const left = [...positionals];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const typed = field.argument === true ? left.shift() : flags[flagOf(name).slice(2)];
    if (typed === undefined && field.required === true) throw new UsageError(`${spelling(name, field)} is missing`);
    values[name] = typeof typed === 'string' ? readValue(name, field, typed) : typed;
  }
  if (left.length > 0) throw new UsageError(`"${left[0]}" is one argument too many`);
  return values;
}

function limitOf(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const limit = Number(typed);
  if (/^\d{1,4}$/.test(typed) && limit >= 1 && limit <= limits.pageItemsMax) return limit;
  throw new UsageError(`--limit must be a whole number from 1 to ${limits.pageItemsMax}, not "${typed}"`);
}

export const seeHelp = (command: Command | undefined): string =>
  `See "purser ${command === undefined ? '' : `${nameOf(command)} `}--help"`;
