/** `purser serve` as a process: start, messages for what is wrong, signals, exit codes. */
import { StoreError } from '../store/store.ts';
import { ConfigError, readConfig, UsageError, type Env } from './config.ts';
import { logToStdout } from './log.ts';
import { productWiring, serve, type Wiring } from './serve.ts';

/** Configuration that the operator has to mend (sysexits: EX_CONFIG). */
const EXIT_CONFIG = 78;
const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

/** Runs until SIGTERM or SIGINT; then drains and exits 0. A second signal ends at once. */
export async function runServer(args: readonly string[], env: Env, wiring: Wiring = productWiring): Promise<void> {
  try {
    const server = await serve(readConfig(args, env), logToStdout, wiring);
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(EXIT_REFUSED);
      stopping = true;
      void server.stop().then(() => process.exit(0));
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreError)) throw error;
    process.stderr.write(`purser: ${error.message}\n`);
    process.exit(exitCode(error));
  }
}

function exitCode(error: ConfigError | StoreError): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  return error instanceof ConfigError ? EXIT_CONFIG : EXIT_REFUSED;
}
