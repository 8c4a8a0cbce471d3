/** `purser rotate-keys` (L-04): a new key for sealing tokens. Servers use it from their next start, and seal anew what is open. */
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { StoreError } from '../store/store.ts';
import { ConfigError, readDataDirectory, UsageError, type Env } from './config.ts';
import { keyRingFile, rotateKeyRing } from './key-ring.ts';

const help = `purser rotate-keys [--data DIR]

Makes a new key in DIR/keys/l402.keys, or in the file that PURSER_KEY_FILE names. The former keys stay in it, because tokens
that are still good are sealed with them. Restart the servers: they use the new key, and seal anew what is open.
`;

/** The exit code. */
export function runRotateKeys(args: readonly string[], env: Env): number {
  try {
    const { data, help: wanted } = flagsOf(args);
    if (wanted === true) {
      process.stdout.write(help);
      return 0;
    }
    const file = env['PURSER_KEY_FILE'] || keyRingFile(readDataDirectory(data, env));
    const version = rotateKeyRing(file);
    process.stdout.write(`${file} has version ${version}. Restart the servers that use it.\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreError)) throw error;
    process.stderr.write(`purser: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function flagsOf(args: readonly string[]): { readonly data?: string; readonly help?: boolean } {
  try {
    const options = { data: { type: 'string' }, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}. See "purser rotate-keys --help"`);
  }
}
