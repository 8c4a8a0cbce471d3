/** From an answer of the payment rail, as it goes over TCP, to the answer over HTTP: the same words in the envelope of errors. */
import type { PaymentError } from '../../payments/answers.ts';
import type { Outcome } from '../../store/store.ts';
import { refused, type ApiAnswer, type Refused } from '../api-operation.ts';
import { isApiError } from '../codes.ts';

/** Every answer of the rail begins with one of these two. */
const isSuccess = (answer: string): boolean => answer.startsWith('{"ok":true');
export const isRefusal = (answer: string): boolean => answer.startsWith('{"ok":false');

/** `{"ok":false,"error":…}`, with whatever else it says. */
export function railRefusal(answer: string): Refused {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by payments/answers.ts
  const { ok: _, error, ...details } = JSON.parse(answer) as { ok: false; error: PaymentError };
  return isApiError(error) ? refused(error, details) : refused('internal');
}

/** A transfer's outcome; its success is recorded text, which goes out byte for byte. */
export function railAnswer({ answer, replayed }: Outcome): ApiAnswer<never> {
  if (isSuccess(answer)) return { outcome: replayed ? 'again' : 'created', text: answer };
  const refusal = railRefusal(answer);
  // While its compensation is pending a transfer has no outcome yet that could come again.
  return replayed && refusal.details?.['state'] === undefined ? { ...refusal, replayed } : refusal;
}
