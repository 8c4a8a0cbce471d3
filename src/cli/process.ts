/** The process around a command: its streams and its signals. */
import { programsOf } from './completion.ts';
import type { Env } from './credentials.ts';
import { isCommand, runCommand } from './main.ts';
import { suggestion } from './nearest.ts';
import type { Streams } from './output.ts';

const streams: Streams = {
  out: (text) => new Promise((resolve) => void process.stdout.write(text, () => resolve())),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
};

export { isCommand };

/** What was perhaps meant by a word that is no command. */
export const suggestionFor = (word: string, usage: string): string =>
  suggestion(
    word,
    programsOf(usage).map(({ name }) => name),
  );

/** Runs a command of this process; its exit code. `usage` lists the programs beside the commands. */
export function runProcess(words: readonly string[], env: Env, usage: string): Promise<number> {
  // Whoever reads through `head` has seen enough: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return runCommand(words, { env, streams, interrupted, programs: programsOf(usage) });
}

/** The first interrupt ends in good order, the second at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => controller.abort(new Error('interrupted')));
  return controller.signal;
}
