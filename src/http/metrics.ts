/** What `/metrics` tells Prometheus. Labels are names of operations, statuses and codes: as many as the program has, whatever callers send. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Stats } from '../operations/stats.ts';

export interface MeasuredParts {
  /** Transfers of this server; a role without any has none. */
  readonly stats?: Stats;
  /** Commands that wait for the store, and for their commit. */
  readonly storeQueue?: () => number;
  /** Clients of the fact stream. */
  readonly streams?: () => number;
  readonly gate?: MeasuredGate;
}

/** The budget gate: this server's answers, and what stands in the database for all merchants together. */
export interface MeasuredGate {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly openInvoices: () => Promise<number>;
  readonly heldPayments: () => Promise<number>;
  readonly owedMsat: () => Promise<number>;
  readonly openAlerts: () => Promise<number>;
  readonly lastDriftCents: () => Promise<number>;
  /** Tells of each settlement that this server recorded, how long ago the node settled it. */
  readonly onSettlement: (told: (lagMs: number) => void) => void;
}

/** Seconds: a commit takes one to ten milliseconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const SECOND_MS = 1_000;

export class Metrics {
  readonly #registry = new Registry();
  readonly #seconds: Histogram<'operation'>;
  /** Counted by hand and handed over when somebody asks: a counter with labels costs every request more than it is worth. */
  readonly #requests = new Map<string, Map<number, number>>();

  constructor({ stats, storeQueue, streams, gate }: MeasuredParts) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'purser_' });
    this.#seconds = new Histogram({
      name: 'purser_http_request_seconds',
      help: 'From the header lines of a request to its answer',
      labelNames: ['operation'],
      buckets: BUCKETS,
      registers,
    });
    this.#countRequests(registers);
    if (stats !== undefined)
      countOutcomes('purser_transfers_total', 'First answers of transfers, over TCP and HTTP, by code', {
        outcomes: stats.outcomes,
        registers,
      });
    if (gate !== undefined) measureGate(gate, registers);
    if (storeQueue !== undefined)
      gauge('purser_store_queue_commands', 'Commands that have no answer of the store yet', storeQueue, registers);
    if (streams !== undefined) gauge('purser_fact_streams', 'Clients of the fact stream', streams, registers);
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  readonly observe = (operation: string, status: number, startedMs: number): void => {
    this.#seconds.observe({ operation }, (performance.now() - startedMs) / SECOND_MS);
    let byStatus = this.#requests.get(operation);
    if (byStatus === undefined) this.#requests.set(operation, (byStatus = new Map<number, number>()));
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  };

  #countRequests(registers: Registry[]): void {
    const requests = this.#requests;
    // oxlint-disable-next-line no-new -- it is found through its registry
    new Counter({
      name: 'purser_http_requests_total',
      help: 'Requests over HTTP that were answered',
      labelNames: ['operation', 'status'],
      registers,
      collect() {
        this.reset();
        for (const [operation, byStatus] of requests)
          for (const [status, count] of byStatus) this.inc({ operation, status }, count);
      },
    });
  }
}

function measureGate(gate: MeasuredGate, registers: Registry[]): void {
  const { outcomes, openInvoices, heldPayments, owedMsat, openAlerts, lastDriftCents, onSettlement } = gate;
  countOutcomes('purser_gate_decisions_total', 'Answers of the budget gate', { outcomes, registers });
  gauge('purser_gate_open_invoices', 'Invoices of challenges that wait for a payment', openInvoices, registers);
  gauge('purser_gate_held_payments', 'Payments that are held until the node settles them', heldPayments, registers);
  gauge('purser_gate_owed_msat', 'Millisatoshi that came twice, too late or for nothing', owedMsat, registers);
  const seconds = new Histogram({
    name: 'purser_gate_settlement_lag_seconds',
    help: 'From the settlement of an invoice at the node to its record',
    buckets: BUCKETS,
    registers,
  });
  onSettlement((lagMs) => seconds.observe(lagMs / SECOND_MS));
  gauge('purser_budget_alerts_open', 'Alerts of budgets that are open', openAlerts, registers);
  gauge('purser_reconciliation_drift_cents', 'What the last reconciliation booked', lastDriftCents, registers);
}

interface Counted {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly registers: Registry[];
}

function countOutcomes(name: string, help: string, { outcomes, registers }: Counted): void {
  // oxlint-disable-next-line no-new -- it is found through its registry
  new Counter({
    name,
    help,
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
    },
  });
}

/** A value that cannot be read now is none: the others are told all the same. */
function gauge(name: string, help: string, read: () => number | Promise<number>, registers: Registry[]): void {
  // oxlint-disable-next-line no-new -- it is found through its registry
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      this.set(await Promise.resolve(read()).catch(() => Number.NaN));
    },
  });
}
