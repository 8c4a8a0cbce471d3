/** What a planner's command answered, as an operation's answer. */
import type { Caller } from '../../access/caller.ts';
import type { Keyed } from '../../flows/answers.ts';
import type { Outcome } from '../../store/store.ts';
import { again, created, type ApiAnswer, type Refused } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';

/** 201 the first time, 200 for what was so before. */
export function createdBy<T extends object>(outcome: Outcome | Refused): ApiAnswer<T> {
  if ('outcome' in outcome) return outcome;
  const refusal = refusalOf(outcome);
  if (refusal !== undefined) return refusal;
  return outcome.replayed ? again(answerOf<T>(outcome)) : created(answerOf<T>(outcome));
}

/** 200, also when nothing had to be changed. */
export function doneBy<T extends object>(outcome: Outcome | Refused): ApiAnswer<T> {
  if ('outcome' in outcome) return outcome;
  const refusal = refusalOf(outcome);
  if (refusal !== undefined) return refusal;
  return { outcome: outcome.replayed ? 'again' : 'done', body: answerOf<T>(outcome) };
}

/** The caller's key in a key space of its own, with the request that it stands for; null: the caller sent none. */
export function keyedBy(
  { keyId }: Caller,
  key: string,
  { space, request }: { readonly space: string; readonly request: object },
): Keyed | null {
  return key === '' ? null : { key: `${space}:${keyId}:${key}`, request: JSON.stringify(request) };
}
