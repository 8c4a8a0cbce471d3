/** `purser rule`: receipts of funding gateways that are credited without anybody being asked. */
import type { SetStandingRuleAnswer } from '../../client/client.ts';
import { recordCommand, type Command } from '../command.ts';
import { amount, argument, choice, required, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const gateway = argument(text('NODE', 'the gateway that the receipts come from'));

const columns: readonly Column<SetStandingRuleAnswer>[] = [
  column('GATEWAY', ({ gateway_node_id: id }) => id),
  column('STATE', ({ state }) => state),
  amountColumn('UP TO', ({ max_amount: limit }) => limit),
  column('SIGNATURE', ({ requires_signature: requires }) => (requires ? 'required' : 'optional')),
  column('SET BY', ({ set_by: key }) => key),
  column('AT', ({ updated_at: at }) => at),
];

const notes = 'Takes the operator token of the server: no key can do it.';

export const ruleCommands: readonly Command[] = [
  recordCommand({
    resource: 'rule',
    verb: 'set',
    summary: 'have receipts of a funding gateway credited without being asked',
    notes: `${notes} It also concerns receipts that wait already.`,
    fields: {
      gateway_node_id: gateway,
      max_amount: required(amount('the largest receipt, with its fee')),
      signature: choice(['required', 'optional'], 'whether only signed receipts pass; without it they must be signed'),
    },
    columns,
    ask: (client, { signature, ...values }, { signal }) =>
      client.setStandingRule({ ...values, requires_signature: signature !== 'optional' }, { signal }),
  }),
  recordCommand({
    resource: 'rule',
    verb: 'show',
    summary: "a funding gateway's standing rule",
    notes,
    fields: { gateway_node_id: gateway },
    columns,
    ask: (client, values, { signal }) => client.readStandingRule(values, { signal }),
  }),
  recordCommand({
    resource: 'rule',
    verb: 'remove',
    summary: 'have receipts of a funding gateway wait again',
    notes: `${notes} What was credited stays credited.`,
    fields: { gateway_node_id: gateway },
    columns,
    ask: (client, values, { signal }) => client.removeStandingRule(values, { signal }),
  }),
];
