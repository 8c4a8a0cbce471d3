/** The projections of the buyer bridge. Facts hold their rows as they are; instants are nanoseconds, yes and no are 1 and 0. */
import type { Table } from '../base/decision.ts';
import type { Receipt, ExecutionEvent, ExecutionState } from './closeout.ts';
import type { Classifier } from './judge.ts';

/** An organisation has exactly one custodian: the participant that may order in its name (S-32). */
export type OrgRow = Readonly<{
  org_id: string;
  custodian_participant_id: string;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const orgs: Table<OrgRow> = {
  name: 'orgs',
  key: ['org_id'],
  columns: ['org_id', 'custodian_participant_id', 'created_at', 'updated_at', 'version'],
  integers: ['created_at', 'updated_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};

/** The latest sequence number of an offer (S-30); those before it stand in the facts. */
export type OfferRow = Readonly<{
  offer_id: string;
  sequence_no: bigint;
  status: 'active' | 'withdrawn';
  provider_node_id: string;
  provider_participant_id: string;
  service_type: string;
  description: string;
  price_amount: bigint;
  price_currency: string;
  unit_kind: string;
  /** Null: never. */
  expires_at: bigint | null;
  max_queue_depth: bigint;
  auto_accept: bigint;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const offers: Table<OfferRow> = {
  name: 'offers',
  key: ['offer_id'],
  columns: [
    'offer_id',
    'sequence_no',
    'status',
    'provider_node_id',
    'provider_participant_id',
    'service_type',
    'description',
    'price_amount',
    'price_currency',
    'unit_kind',
    'expires_at',
    'max_queue_depth',
    'auto_accept',
    'created_at',
    'updated_at',
    'version',
  ],
  integers: [
    'sequence_no',
    'price_amount',
    'expires_at',
    'max_queue_depth',
    'auto_accept',
    'created_at',
    'updated_at',
    'version',
  ],
  kept: 'none',
  rows: 'replaced',
};

/** How many executions of an offer have no result yet. Beside the offer, so that an execution does not write the offer anew. */
export type OfferQueueRow = Readonly<{ offer_id: string; depth: bigint; updated_at: bigint; version: bigint }>;

export const offerQueues: Table<OfferQueueRow> = {
  name: 'offer_queues',
  key: ['offer_id'],
  columns: ['offer_id', 'depth', 'updated_at', 'version'],
  integers: ['depth', 'updated_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};

/** `opening`: the hold is there, the execution not yet; whoever finds it so after a crash goes on from there. */
type OrderState = 'opening' | 'opened' | 'rejected';

export type OrderRow = Readonly<{
  order_id: string;
  state: OrderState;
  subject_kind: 'participant' | 'org';
  subject_id: string;
  provider_participant_id: string;
  offer_id: string;
  offer_seq: bigint;
  payer_account_id: string;
  payee_account_id: string;
  units: bigint;
  /** Null while no price could be agreed. */
  price_amount: bigint | null;
  hold_id: string | null;
  execution_id: string | null;
  run_id: string | null;
  phase_id: string | null;
  gate_decision_id: string | null;
  /** The bucket of that decision's budget. */
  budget_bucket: string | null;
  classifier: Classifier | null;
  reason: string | null;
  retryable: bigint | null;
  work_by: bigint | null;
  accept_by: bigint | null;
  dispute_by: bigint | null;
  auto_release_after: bigint | null;
  /** What the buyer asked for, canonical: the same order id with anything else is a conflict. */
  request: string;
  /** The result, byte for byte as it was first given; null while `opening`. */
  answer: string | null;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const orders: Table<OrderRow> = {
  name: 'orders',
  key: ['order_id'],
  columns: [
    'order_id',
    'state',
    'subject_kind',
    'subject_id',
    'provider_participant_id',
    'offer_id',
    'offer_seq',
    'payer_account_id',
    'payee_account_id',
    'units',
    'price_amount',
    'hold_id',
    'execution_id',
    'run_id',
    'phase_id',
    'gate_decision_id',
    'budget_bucket',
    'classifier',
    'reason',
    'retryable',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'request',
    'answer',
    'created_at',
    'updated_at',
    'version',
  ],
  integers: [
    'offer_seq',
    'units',
    'price_amount',
    'retryable',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'created_at',
    'updated_at',
    'version',
  ],
  kept: 'none',
  rows: 'replaced',
};

export type ExecutionRow = Readonly<{
  execution_id: string;
  state: ExecutionState;
  receipt: Receipt;
  /** The event that brought it here, and what was said about it. */
  last_event: ExecutionEvent | null;
  reason: string | null;
  order_id: string;
  offer_id: string;
  offer_seq: bigint;
  provider_node_id: string;
  provider_participant_id: string;
  subject_kind: 'participant' | 'org';
  subject_id: string;
  payer_account_id: string;
  payee_account_id: string;
  price_amount: bigint;
  /** Null when the price is zero. */
  hold_id: string | null;
  run_id: string | null;
  phase_id: string | null;
  gate_decision_id: string | null;
  /** The bucket of that decision's budget. */
  budget_bucket: string | null;
  dispute_id: string | null;
  /** Canonical JSON of the provider's result, and its SHA-256: the same again is recognised by it. */
  result: string | null;
  result_digest: string | null;
  work_by: bigint | null;
  accept_by: bigint | null;
  dispute_by: bigint | null;
  auto_release_after: bigint | null;
  /** When something happens by itself, and what; null while somebody has to decide, or nothing is left. */
  due_at: bigint | null;
  due_event: 'work-by' | 'auto-release' | null;
  completed_at: bigint | null;
  ended_at: bigint | null;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const executions: Table<ExecutionRow> = {
  name: 'executions',
  key: ['execution_id'],
  columns: [
    'execution_id',
    'state',
    'receipt',
    'last_event',
    'reason',
    'order_id',
    'offer_id',
    'offer_seq',
    'provider_node_id',
    'provider_participant_id',
    'subject_kind',
    'subject_id',
    'payer_account_id',
    'payee_account_id',
    'price_amount',
    'hold_id',
    'run_id',
    'phase_id',
    'gate_decision_id',
    'budget_bucket',
    'dispute_id',
    'result',
    'result_digest',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'due_at',
    'due_event',
    'completed_at',
    'ended_at',
    'created_at',
    'updated_at',
    'version',
  ],
  integers: [
    'offer_seq',
    'price_amount',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'due_at',
    'completed_at',
    'ended_at',
    'created_at',
    'updated_at',
    'version',
  ],
  kept: 'none',
  rows: 'replaced',
};

/** An execution has one dispute at most. While it is open its hold is frozen, and somebody should be told how long already. */
export type DisputeRow = Readonly<{
  dispute_id: string;
  state: 'open' | 'resolved';
  execution_id: string;
  order_id: string;
  hold_id: string | null;
  payer_account_id: string;
  payee_account_id: string;
  reason: string | null;
  opened_by: string | null;
  opened_at: bigint;
  in_favour_of: 'payer' | 'payee' | null;
  resolution: string | null;
  resolved_by: string | null;
  resolved_at: bigint | null;
  version: bigint;
}>;

export const disputes: Table<DisputeRow> = {
  name: 'disputes',
  key: ['dispute_id'],
  columns: [
    'dispute_id',
    'state',
    'execution_id',
    'order_id',
    'hold_id',
    'payer_account_id',
    'payee_account_id',
    'reason',
    'opened_by',
    'opened_at',
    'in_favour_of',
    'resolution',
    'resolved_by',
    'resolved_at',
    'version',
  ],
  integers: ['opened_at', 'resolved_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};
