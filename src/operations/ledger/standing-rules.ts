/**
 * `PUT`, `GET` and `DELETE /v1/ledger/standing-rules/{gateway_node_id}` (S-13): receipts that are credited without anybody being
 * asked. Who may set a rule could as well top up, so all three take the control-plane token.
 */
import * as z from 'zod';
import { standingRules } from '../../settlement/funding-tables.ts';
import { ruleView, type RuleView } from '../../settlement/funding-wire.ts';
import { findRow } from '../../store/find-row.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { again, defineOperation, done, refused, type ApiAnswer, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { amount } from '../schemas.ts';
import { gatewayNode, standingRule } from './funding-schemas.ts';

const path = z.strictObject({ gateway_node_id: gatewayNode });

const body = z.strictObject({
  max_amount: amount.meta({ description: 'the largest receipt, net and fee together, in minor units' }),
  requires_signature: z
    .boolean()
    .default(true)
    .meta({ description: 'only receipts whose signature is found good, by a key of PURSER_FUNDING_KEYS' }),
});

const shown = { path: '/v1/ledger/standing-rules/{gateway_node_id}', chapter: 'Settlement' } as const;
const permission = 'top-ups:create';

export function standingRuleOperations(store: Pick<Store, 'submit' | 'rows'>): ApiOperation[] {
  return [setStandingRule(store), readStandingRule(store), removeStandingRule(store)];
}

function setStandingRule(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'setStandingRule',
    method: 'PUT',
    ...shown,
    summary: 'Have receipts of a funding gateway credited without being asked',
    description: 'The same again changes nothing. It also concerns receipts that wait already.',
    permission,
    input: { path, body },
    answer: standingRule,
    refusals: ['invalid_amount'],
    async run({ path: { gateway_node_id: gatewayNodeId }, body: rule, caller }) {
      const outcome = await store.submit({
        type: 'set-standing-rule',
        gatewayNodeId,
        maxAmount: rule.max_amount,
        requiresSignature: rule.requires_signature,
        actor: caller.keyId,
      });
      return answered(outcome);
    },
  });
}

function readStandingRule(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readStandingRule',
    method: 'GET',
    ...shown,
    summary: "A funding gateway's standing rule",
    permission,
    input: { path },
    answer: standingRule,
    refusals: ['rule_not_found'],
    async run({ path: { gateway_node_id: gateway } }) {
      const row = await findRow(store, standingRules, 'gateway_node_id', gateway);
      return row === undefined ? refused('rule_not_found') : done(ruleView(row));
    },
  });
}

function removeStandingRule(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'removeStandingRule',
    method: 'DELETE',
    ...shown,
    summary: 'Have receipts of a funding gateway wait again',
    description: 'What it has credited stays credited.',
    permission,
    input: { path },
    answer: standingRule,
    refusals: ['rule_not_found'],
    async run({ path: { gateway_node_id: gatewayNodeId }, caller }) {
      const outcome = await store.submit({ type: 'remove-standing-rule', gatewayNodeId, actor: caller.keyId });
      return answered(outcome);
    },
  });
}

function answered(outcome: Outcome): ApiAnswer<RuleView> {
  const refusal = refusalOf(outcome);
  if (refusal !== undefined) return refusal;
  const rule = answerOf<RuleView>(outcome);
  return outcome.replayed ? again(rule) : done(rule);
}
