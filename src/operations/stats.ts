/** STATS (P-16): counters of this process since its start. */
import type { SagaEvent } from '../transfer/saga.ts';
import type { Outcome } from '../store/store.ts';

/** In the order in which STATS answers them. */
export const counterNames = [
  'ok',
  'fail',
  'invalid',
  'risk_denied',
  'risk_timeout',
  'debit_timeout',
  'compensation_ok',
  'compensation_failed',
  'compensation_retries',
] as const;

type Counter = (typeof counterNames)[number];

const bySagaEvent: Readonly<Record<SagaEvent, Counter | undefined>> = {
  risk_unreachable: 'risk_timeout',
  debit_timeout: 'debit_timeout',
  compensation_ok: 'compensation_ok',
  compensation_retry: 'compensation_retries',
  compensation_failed: 'compensation_failed',
  late_success: undefined,
};

const RISK_DENIALS: ReadonlySet<string | null> = new Set([
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
]);

export class Stats {
  readonly #counts: Record<Counter, number> = {
    ok: 0,
    fail: 0,
    invalid: 0,
    risk_denied: 0,
    risk_timeout: 0,
    debit_timeout: 0,
    compensation_ok: 0,
    compensation_failed: 0,
    compensation_retries: 0,
  };

  /** Outcomes of transfers by code, `ok` for a success. */
  readonly #outcomes = new Map<string, number>();

  /** Input that was refused before its key was looked up. */
  countInvalid(): void {
    this.#counts.invalid += 1;
    this.#counts.fail += 1;
  }

  /** A transfer's answer; a replayed one changes nothing. */
  count({ code, replayed }: Outcome): void {
    if (replayed) return;
    const name = code ?? 'ok';
    this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + 1);
    if (code === null) this.#counts.ok += 1;
    else if (code === 'idempotency_conflict') this.countInvalid();
    else {
      this.#counts.fail += 1;
      if (RISK_DENIALS.has(code)) this.#counts.risk_denied += 1;
    }
  }

  countSaga(event: SagaEvent): void {
    const counter = bySagaEvent[event];
    if (counter !== undefined) this.#counts[counter] += 1;
  }

  /** First answers by their code, `ok` for a success; as many as there are codes. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes;
  }

  /** The counters as JSON text. */
  toJson(): string {
    return JSON.stringify(this.#counts);
  }
}
