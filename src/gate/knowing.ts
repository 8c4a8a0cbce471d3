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

/** What was told: decisions by id, an invoice that may have been paid by its hash, or that the merchant's hierarchy is another by now. */
interface Told {
  readonly decisions: readonly string[];
  readonly hierarchy: boolean;
  readonly unsettled: string | undefined;
}

export interface Knowing {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  /** The command with what is known; asked anew for each try. */
  readonly commandOf: (current: readonly DecisionRef[]) => PaymentCommand;
  /** The merchant's calendar or hierarchy has changed. */
  readonly hierarchyChanged?: () => Promise<unknown>;
  /** Asks the node of an invoice, and records what it says. */
  readonly lookUp?: (paymentHash: string) => Promise<Looked>;
  readonly current?: readonly DecisionRef[];
}

export async function submitKnowing(knowing: Knowing): Promise<Outcome> {
  const { store, commandOf, hierarchyChanged, lookUp, current = [] } = knowing;
  const known = new Map(current.map((ref) => [ref.decisionId, ref]));
  for (let tries = 0; tries < limits.gateTriesMax; tries++) {
    const outcome = await store.submit(commandOf([...known.values()]));
    if (outcome.code !== STALE) return outcome;
    const told = toldBy(outcome);
    if (told.hierarchy) await hierarchyChanged?.();
    // Whoever may have paid already is told to come again, and no answer that costs them the payment.
    if (told.unsettled !== undefined && (await lookUp?.(told.unsettled)) === 'unknown')
      return { answer: '{"error":"lightning_unavailable"}', code: 'lightning_unavailable', replayed: false };
    for (const id of told.decisions) {
      const row = await findDecision(store, id);
      if (row !== undefined) known.set(id, { decisionId: id, bucket: row.bucket });
    }
  }
  return { answer: '{"ok":false,"error":"overloaded"}', code: 'overloaded', replayed: false };
}

function toldBy({ answer }: Outcome): Told {
  const said: unknown = JSON.parse(answer);
  const { decisions: ids, unsettled, ...others } = isObject(said) ? said : {};
  return {
    decisions: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
    hierarchy: 'hierarchy_version' in others,
    unsettled: typeof unsettled === 'string' ? unsettled : undefined,
  };
}
