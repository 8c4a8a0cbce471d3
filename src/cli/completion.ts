/** Words for the Tab key, as a script for each shell; made of the table of commands. */
import { furtherFlags } from './arguments.ts';
import { nameOf, type Command } from './command.ts';
import { commands, resources, verbAliases } from './commands.ts';
import { flagOf } from './fields.ts';

/** A program that asks no server, with its flags. */
export interface Program {
  readonly name: string;
  readonly flags: readonly string[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export const isShell = (word: string): word is Shell => shells.some((shell) => shell === word);

/** `programs` as main.ts lists them in its help: `  purser verify   [--data DIR] …`. */
export function programsOf(usage: string): Program[] {
  return [...usage.matchAll(/^ {2}purser ([a-z-]+) (.*)$/gm)].map(([, name = '', rest = '']) => ({
    name,
    flags: [...new Set(rest.match(/--[a-z-]+/g))],
  }));
}

export function completion(shell: Shell, programs: readonly Program[]): string {
  const words: Words = {
    programs,
    first: [...programs.map(({ name }) => name), ...resources, 'completion', 'version', 'help'],
  };
  return scripts[shell](words);
}

interface Words {
  readonly programs: readonly Program[];
  /** What may come first. */
  readonly first: readonly string[];
}

const scripts: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish };

const verbsOf = (resource: string): string[] =>
  commands.filter((command) => command.resource === resource && command.verb !== '').flatMap(wordsOf);

/** A verb and the other words for it. */
const wordsOf = ({ verb }: Command): string[] => [
  verb,
  ...Object.keys(verbAliases).filter((alias) => verbAliases[alias] === verb),
];

function flagsOf(command: Command): string[] {
  const own = Object.entries(command.fields).filter(([, { argument }]) => argument !== true);
  return [...own.map(([name]) => flagOf(name)), ...Object.keys(furtherFlags(command)).map((name) => `--${name}`)];
}

/** Flags that take one of a few words. */
function choicesOf(command: Command): (readonly [flag: string, choices: readonly string[]])[] {
  return Object.entries(command.fields).flatMap(([name, { choices }]) =>
    choices === undefined ? [] : [[flagOf(name), choices] as const],
  );
}

/** One `case` for both: what stands before decides what may come. */
function cases(words: Words, give: (candidates: readonly string[]) => string): string {
  const branch = (pattern: string, candidates: readonly string[]): string => `    ${pattern}) ${give(candidates)} ;;\n`;
  return [
    ...commands.flatMap((command) =>
      choicesOf(command).map(([flag, choices]) => branch(`"${nameOf(command)}"*" ${flag}"`, choices)),
    ),
    ...commands.flatMap((command) =>
      wordsOf(command).map((verb) => branch(`"${nameOf({ ...command, verb })}"*`, flagsOf(command))),
    ),
    ...resources
      .filter((resource) => verbsOf(resource).length > 0)
      .map((resource) => branch(`"${resource}"`, verbsOf(resource))),
    branch('"completion"', shells),
    ...words.programs.map(({ name, flags }) => branch(`"${name}"*`, flags)),
    branch('""', words.first),
  ].join('');
}

const offerBash = (candidates: readonly string[]): string =>
  `COMPREPLY=($(compgen -W "${candidates.join(' ')}" -- "$current"))`;

function bash(words: Words): string {
  return `# Purser for bash: source <(purser completion bash)
_purser() {
  local current=\${COMP_WORDS[COMP_CWORD]}
  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  COMPREPLY=()
  case "$before" in
${cases(words, offerBash)}  esac
}
complete -o default -F _purser purser
`;
}

const offerZsh = (candidates: readonly string[]): string => `compadd -- ${candidates.join(' ')}`;

function zsh(words: Words): string {
  return `#compdef purser
# Purser for zsh: source <(purser completion zsh), after compinit; or as _purser in a directory of $fpath
_purser() {
  local before="\${(j: :)words[2,CURRENT-1]}"
  case "$before" in
${cases(words, offerZsh)}    *) _files ;;
  esac
}
compdef _purser purser
`;
}

const line = (condition: string, rest: string): string => `complete -c purser -n '${condition}' ${rest}`;
const under = (words: string): string => `__fish_seen_subcommand_from ${words}`;

function fish(words: Words): string {
  const programs = words.programs.flatMap(({ name, flags }) =>
    flags.map((flag) => line(under(name), `-l ${flag.slice(2)}`)),
  );
  const verbs = resources
    .filter((resource) => verbsOf(resource).length > 0)
    .map((resource) =>
      line(
        `${under(resource)}; and not ${under(verbsOf(resource).join(' '))}`,
        `-f -a '${verbsOf(resource).join(' ')}'`,
      ),
    );
  const own = commands.flatMap((command) => {
    const condition =
      command.verb === ''
        ? under(command.resource)
        : `${under(command.resource)}; and ${under(wordsOf(command).join(' '))}`;
    const choices = new Map(choicesOf(command));
    return flagsOf(command).map((flag) => {
      const offered = choices.get(flag);
      return line(condition, `-l ${flag.slice(2)}${offered === undefined ? '' : ` -x -a '${offered.join(' ')}'`}`);
    });
  });
  return `# Purser for fish: purser completion fish | source
${line('__fish_use_subcommand', `-f -a '${words.first.join(' ')}'`)}
${line(under('completion'), `-f -a '${shells.join(' ')}'`)}
${[...verbs, ...programs, ...own].join('\n')}
`;
}
