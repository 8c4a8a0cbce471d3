/** Shapes of the buyer bridge on the wire: organisations, offers, orders, executions and disputes. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { holdRecord, text, time } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';

const AMOUNT = { error: 'invalid_amount' };

/** An amount of money that may be nothing: what is offered for nothing needs no hold (S-33). */
export const price = z
  .codec(z.int(AMOUNT).min(0, AMOUNT).max(Number.MAX_SAFE_INTEGER, AMOUNT), z.bigint(), {
    decode: BigInt,
    encode: Number,
  })
  .meta({ description: 'minor units', examples: [200] });

/** How many, or which one. */
export function count(min: number): z.ZodType<bigint> {
  return z.codec(z.int().min(min), z.bigint(), { decode: BigInt, encode: Number });
}

/** Any JSON value; nobody here looks into it. */
function json(bytesMax: number): z.ZodType {
  return z
    .unknown()
    .refine(
      (value) =>
        isShallow(value, limits.orderContentDepthMax) && Buffer.byteLength(JSON.stringify(value) ?? '') <= bytesMax,
      `at most ${bytesMax} bytes of JSON, nested at most ${limits.orderContentDepthMax} times`,
    )
    .meta({
      description: `any JSON of at most ${bytesMax} bytes, nested at most ${limits.orderContentDepthMax} times`,
    });
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

export const content = json(limits.orderContentBytesMax);
export const lineage = json(limits.orderLineageBytesMax);

export const name = text(limits.nameCharactersMax);
export const subjectKind = z.enum(['participant', 'org']);
export const unitKind = z.enum(['per-item', 'per-character-block', 'per-request', 'per-task', 'flat']);
export const offerStatus = z.enum(['active', 'withdrawn']);

export const orgRecord = z.strictObject({
  org_id: id,
  custodian_participant_id: id,
  created_at: time,
  updated_at: time,
});

export const offerRecord = z.strictObject({
  offer_id: id,
  sequence_no: z.int(),
  status: offerStatus,
  provider_node_id: z.string(),
  provider_participant_id: id,
  service_type: z.string(),
  description: z.string(),
  price_amount: z.int(),
  price_currency: z.string(),
  unit_kind: unitKind,
  expires_at: time.nullable(),
  max_queue_depth: z.int(),
  auto_accept: z.boolean(),
  updated_at: time,
});

export type OrgRecord = z.infer<typeof orgRecord>;
export type OfferRecord = z.infer<typeof offerRecord>;

const optionalId = z.string().nullable();
const optionalTime = time.nullable();

/** The way from the offer to the money (S-35). */
const lineageFields = {
  offer_id: id,
  offer_seq: z.int(),
  order_id: id,
  run_id: optionalId,
  phase_id: optionalId,
  hold_id: optionalId,
  gate_decision_id: optionalId,
};

const deadlines = z.strictObject({
  work_by: optionalTime,
  accept_by: optionalTime,
  dispute_by: optionalTime,
  auto_release_after: optionalTime,
});

const parties = {
  provider_node_id: z.string(),
  provider_participant_id: id,
  subject_kind: subjectKind,
  subject_id: id,
  payer_account_id: z.string(),
  payee_account_id: z.string(),
};

const receipt = z.strictObject({
  status: z.enum(['pending', 'settled', 'terminal', 'expired', 'terminal-dispute']),
  execution_id: id,
  ...lineageFields,
  payer_account_id: z.string(),
  payee_account_id: z.string(),
  amount: z.int(),
  result_digest: z.string().nullable(),
  ended_at: optionalTime,
});

export const executionState = z.enum([
  'awaiting-provider',
  'opened',
  'awaiting-acceptance',
  'released',
  'failed',
  'rejected',
  'expired',
  'disputed',
]);

/** An execution in a list: its result, which may be long, is left out. */
export const executionItem = z.strictObject({
  execution_id: id,
  state: executionState,
  ...lineageFields,
  ...parties,
  price_amount: z.int(),
  last_event: z.string().nullable().meta({ description: 'what brought it here' }),
  reason: z.string().nullable(),
  dispute_id: optionalId,
  result_digest: z.string().nullable().meta({ description: 'SHA-256 of the result: the same again is known by it' }),
  deadlines,
  due_at: optionalTime.meta({ description: 'when something happens by itself' }),
  due_event: z.enum(['work-by', 'auto-release']).nullable(),
  receipt,
  created_at: time,
  completed_at: optionalTime,
  ended_at: optionalTime,
  updated_at: time,
});

export const resultStatus = z.enum(['completed', 'failed', 'rejected']);

/** `dispatch-error` is the bridge's own: the work never reached the provider. */
const recordedStatus = z.enum([...resultStatus.options, 'dispatch-error']);

export const executionRecord = executionItem.extend({
  result: z.strictObject({ status: recordedStatus, output: z.unknown(), error: z.unknown() }).nullable(),
  hold: holdRecord.nullable(),
});

export type ExecutionItem = z.infer<typeof executionItem>;
export type ExecutionRecord = z.infer<typeof executionRecord>;

/** S-33. */
const opened = z.strictObject({
  result: z.enum(['opened-execution', 'awaiting-provider']),
  order_id: id,
  execution_id: id,
  hold_id: optionalId,
  price_amount: z.int(),
});

const rejected = z.strictObject({
  result: z.literal('rejected'),
  order_id: id,
  classifier: z.enum([
    'queue-saturated',
    'offer-not-found',
    'offer-expired',
    'offer-seq-mismatch',
    'service-type-mismatch',
    'provider-mismatch',
    'price-exceeded',
    'currency-mismatch',
    'custodian-mismatch',
    'settlement-blocked',
    'other-reason',
  ]),
  reason: z.string(),
  retryable: z.boolean().meta({ description: 'the same order may be asked for again, and is judged anew' }),
});

export const orderResult = z.union([opened, rejected]);

export const orderState = z.enum(['opening', 'opened', 'rejected']);

/** An order in a list: its input, which may be long, is left out. */
export const orderItem = z.strictObject({
  order_id: id,
  state: orderState,
  result: orderResult.nullable(),
  buyer_node_id: z.string(),
  operator_participant_id: optionalId,
  ...parties,
  offer_id: id,
  offer_seq: z.int(),
  service_type: z.string(),
  units: z.int(),
  max_price_amount: z.int(),
  max_price_currency: z.string(),
  price_amount: z.int().nullable(),
  run_id: optionalId,
  phase_id: optionalId,
  lineage: z.unknown(),
  gate_decision_id: optionalId,
  hold_id: optionalId,
  execution_id: optionalId,
  deadlines,
  created_at: time,
  updated_at: time,
});

export const orderRecord = orderItem.extend({
  input: z.unknown(),
  hold: holdRecord.nullable(),
  execution_state: executionState.nullable(),
  receipt: receipt.nullable(),
});

export type OrderItem = z.infer<typeof orderItem>;
export type OrderRecord = z.infer<typeof orderRecord>;

export const disputeState = z.enum(['open', 'resolved']);
export const side = z.enum(['payer', 'payee']);

/** A dispute in a list. */
export const disputeItem = z.strictObject({
  dispute_id: z.string(),
  state: disputeState,
  execution_id: id,
  order_id: id,
  hold_id: optionalId,
  payer_account_id: z.string(),
  payee_account_id: z.string(),
  reason: z.string().nullable(),
  opened_by: z.string().nullable(),
  opened_at: time,
  in_favour_of: side.nullable(),
  resolution: z.string().nullable(),
  resolved_by: z.string().nullable(),
  resolved_at: optionalTime,
});

export const disputeRecord = disputeItem.extend({ hold: holdRecord.nullable() });

export type DisputeItem = z.infer<typeof disputeItem>;
export type DisputeRecord = z.infer<typeof disputeRecord>;
