/** Gate calls as tests send them: what was asked, with what has to be known for it, and the node's part told by hand. */
import { randomUUID } from 'node:crypto';
import type { Command, Decision, Decisions } from '../../src/base/decision.ts';
import type { MinorUnits } from '../../src/base/money.ts';
import { bucketKey } from '../../src/budgets/bucket.ts';
import type { GateRequest } from '../../src/budgets/gate-request.ts';
import { defaultPolicy, type PolicySettings } from '../../src/budgets/policy.ts';
import { allocations, decisions, policies, policyVersions } from '../../src/budgets/tables.ts';
import type { DecisionRow } from '../../src/budgets/tables.ts';
import { bucketReads, changeBucket, newBucket } from '../../src/flows/buckets.ts';
import { budgetRecorded } from '../../src/flows/budget-facts.ts';
import { createDecisions, type PaymentCommand, type PaymentPolicy } from '../../src/flows/commands.ts';
import type { GateFollowUp } from '../../src/flows/gate-invoice.ts';
import type { GateCommand } from '../../src/flows/gate.ts';
import { submitKnowing } from '../../src/gate/knowing.ts';
import { canonicalRequest, requestDigest } from '../../src/l402/request-digest.ts';
import type { Outcome, Store } from '../../src/store/store.ts';

export const MERCHANT = 'acme';
export const PERIOD = '2026-11';

export const money = (cents: number | bigint): MinorUnits => BigInt(cents) as MinorUnits;

/** What is said differently from the usual: a purchase order of `caller` for the whole merchant, by its period or its delivery date. */
export interface Asking extends Partial<Omit<GateRequest, 'amountCents' | 'context'>> {
  readonly amount: number | bigint;
  readonly po?: string;
  readonly caller?: string;
  readonly role?: string;
  readonly key?: string;
  readonly acknowledged?: boolean;
  readonly credential?: string;
  readonly lookedUp?: boolean;
  readonly mayChallenge?: boolean;
  readonly path?: readonly string[];
}

// oxlint-disable-next-line complexity -- a default for each field
export function gateOf(
  asking: Asking,
  current: GateCommand['current'] = [],
  decisionId: string = randomUUID(),
): GateCommand {
  const { amount, po, caller = 'key-1', role = 'buyer', key = null, acknowledged = false, credential = null } = asking;
  const { mayChallenge = true, lookedUp = true, path, ...said } = asking;
  const month = said.period ?? said.deliveryDate?.slice(0, PERIOD.length) ?? PERIOD;
  const request: GateRequest = {
    merchantId: said.merchantId ?? MERCHANT,
    actorId: said.actorId ?? 'ann',
    actionKind: said.actionKind ?? 'po_submit',
    amountCents: money(amount),
    category: said.category ?? null,
    period: said.period ?? (said.deliveryDate == null ? PERIOD : null),
    deliveryDate: said.deliveryDate ?? null,
    currency: said.currency ?? null,
    basis: said.basis ?? null,
    context: { poId: po ?? null, transferId: null, orderId: null },
  };
  const digested = { ...request, callerId: caller, idempotencyKey: key };
  return {
    type: 'gate',
    decisionId,
    request,
    content: canonicalRequest(digested),
    digest: requestDigest(canonicalRequest(digested)),
    caller,
    role,
    idempotencyKey: key,
    acknowledged,
    place: {
      periods: [
        {
          period: month,
          path: path ?? (request.category === null ? [''] : [request.category, '']),
        },
      ],
      month,
      hierarchyVersion: 0n,
    },
    current,
    credential,
    presented: credential !== null,
    lookedUp,
    mayChallenge,
  };
}

/** What the gate answered, taken apart. */
export interface Answered {
  readonly code: string | null;
  readonly replayed: boolean;
  readonly allowed: boolean | undefined;
  readonly decisionId: string;
  readonly left: number | undefined;
  readonly reason: string | undefined;
  readonly followUp: GateFollowUp;
}

export function answeredBy({ answer, code, replayed, followUp = {} }: Outcome): Answered {
  const said = JSON.parse(answer) as Record<string, unknown>;
  return {
    code,
    replayed,
    allowed: said['allowed'] as boolean | undefined,
    decisionId: String(said['decision_id']),
    left: said['remaining_budget_cents'] as number | undefined,
    reason: said['reason'] as string | undefined,
    followUp,
  };
}

type Part = Pick<Store, 'submit' | 'rows'>;

/** Asks as the server does: knowing more with each try. */
export async function ask(store: Part, asking: Asking): Promise<Answered> {
  const decisionId = randomUUID();
  const outcome = await submitKnowing({ store, commandOf: (current) => gateOf(asking, current, decisionId) });
  return answeredBy(outcome);
}

export async function decisionOf(store: Pick<Store, 'rows'>, id: string): Promise<DecisionRow> {
  const [row] = await store.rows({ table: decisions, where: { decision_id: id }, by: 'decision_id', limit: 1 });
  if (row === undefined) throw new Error(`no decision ${id}`);
  return row;
}

