/** TRANSFER (P-10..P-14): validates, then hands over to the rail of this deployment. Anyone who reaches the port may call it. */
import { refusal } from '../payments/answers.ts';
import { transferRequest, type TransferRequest } from '../payments/transfer-request.ts';
import type { Outcome } from '../store/store.ts';
import type { Operation } from './operation.ts';
import type { Stats } from './stats.ts';

/** Carries a valid transfer to its outcome: one atomic decision, or the saga over calls. */
export type Rail = (request: TransferRequest) => Promise<Outcome>;

export function transfer(rail: Rail, balances: ReadonlySet<string>, stats: Stats): Operation {
  return (wire) => {
    const request = transferRequest(wire, balances);
    if (typeof request === 'string') {
      stats.countInvalid();
      return refusal(request);
    }
    return rail(request).then((outcome) => {
      stats.count(outcome);
      return outcome.answer;
    });
  };
}
