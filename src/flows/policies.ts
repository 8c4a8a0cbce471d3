/** A merchant's rules for the gate: each version is kept, so that a decision can be explained by those of its time (B-24). */
import type { Command, Decision } from '../base/decision.ts';
import { policyId, policyView } from '../budgets/plan-wire.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { policies, policyVersions, type PolicyRow } from '../budgets/tables.ts';
import { repeated, replayed, type Keyed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';

export interface SetPolicyCommand extends Command {
  readonly type: 'set-policy';
  readonly merchantId: string;
  /** Whole: what the caller left out is as in the default. */
  readonly settings: PolicySettings;
  /** The caller's idempotency key with the name of its key space, and the canonical request. */
  readonly keyed: Keyed | null;
  readonly actor: string;
}

const setPolicy: Decision<SetPolicyCommand> = {
  reads: ({ merchantId, keyed }) => ({
    ...(keyed === null ? {} : { key: keyed.key }),
    rows: [{ table: policies, key: [merchantId] }],
  }),
  decide({ merchantId, settings: wanted, keyed, actor }, view) {
    const known = keyed === null ? undefined : repeated(view, { ...keyed, conflict: 'idempotency_conflict' });
    if (known !== undefined) return known;
    const under = { keyed, said: { actor } };
    const before = view.row(policies, [merchantId]);
    const settings = JSON.stringify(wanted);
    if (before?.settings === settings) {
      const same = policyView(before, before.updated_at);
      if (keyed === null) return replayed(same);
      // The key is kept though nothing changes: a late retry must not undo a newer policy.
      return budgetRecorded({
        type: 'otb/policy-set.v1',
        subject: before.policy_id,
        answer: same,
        changes: [],
        ...under,
      });
    }
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
    return budgetRecorded({ type: 'otb/policy-set.v1', subject: policy_id, answer, changes, ...under });
  },
};

export const policyDecisions = { 'set-policy': setPolicy };
