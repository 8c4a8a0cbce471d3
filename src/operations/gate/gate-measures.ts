/** What the gate tells Prometheus: answers of this server since its start, and how things stand for all merchants together (B-27). */
import { limits } from '../../base/limits.ts';
import { alerts, exposures, invoices, reconciliations } from '../../budgets/tables.ts';
import type { GateAnswer } from '../../gate/gate-service.ts';
import type { Store } from '../../store/store.ts';
import { answerOf } from '../command-answer.ts';

/** Answers to `POST /l402-otb/gate` by outcome: `allowed`, `replayed`, `challenged`, or the code of the refusal. */
export class GateCounts {
  readonly outcomes = new Map<string, number>();

  add(answer: GateAnswer): void {
    const outcome = outcomeOf(answer);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

function outcomeOf(answer: GateAnswer): string {
  switch (answer.kind) {
    case 'challenged':
      return 'challenged';
    case 'no_lightning':
    case 'lightning_refused':
    case 'cannot_hold':
      return 'lightning_unavailable';
    case 'senseless':
      return 'invalid_request';
    case 'answered': {
      const { code, replayed } = answer.outcome;
      const reason = code === null ? undefined : answerOf(answer.outcome)['reason'];
      if (code !== null) return typeof reason === 'string' ? reason : code;
      return replayed ? 'replayed' : 'allowed';
    }
    default:
      return answer satisfies never;
  }
}

type Reader = Pick<Store, 'rows' | 'sums'>;

/** Invoices that wait for a payment. */
export function openInvoices(store: Reader): Promise<number> {
  const query = { table: exposures, by: 'updated_at', group: 'merchant_id', of: ['open_invoices'] } as const;
  return added(({ after, limit }) => store.sums({ ...query, after, limit }), 'sums');
}

/** Payments that were accepted and are held at the node until it was told to settle them: usually none. */
export function heldPayments(store: Reader): Promise<number> {
  const query = { table: invoices, where: { state: 'held' }, by: 'created_at', group: 'state', of: ['sats'] } as const;
  return added(({ after, limit }) => store.sums({ ...query, after, limit }), 'rows');
}

/** L-07: what came twice, too late or for nothing, of all merchants together. */
export function owedMsat(store: Reader): Promise<number> {
  const where = { credit: 'owed' } as const;
  const query = { table: invoices, where, by: 'created_at', group: 'state', of: ['credit_msat'] } as const;
  return added(({ after, limit }) => store.sums({ ...query, after, limit }), 'sums');
}

export function openAlerts(store: Reader): Promise<number> {
  const query = { table: alerts, where: { state: 'open' }, by: 'opened_at', group: 'state', of: ['version'] } as const;
  return added(({ after, limit }) => store.sums({ ...query, after, limit }), 'rows');
}

/** What the last run that ended booked; 0 before the first. */
export async function lastDriftCents(store: Reader): Promise<number> {
  const where = { state: 'done' } as const;
  const query = { table: reconciliations, where, by: 'started_at', descending: true, limit: 1 } as const;
  const [run] = await store.rows(query);
  return Number(run?.drift_cents ?? 0n);
}

type Window = { readonly after: bigint; readonly limit: number };

async function added(read: (window: Window) => ReturnType<Store['sums']>, what: 'sums' | 'rows'): Promise<number> {
  const limit = limits.reconcileWindowRows;
  let total = 0;
  for (let after = 0n; ;) {
    const { groups, rows, last } = await read({ after, limit });
    total += what === 'rows' ? rows : groups.reduce((sum, { sums }) => sum + Number(sums[0] ?? 0n), 0);
    if (rows < limit || last === null) return total;
    after = last;
  }
}
