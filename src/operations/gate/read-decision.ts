/** `GET /l402-otb/decisions/{decision_id}` and `…/explain`: a decision, and how it came about (B-06, B-20). */
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import { policyOf } from '../../budgets/policy.ts';
import { policyVersions } from '../../budgets/tables.ts';
import { explanationView, FORMULA } from '../../budgets/explanation.ts';
import { decisionView } from '../../budgets/wire.ts';
import { invoiceOf } from '../../gate/find-rows.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findOwnDecision } from './find-decision.ts';
import { overdueAmong } from './overdue.ts';
import { countersRecord, decisionRecord } from './schemas.ts';

type Decision = z.infer<typeof decisionRecord>;

const path = z.strictObject({ decision_id: id });

export function readDecision(store: Pick<Store, 'rows'>, clock: Pick<Clock, 'nowMs'>): ApiOperation {
  return defineOperation({
    name: 'readDecision',
    method: 'GET',
    path: '/l402-otb/decisions/{decision_id}',
    chapter: 'Decisions',
    summary: 'A decision and what became of its budget',
    permission: 'decisions:read',
    tier: 'stream',
    polled: true,
    input: { path },
    answer: decisionRecord,
    refusals: ['decision_not_found'],
    async run({ path: { decision_id: wanted }, caller }) {
      const row = await findOwnDecision(store, { id: wanted, caller, permission: 'decisions:read' });
      if (row === undefined) return refused('decision_not_found');
      const isOverdue = await overdueAmong(store, [row], clock.nowMs());
      const view = { ...decisionView(row, await invoiceOf(store, row.decision_id)), overdue: isOverdue(row) };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
      return done(view as unknown as Decision);
    },
  });
}

const explanation = z.strictObject({
  decision_id: z.string(),
  state: z.string(),
  policy_id: z.string(),
  policy: z.unknown().meta({ description: 'the settings as they were' }),
  mode: z.string(),
  formula: z.string(),
  looked_at: z.array(z.string()).optional().meta({ description: 'budgets that were there to choose from' }),
  period_kept: z
    .strictObject({ period: z.string(), delivery_date: z.string(), tolerance_days: z.int() })
    .optional()
    .meta({ description: 'the delivery moved by no more than the policy tolerates: it still counts into this period' }),
  outcome: z.string().optional(),
  reason: z.string().nullable().optional(),
  headroom_cents: z.int().optional(),
  given_back_cents: z.int().optional(),
  tolerance_cents: z.int().optional(),
  excess_cents: z.int().optional(),
  before: countersRecord.optional(),
  after: countersRecord.optional(),
});

export function explainDecision(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'explainDecision',
    method: 'GET',
    path: '/l402-otb/decisions/{decision_id}/explain',
    chapter: 'Decisions',
    summary: 'How a decision was reached: the counters and the formula as they were',
    permission: 'decisions:read',
    tier: 'stream',
    input: { path },
    answer: explanation,
    refusals: ['decision_not_found'],
    async run({ path: { decision_id: wanted }, caller }) {
      const row = await findOwnDecision(store, { id: wanted, caller, permission: 'decisions:read' });
      if (row === undefined) return refused('decision_not_found');
      if (!mayUseMerchant(caller, 'budgets:read', row.merchant_id)) return refused('forbidden');
      const policy = await findRow(store, policyVersions, 'policy_id', row.policy_id);
      const { decision_id, state, policy_id, mode } = row;
      const told = explanationView(row.explanation) as Partial<z.infer<typeof explanation>>;
      return done({
        formula: FORMULA,
        ...told,
        decision_id,
        state,
        policy_id,
        policy: policyOf(policy?.settings),
        mode,
      });
    },
  });
}
