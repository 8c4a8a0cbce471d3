/** What a command takes: arguments and flags, from the text that was typed to the value that the client wants. */
import { UsageError } from './exit.ts';

export interface Field {
  readonly kind: 'text' | 'amount' | 'integer' | 'choice' | 'flag';
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly required?: true;
  /** Stands on the line without a flag; always required. */
  readonly argument?: true;
  /** What help shows in its place. */
  readonly shown: string;
}

/** By name in snake_case; the flag is the same in kebab-case. */
export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends { readonly kind: 'flag' }
  ? true
  : F extends { readonly kind: 'amount' | 'integer' }
    ? number
    : F extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** The values that a command finds. */
export type Values<Fs extends Fields> = {
  readonly [N in keyof Fs]: Fs[N] extends { readonly required: true } ? ValueOf<Fs[N]> : ValueOf<Fs[N]> | undefined;
};

export const text = (shown: string, summary: string) => ({ kind: 'text', shown, summary }) as const;
export const integer = (shown: string, summary: string) => ({ kind: 'integer', shown, summary }) as const;

export const amount = (summary: string) =>
  ({ kind: 'amount', shown: 'MINOR', summary: `${summary}, in minor units: 1250 is 12.50` }) as const;

export const choice = <const C extends readonly string[]>(choices: C, summary: string) =>
  ({ kind: 'choice', shown: choices.join('|'), choices, summary }) as const;

/** Stands alone: it is there, or it is not. */
export const flag = (summary: string) => ({ kind: 'flag', shown: '', summary }) as const;

const needed = { required: true } as const;
const standing = { required: true, argument: true } as const;

export const required = <F extends Field>(field: F): F & typeof needed => ({ ...field, ...needed });
export const argument = <F extends Field>(field: F): F & typeof standing => ({ ...field, ...standing });

export const flagOf = (name: string): string => `--${name.replaceAll('_', '-')}`;

/** How a person has to write it: `HOLD`, `--amount MINOR`, `--overdue`. */
export const spelling = (name: string, { argument: bare, shown }: Field): string =>
  bare === true ? shown : `${flagOf(name)} ${shown}`.trimEnd();

/** Throws UsageError. */
export function readValue(name: string, field: Field, typed: string): string | number {
  const called = field.argument === true ? field.shown : flagOf(name);
  if (typed === '') throw new UsageError(`${called} must not be empty`);
  const wrong = wrongIn(field, typed);
  if (wrong !== undefined) throw new UsageError(`${called} must be ${wrong}`);
  return field.kind === 'amount' || field.kind === 'integer' ? Number(typed) : typed;
}

/** What it must be instead. */
function wrongIn({ kind, choices = [] }: Field, typed: string): string | undefined {
  switch (kind) {
    case 'text':
    case 'flag':
      return undefined;
    case 'choice':
      return choices.includes(typed) ? undefined : `one of ${choices.join(', ')}, not "${typed}"`;
    case 'integer':
      return isWhole(typed) ? undefined : `a whole number, not "${typed}"`;
    case 'amount':
      if (isWhole(typed) && Number(typed) > 0) return undefined;
      return `a whole number of minor units from 1, not "${typed}"${inMinor(typed)}`;
    default:
      return kind satisfies never;
  }
}

const isWhole = (typed: string): boolean => /^\d{1,16}$/.test(typed) && Number.isSafeInteger(Number(typed));

/** Who typed 12.50 surely meant 1250; but money is never guessed. */
function inMinor(typed: string): string {
  const [, major, minor] = /^(\d{1,13})\.(\d\d)$/.exec(typed) ?? [];
  return major === undefined ? '' : `: write ${Number(`${major}${minor}`)}`;
}
