/** What the operator has to mend before a server can start. */

/** The message names the variable or flag. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
}

/** The same for what stands on the command line. */
export class UsageError extends ConfigError {
  override readonly name = 'UsageError';
}

/** A flag or a variable, told apart by its name, has a value that makes no sense. */
export function senseless(name: string, message: string): ConfigError {
  return name.startsWith('--') ? new UsageError(`${name} ${message}`) : new ConfigError(`${name} ${message}`);
}