export const refOf = ({ decision_id, merchant_id, bucket }: DecisionRow) =>
  ({ decisionId: decision_id, merchant: merchant_id, bucket }) as const;

/** The node's part, as a settlement of it would be told. */
export async function issued(
  store: Part,
  id: string,
  expiresAt = 2_000_000_000_000_000_000n,
  token: { readonly tokenId?: string; readonly rootKeySealed?: string; readonly preimageSealed?: string } = {},
): Promise<Outcome> {
  return store.submit({
    type: 'record-invoice',
    ...refOf(await decisionOf(store, id)),
    bolt11: `lnbcrt1${id}`,
    paymentHash: hashOf(id),
    payeeKey: '02'.repeat(33),
    expiresAt,
    tokenId: hashOf(`token ${id}`),
    rootKeySealed: 'sealed',
    preimageSealed: null,
    ...token,
  });
}

/** The payment hash that `issued` gives a decision's invoice. */
export const hashOf = (text: string): string => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);

export async function settled(store: Part, id: string, receivedMsat = 100_000n): Promise<Outcome> {
  const ref = refOf(await decisionOf(store, id));
  return store.submit({ type: 'settle-invoice', ...ref, receivedMsat, settledAt: 1_795_000_000_000_000_000n });
}

/** The node holds a payment for it. */
export async function accepted(store: Part, id: string, heldMsat = 100_000n): Promise<Outcome> {
  const decision = await decisionOf(store, id);
  const former = decision.replaces === null ? null : refOf(await decisionOf(store, decision.replaces));
  return store.submit({ type: 'accept-payment', ...refOf(decision), heldMsat, replaces: former });
}

/** The node has nothing of it. */
export async function holdEnded(store: Part, id: string): Promise<Outcome> {
  return store.submit({ type: 'end-hold', ...refOf(await decisionOf(store, id)) });
}

export async function reported(
  store: Part,
  id: string,
  kind: 'commit' | 'cancel' | 'receive' | 'return' | 'chargeback',
  more: { readonly amount?: bigint; readonly reference?: string; readonly final?: boolean } = {},
): Promise<Outcome> {
  const { amount = null, reference = null, final = false } = more;
  return store.submit({
    type: 'report-decision',
    ...refOf(await decisionOf(store, id)),
    reportId: reference === null ? randomUUID() : `${id}|${kind}|${reference}`,
    kind,
    amountCents: amount,
    final,
    reference,
    actor: 'ann',
  });
}

export async function ended(store: Part, id: string): Promise<Outcome> {
  return store.submit({ type: 'end-decision', ...refOf(await decisionOf(store, id)) });
}

// ---- What planners do, in the shortest form: a bucket with so much in it, a policy.

interface PlannedCommand extends Command {
  readonly type: 'planned';
  readonly merchant: string;
  readonly category: string;
  readonly cents: bigint;
}

const planned: Decision<PlannedCommand> = {
  reads: ({ merchant, category }) => ({ rows: bucketReads(bucketKey(merchant, PERIOD, category)) }),
  decide({ merchant, category, cents }, view) {
    const bucket = bucketKey(merchant, PERIOD, category);
    const place = { merchant, period: PERIOD, category, allocationId: bucket };
    const before = view.row(allocations, [bucket]) ?? newBucket(place, view);
    const changes = changeBucket(before, { allocated_cents: cents, revised: true }, defaultPolicy, view);
    return budgetRecorded({ type: 'otb/allocation-set.v1', subject: bucket, answer: {}, changes, said: {} });
  },
};

interface RuledCommand extends Command {
  readonly type: 'ruled';
  readonly settings: Partial<PolicySettings>;
}

const ruled: Decision<RuledCommand> = {
  reads: () => ({ rows: [{ table: policies, key: [MERCHANT] }] }),
  decide({ settings }, view) {
    const version = (view.row(policies, [MERCHANT])?.version ?? 0n) + 1n;
    const said = {
      merchant_id: MERCHANT,
      policy_id: `${MERCHANT}.v${version}`,
      settings: JSON.stringify({ ...defaultPolicy, ...settings }),
      created_by: 'planner',
    };
    const row = { ...said, created_at: view.at, updated_at: view.at, version };
    const changes = [
      { table: policies, row },
      { table: policyVersions, row: { ...said, at: view.at } },
    ];
    return budgetRecorded({ type: 'otb/policy-set.v1', subject: said.policy_id, answer: {}, changes, said: {} });
  },
};

/** The product's decisions, and the two above. */
export function gateDecisions(policy: PaymentPolicy): Decisions {
  const { byType, ...rest } = createDecisions(policy);
  return { ...rest, byType: { ...byType, planned, ruled } };
}

export const plan = (store: Part, cents: bigint, category = '', merchant = MERCHANT): Promise<Outcome> =>
  store.submit({ type: 'planned', merchant, category, cents } as unknown as PaymentCommand);

export const rule = (store: Part, settings: Partial<PolicySettings>): Promise<Outcome> =>
  store.submit({ type: 'ruled', settings } as unknown as PaymentCommand);
