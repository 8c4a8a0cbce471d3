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

/** The sandbox's payer has not paid, or could not be asked; the message says all. */
export class PayerError extends Error {
  override readonly name = 'PayerError';
  readonly exit: Exit;
  readonly code: string;

  constructor(exit: Exit, code: string, message: string) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}

/** The server said no in an answer of its own, which is shown already; the message says it once more, for people. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
}

/** The key cannot be had. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}
