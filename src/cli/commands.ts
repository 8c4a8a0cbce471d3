/** The table of commands. A resource that joins is a file of its own and a line here. */
import type { Command } from './command.ts';
import { accountCommands } from './resources/account.ts';
import { actualCommands } from './resources/actual.ts';
import { balanceCommands } from './resources/balance.ts';
import { budgetCommands } from './resources/budget.ts';
import { decisionCommands } from './resources/decision.ts';
import { disputeCommands } from './resources/dispute.ts';
import { executionCommands } from './resources/execution.ts';
import { evidenceCommands } from './resources/evidence.ts';
import { exportCommands } from './resources/export.ts';
import { factCommands } from './resources/fact.ts';
import { gateCommands } from './resources/gate.ts';
import { holdCommands } from './resources/hold.ts';
import { inboxCommands } from './resources/inbox.ts';
import { invoiceCommands } from './resources/invoice.ts';
import { keyCommands } from './resources/key.ts';
import { merchantCommands } from './resources/merchant.ts';
import { movementCommands } from './resources/movement.ts';
import { offerCommands } from './resources/offer.ts';
import { orderCommands } from './resources/order.ts';
import { orgCommands } from './resources/org.ts';
import { payCommands } from './resources/pay.ts';
import { policyCommands } from './resources/policy.ts';
import { reconcileCommands } from './resources/reconcile.ts';
import { releaseCommands } from './resources/release.ts';
import { ruleCommands } from './resources/rule.ts';
import { topUpCommands } from './resources/top-up.ts';
import { transferCommands } from './resources/transfer.ts';

export const commands: readonly Command[] = [
  ...accountCommands,
  ...topUpCommands,
  ...inboxCommands,
  ...ruleCommands,
  ...holdCommands,
  ...orgCommands,
  ...offerCommands,
  ...orderCommands,
  ...executionCommands,
  ...disputeCommands,
  ...merchantCommands,
  ...budgetCommands,
  ...policyCommands,
  ...gateCommands,
  ...decisionCommands,
  ...releaseCommands,
  ...invoiceCommands,
  ...transferCommands,
  ...balanceCommands,
  ...movementCommands,
  ...actualCommands,
  ...reconcileCommands,
  ...exportCommands,
  ...evidenceCommands,
  ...factCommands,
  ...keyCommands,
  ...payCommands,
];

/** Other words for verbs, wherever there is such a verb. */
export const verbAliases: Readonly<Record<string, string>> = { inspect: 'show' };

export const resources: readonly string[] = [...new Set(commands.map(({ resource }) => resource))];
