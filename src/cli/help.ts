/** Help, made of the table of commands. */
import { commonFlags, furtherFlags, pagingFlags, watchFlag, type Flag } from './arguments.ts';
import { nameOf, type Command } from './command.ts';
import { commands, verbAliases } from './commands.ts';
import { exits } from './exit.ts';
import { spelling } from './fields.ts';

/** `purser hold release HOLD --reason TEXT`; what may be left out stands in brackets. */
export function usageOf(command: Command): string {
  const own = Object.entries(command.fields).map(([name, field]) =>
    field.required === true ? spelling(name, field) : `[${spelling(name, field)}]`,
  );
  const further = [...(command.paged ? flagsOf(pagingFlags) : []), ...(command.watched ? flagsOf(watchFlag) : [])];
  return ['purser', nameOf(command), ...own, ...further.map((flag) => `[${flag}]`)].join(' ');
}

const flagsOf = (flags: Readonly<Record<string, Flag>>): string[] =>
  Object.entries(flags).map(([name, flag]) => flagText(name, flag));

const flagText = (name: string, { shown }: Flag): string => (shown === undefined ? `--${name}` : `--${name} ${shown}`);

export function helpOf(command: Command): string {
  const own = Object.entries(command.fields).map(([name, field]): Line => [
    spelling(name, field),
    `${field.summary}${field.required === true && field.argument !== true ? ' (needed)' : ''}`,
  ]);
  const further = Object.entries(furtherFlags(command)).map(([name, flag]): Line => [
    flagText(name, flag),
    flag.summary,
  ]);
  const parts = [
    `${usageOf(command)}\n`,
    `${sentence(command.summary)}${command.notes === undefined ? '' : ` ${command.notes}`}\n`,
  ];
  return [...parts, lines([...own, ...further])].join('\n');
}

/** All commands of a resource. */
export function helpOfResource(resource: string): string {
  const own = commands.filter((command) => command.resource === resource);
  return `${summaries(own)}\nMore about one of them: purser ${resource} <verb> --help\n`;
}

/** What is printed below the programs that main.ts knows. */
export function overview(): string {
  const codes = Object.values(exits).map(({ code, meaning }): Line => [String(code), meaning]);
  return `Commands that ask a running server:

${summaries(commands)}  ${'purser completion bash|zsh|fish'.padEnd(SUMMARY_COLUMN)}  words for the Tab key of a shell
  ${'purser version'.padEnd(SUMMARY_COLUMN)}  which Purser this is

${aliasLines()}A table on a terminal, JSON in a pipe or with --json. Every command takes:
${lines(Object.entries(commonFlags).map(([name, flag]): Line => [flagText(name, flag), flag.summary]))}
The key comes from PURSER_KEY, else it is the operator token of --data or PURSER_DATA. Amounts are typed in minor units (1250
is 12.50 ORC); tables show 12.50, JSON 1250. Exit codes:
${lines(codes)}`;
}

const aliasLines = (): string =>
  Object.entries(verbAliases)
    .map(([alias, verb]) => `"${alias}" is another word for "${verb}", wherever there is one.\n`)
    .join('');

type Line = readonly [left: string, right: string];

const SUMMARY_COLUMN = 33;

function summaries(own: readonly Command[]): string {
  return own
    .map((command) => {
      const bare = Object.entries(command.fields).filter(([, { argument }]) => argument === true);
      const usage = ['purser', nameOf(command), ...bare.map(([name, field]) => spelling(name, field))].join(' ');
      return `  ${usage.padEnd(SUMMARY_COLUMN)}  ${command.summary}\n`;
    })
    .join('');
}

function lines(rows: readonly Line[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

const sentence = (summary: string): string => `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`;
