/** What a command answered, as an operation's answer: the JSON of a success, the code and details of a refusal. */
import type { Outcome } from '../store/store.ts';
import { refused, type Refused } from './api-operation.ts';
import { isApiError } from './codes.ts';

/** The object that a command answered with, in the form that its decision gave it. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the form at the place where it is read
export function answerOf<T extends object = Readonly<Record<string, unknown>>>({ answer }: Outcome): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every answer of a command is a JSON object
  return JSON.parse(answer) as T;
}

/** The refusal that a command answered with; undefined for a success. */
export function refusalOf(outcome: Outcome): Refused | undefined {
  const { code } = outcome;
  if (code === null) return undefined;
  const { error: _, ok: __, message, ...details } = answerOf(outcome);
  return refused(isApiError(code) ? code : 'internal', details, typeof message === 'string' ? message : undefined);
}
