/** What is recorded under an idempotency key: its fact's subject, request and answer. It commits nothing. */
import type { Command, Decision } from '../base/decision.ts';

export interface FindKeyCommand extends Command {
  readonly type: 'find-key';
  /** With the name of its key space in front: `transfer:payout-ref-0001`. */
  readonly key: string;
}

/** Code of a key that no fact has. */
export const NO_SUCH_KEY = 'no_such_key';

export const findKey: Decision<FindKeyCommand> = {
  reads: ({ key }) => ({ key, rows: [] }),
  decide({ key }, view) {
    const known = view.known(key);
    if (known === undefined) return { answer: 'null', code: NO_SUCH_KEY };
    const { subject, request, answer } = known;
    return { answer: JSON.stringify({ subject, request, answer }), code: null };
  },
};
