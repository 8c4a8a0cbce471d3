/** A merchant's rules for the gate: each version is kept, so that a decision can be explained by those of its time (B-24). */
import type { Command, Decision } from '../base/decision.ts';
import { policyId, policyView } from '../budgets/plan-wire.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { policies, policyVersions, type PolicyRow } from '../budgets/tables.ts';
import { replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';

export interface SetPolicyCommand extends Command {
  readonly type: 'set-policy';
  readonly merchantId: string;
  /** Whole: what the caller left out is as in the default. */
  readonly settings: PolicySettings;
  readonly actor: string;
}

const setPolicy: Decision<SetPolicyCommand> = {
  reads: ({ merchantId }) => ({ rows: [{ table: policies, key: [merchantId] }] }),
  decide({ merchantId, settings: wanted, actor }, view) {
    const before = view.row(policies, [merchantId]);
    const settings = JSON.stringify(wanted);
    if (before?.settings === settings) return replayed(policyView(before, before.updated_at));
    const version = (before?.version ?? 0n) + 1n;
    const row: PolicyRow = {
      merchant_id: merchantId,
      policy_id: policyId(merchantId, version),
      settings,
      created_by: actor,
      created_at: before?.created_at ?? view.at,
      updated_at: view.at,
      version,
    };
    const { policy_id, created_by } = row;
    const kept = { policy_id, merchant_id: merchantId, settings, created_by, at: view.at };
    const changes = [
      { table: policies, row },
      { table: policyVersions, row: kept },
    ];
    const answer = policyView(row, view.at);
    return budgetRecorded({ type: 'otb/policy-set.v1', subject: policy_id, answer, changes, said: { actor } });
  },
};

export const policyDecisions = { 'set-policy': setPolicy };
