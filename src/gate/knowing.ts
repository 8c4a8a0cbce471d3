/**
 * Sends a command of the gate with what it has to know: decisions that its names lead to are found out by being told so, and
 * then it is sent again. Somebody else may change them in between, so the tries are bounded.
 */
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import type { DecisionRef } from '../flows/gate-books.ts';
import { STALE } from '../flows/gate-references.ts';
import type { PaymentCommand } from '../flows/commands.ts';
import type { Outcome, Store } from '../store/store.ts';
import type { Looked } from './challenges.ts';
import { findDecision } from './find-rows.ts';

/** What was told: decisions by id, an invoice that may have been paid by its hash, that the merchant's hierarchy is another by now, or that it takes a new challenge. */
interface Told {
  readonly decisions: readonly string[];
  readonly hierarchy: boolean;
  readonly unsettled: string | undefined;
  readonly challenge: boolean;
}

export interface Knowing {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  /** The command with what is known; asked anew for each try. */
  readonly commandOf: (current: readonly DecisionRef[]) => PaymentCommand;
  /** The merchant's calendar or hierarchy has changed. False: by what it is now the request makes no sense, and is not sent again. */
  readonly hierarchyChanged?: () => Promise<boolean>;
  /** Asks the node of an invoice, and records what it says. */
  readonly lookUp?: (paymentHash: string) => Promise<Looked>;
  /** The answer is a new challenge, which the caller's and the merchant's allowances have to cover. */
  readonly takeChallenge?: () => void;
  readonly current?: readonly DecisionRef[];
}

export async function submitKnowing(knowing: Knowing): Promise<Outcome> {
  const { store, commandOf, hierarchyChanged, takeChallenge, current = [] } = knowing;
  const known = new Map(current.map((ref) => [ref.decisionId, ref]));
  for (let tries = 0; tries < limits.gateTriesMax; tries++) {
    const outcome = await store.submit(commandOf([...known.values()]));
    if (outcome.code !== STALE) return outcome;
    const told = toldBy(outcome);
    if (told.hierarchy && (await hierarchyChanged?.()) === false) return outcome;
    if (told.challenge) takeChallenge?.();
    // Whoever may have paid already is told to come again, and no answer that costs them the payment.
    if (await mayBePaid(knowing, told.unsettled))
      return { answer: '{"error":"lightning_unavailable"}', code: 'lightning_unavailable', replayed: false };
    for (const ref of await refsOf(store, told.decisions)) known.set(ref.decisionId, ref);
  }
  return { answer: '{"ok":false,"error":"overloaded"}', code: 'overloaded', replayed: false };
}

async function mayBePaid({ lookUp }: Knowing, unsettled: string | undefined): Promise<boolean> {
  return unsettled !== undefined && (await lookUp?.(unsettled)) === 'unknown';
}

async function refsOf(store: Knowing['store'], ids: readonly string[]): Promise<readonly DecisionRef[]> {
  const rows = await Promise.all(ids.map((id) => findDecision(store, id)));
  return rows.flatMap((row) => (row === undefined ? [] : [{ decisionId: row.decision_id, bucket: row.bucket }]));
}

function toldBy({ answer }: Outcome): Told {
  const said: unknown = JSON.parse(answer);
  const { decisions: ids, unsettled, challenge, ...others } = isObject(said) ? said : {};
  return {
    decisions: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
    hierarchy: 'hierarchy_version' in others,
    unsettled: typeof unsettled === 'string' ? unsettled : undefined,
    challenge: challenge === true,
  };
}
