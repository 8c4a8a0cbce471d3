/**
 * Sends a command of the gate with what it has to know: decisions that its names lead to are found out by being told so, and
 * then it is sent again. Somebody else may change them in between, so the tries are bounded.
 */
import { isObject } from '../base/json.ts';
import { decisions, type DecisionRow } from '../budgets/tables.ts';
import type { DecisionRef } from '../flows/gate-books.ts';
import { STALE } from '../flows/gate-references.ts';
import type { PaymentCommand } from '../flows/commands.ts';
import type { Outcome, Store } from '../store/store.ts';

/** Each try knows what the one before was told; more are needed only in a crowd on one document. */
const TRIES_MAX = 8;

/** What was told: decisions by id, or that the merchant's hierarchy is another by now. */
interface Told {
  readonly decisions: readonly string[];
  readonly hierarchy: boolean;
}

export interface Knowing {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  /** The command with what is known; asked anew for each try. */
  readonly commandOf: (current: readonly DecisionRef[]) => PaymentCommand;
  /** The merchant's calendar or hierarchy has changed. */
  readonly hierarchyChanged?: () => Promise<unknown>;
  readonly current?: readonly DecisionRef[];
}

export async function submitKnowing({ store, commandOf, hierarchyChanged, current = [] }: Knowing): Promise<Outcome> {
  const known = new Map(current.map((ref) => [ref.decisionId, ref]));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await store.submit(commandOf([...known.values()]));
    if (outcome.code !== STALE) return outcome;
    const told = toldBy(outcome);
    if (told.hierarchy) await hierarchyChanged?.();
    for (const id of told.decisions) {
      const row = await findDecision(store, id);
      if (row !== undefined) known.set(id, { decisionId: id, bucket: row.bucket });
    }
  }
  return { answer: '{"ok":false,"error":"overloaded"}', code: 'overloaded', replayed: false };
}

function toldBy({ answer }: Outcome): Told {
  const said: unknown = JSON.parse(answer);
  const list = isObject(said) && Array.isArray(said['decisions']) ? said['decisions'] : [];
  return {
    decisions: list.filter((id) => typeof id === 'string'),
    hierarchy: isObject(said) && 'hierarchy_version' in said,
  };
}

export async function findDecision(store: Pick<Store, 'rows'>, id: string): Promise<DecisionRow | undefined> {
  return (await store.rows({ table: decisions, where: { decision_id: id }, by: 'decision_id', limit: 1 }))[0];
}
