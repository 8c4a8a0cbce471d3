/** `purser serve` as a process: start, messages for what is wrong, signals, exit codes. */
import { StoreError, StoreUnavailable } from '../store/store.ts';
import { ConfigError, readConfig, UsageError, type Env } from './config.ts';
import { logToStdout } from './log.ts';
import { productWiring, serve, type RunningServer, type Wiring } from './serve.ts';

/** Configuration that the operator has to mend (sysexits: EX_CONFIG). */
const EXIT_CONFIG = 78;
const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

/** Runs until SIGTERM or SIGINT; then drains and exits 0. A second signal ends at once. */
export async function runServer(args: readonly string[], env: Env, wiring: Wiring = productWiring): Promise<void> {
  // What the server makes is for its own user: the database, its log, exports, keys.
  process.umask(0o077);
  try {
    const starting = serve(readConfig(args, env), logToStdout, wiring);
    // Before the first line that somebody may wait for: whoever reads "ready" may signal at once.
    stopOnSignal(starting);
    await starting;
  } catch (error) {
    if (!isForOperator(error)) throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    process.stderr.write(`purser: ${error.message}${error instanceof StoreUnavailable ? cause : ''}\n`);
    process.exit(exitCode(error));
  }
}

function stopOnSignal(starting: Promise<RunningServer>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(EXIT_REFUSED);
    stopping = true;
    void starting.then(
      async (server) => {
        await server.stop();
        process.exit(0);
      },
      () => {}, // a start that fails ends the process by itself
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What somebody has to mend, and no bug of ours. */
function isForOperator(error: unknown): error is ConfigError | StoreError | StoreUnavailable {
  return error instanceof ConfigError || error instanceof StoreError || error instanceof StoreUnavailable;
}

function exitCode(error: Error): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  return error instanceof ConfigError ? EXIT_CONFIG : EXIT_REFUSED;
}
