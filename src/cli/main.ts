/** The commands that ask a running server: words in, a table or JSON out, an exit code. */
import { productVersion } from '../base/version.ts';
import { createClient, type Client } from '../client/client.ts';
import { findCommand, readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { resources } from './commands.ts';
import { completion, isShell, shells, type Program } from './completion.ts';
import { readPayer, readServer, type Env, type Payer, type Server } from './credentials.ts';
import { exits, UsageError, type Exit } from './exit.ts';
import { failureOf, type Situation } from './failures.ts';
import { helpOf, helpOfResource } from './help.ts';
import { Output, type Streams } from './output.ts';

const isVersion = (word: string): boolean => word === 'version' || word === '--version';

/** Is this a word that `runCommand` knows? */
export const isCommand = (word: string): boolean =>
  word === 'completion' || isVersion(word) || resources.includes(word);

export interface Surroundings {
  readonly env: Env;
  readonly streams: Streams;
  /** Given when somebody interrupts a command that would go on for ever. */
  readonly interrupted: () => AbortSignal;
  /** The programs beside these commands, for completion. */
  readonly programs: readonly Program[];
}

/** The exit code. Rejects with what is a bug of ours. */
export async function runCommand(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const situation: { command?: Command; server?: Server } = {};
  const output = new Output(surroundings.streams, formOf(words));
  try {
    return exits[await run(words, surroundings, { output, situation })].code;
  } catch (error) {
    return exits[await fail(error, { output, situation, err: surroundings.streams.err })].code;
  }
}

/** Before the words are understood: whoever asks for JSON gets it, also of what is wrong with them. */
const formOf = (words: readonly string[]): 'json' | 'table' | undefined =>
  words.includes('--json') ? 'json' : words.includes('--table') ? 'table' : undefined;

interface Progress {
  readonly output: Output;
  /** Filled as it becomes known, for the message of a failure. */
  readonly situation: { command?: Command; server?: Server };
}

async function run(
  words: readonly string[],
  surroundings: Surroundings,
  { output, situation }: Progress,
): Promise<Exit> {
  const [first = ''] = words;
  if (isVersion(first)) return version(words, output);
  if (first === 'completion') return complete(words.slice(1), surroundings, output);
  if (words.length === 2 && words[1] === '--help' && resources.includes(first))
    return print(output, helpOfResource(first));
  const { command, rest } = findCommand(words);
  situation.command = command;
  if (rest.includes('--help')) return print(output, helpOf(command));
  const asked = readArguments(command, rest);
  const { values, paging, watch } = asked;
  const signal = command.endless || watch ? surroundings.interrupted() : new AbortController().signal;
  const client = (): Client => {
    const server = readServer(asked, surroundings.env);
    situation.server = server;
    return createClient({ url: server.url, key: server.key });
  };
  const payer = (address: string | undefined): Payer => readPayer({ address, data: asked.data }, surroundings.env);
  try {
    await command.run({ client, payer, values, paging, watch, output, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 'done';
}

async function print(output: Output, text: string): Promise<Exit> {
  await output.out(text);
  return 'done';
}

async function version(words: readonly string[], output: Output): Promise<Exit> {
  if (words.length > 1) throw new UsageError(`${words[0]} takes nothing else`);
  return print(output, `purser ${productVersion()}\n`);
}

async function complete(words: readonly string[], { programs }: Surroundings, output: Output): Promise<Exit> {
  const [shell = ''] = words;
  if (words.length !== 1 || !isShell(shell)) throw new UsageError(`completion needs one of ${shells.join(', ')}`);
  return print(output, completion(shell, programs));
}

async function fail(
  error: unknown,
  { output, situation, err }: { output: Output; situation: Situation; err: (text: string) => void },
): Promise<Exit> {
  const failure = failureOf(error, situation);
  if (failure === undefined) throw error;
  // Half a list is no place for it: what reads JSON would see neither.
  if (!output.isTable && !output.wrote && failure.document !== undefined) await output.json(failure.document);
  err(`purser: ${failure.message}\n`);
  return failure.exit;
}
