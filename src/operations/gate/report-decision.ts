/**
 * `POST /l402-otb/decisions/{decision_id}/commit`, `/cancel`, `/receive`, `/return`, `/chargeback` (B-05): what became of an
 * allowed action. Budget follows at once.
 */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { newId } from '../../base/new-id.ts';
import type { ReportKind } from '../../budgets/reports.ts';
import { decisionView } from '../../budgets/wire.ts';
import { invoiceOf } from '../../gate/find-rows.ts';
import type { GateService } from '../../gate/gate-service.ts';
import { submitKnowing } from '../../gate/knowing.ts';
import type { Store } from '../../store/store.ts';
import { again, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { refusalOf } from '../command-answer.ts';
import { text } from '../ledger/schemas.ts';
import { amount, id } from '../schemas.ts';
import { budgetOf, findOwnDecision } from './find-decision.ts';
import { countersRecord, decisionRecord } from './schemas.ts';

const said = {
  amount_cents: amount.optional().meta({ description: 'all there is of it, where it is not said' }),
  reference: text(limits.nameCharactersMax)
    .optional()
    .meta({ description: 'counts once; the same again changes nothing' }),
};

const final = z.boolean().optional().meta({ description: 'nothing more will come: what is still on order goes back' });

const plain = z.strictObject(said);
const receipt = z.strictObject({ ...said, final });

const reports: readonly { readonly kind: ReportKind; readonly name: string; readonly summary: string }[] = [
  { kind: 'commit', name: 'commitDecision', summary: 'The action goes through: reserved becomes on order' },
  { kind: 'cancel', name: 'cancelDecision', summary: 'It does not: budget goes back, also a part' },
  { kind: 'receive', name: 'receiveDecision', summary: 'Goods have come: all, a part, or more than was ordered' },
  { kind: 'return', name: 'returnDecision', summary: 'Goods went back' },
  { kind: 'chargeback', name: 'chargebackDecision', summary: 'The vendor owes us for what came' },
];

const answer = z.strictObject({
  ...decisionRecord.shape,
  budget: countersRecord.nullable().meta({ description: 'as it is now; null for callers that may not read budgets' }),
});

export function reportDecisionOperations(store: Pick<Store, 'rows' | 'submit'>, gate: GateService): ApiOperation[] {
  return reports.map(({ kind, name, summary }) =>
    defineOperation({
      name,
      method: 'POST',
      path: `/l402-otb/decisions/{decision_id}/${kind}`,
      chapter: 'Decisions',
      summary,
      permission: 'decisions:report',
      tier: 'stream',
      input: { path: z.strictObject({ decision_id: id }), body: kind === 'receive' ? receipt : plain },
      answer,
      refusals: ['decision_not_found', 'invalid_amount', 'invalid_report', 'idempotency_conflict', 'overloaded'],
      async run({ path: { decision_id: decisionId }, body, caller }) {
        const permission = 'decisions:report' as const;
        const decision = await findOwnDecision(store, { id: decisionId, caller, permission });
        if (decision === undefined) return refused('decision_not_found');
        const { merchant_id: merchant, bucket } = decision;
        const reference = body.reference ?? null;
        const reportId = reference === null ? newId() : `${decisionId}|${kind}|${reference}`;
        const outcome = await submitKnowing({
          store,
          current: [{ decisionId, bucket }],
          commandOf: ([ref]) => ({
            type: 'report-decision',
            reportId,
            decisionId,
            merchant,
            bucket: ref?.bucket ?? bucket,
            kind,
            amountCents: body.amount_cents ?? null,
            final: 'final' in body && body.final === true,
            reference,
            actor: caller.keyId,
          }),
        });
        const refusal = refusalOf(outcome);
        if (refusal !== undefined) return refusal;
        if (decision.state === 'challenged') await gate.ended(decisionId);
        const row = (await findOwnDecision(store, { id: decisionId, caller, permission })) ?? decision;
        const mayRead = mayUseMerchant(caller, 'budgets:read', merchant);
        const budget = mayRead ? await budgetOf(store, row) : null;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
        const view = { ...decisionView(row, await invoiceOf(store, decisionId)), budget } as z.infer<typeof answer>;
        return outcome.replayed ? again(view) : done(view);
      },
    }),
  );
}
