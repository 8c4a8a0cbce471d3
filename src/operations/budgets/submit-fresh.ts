/** Submits a command that names what its operation saw, again when that was out of date by the time it was decided. */
import { limits } from '../../base/limits.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { refused, type Refused } from '../api-operation.ts';

export async function submitFresh(
  store: Pick<Store, 'submit'>,
  look: () => Promise<PaymentCommand | Refused>,
): Promise<Outcome | Refused> {
  for (let attempt = 1; attempt <= limits.planAttemptsMax; attempt++) {
    const command = await look();
    if (!('type' in command)) return command;
    const outcome = await store.submit(command);
    if (outcome.code !== 'stale') return outcome;
  }
  return refused('overloaded');
}
