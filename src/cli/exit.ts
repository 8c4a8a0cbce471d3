/** Exit codes of commands, and what stops one before it has asked anything. */

// prettier-ignore
export const exits = {
  done:        { code: 0, meaning: 'done; a watch that was interrupted, too' },
  refused:     { code: 1, meaning: 'refused by the server, or violated' },
  usage:       { code: 2, meaning: 'wrong usage: a command, flag or value that makes no sense' },
  unreachable: { code: 3, meaning: 'the server cannot be reached' },
  forbidden:   { code: 4, meaning: 'not allowed: no key, a wrong one, or one that may not do it' },
  missing:     { code: 5, meaning: 'not found' },
} as const;

export type Exit = keyof typeof exits;

/** Whoever typed it has to change it; the message says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The key cannot be had. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}
