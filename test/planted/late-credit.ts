/** A server with a planted bug: CREDIT does not look for a rollback, so a late one after the compensation makes money. */
import type { Decision, Decisions, View } from '../../src/base/decision.ts';
import { createDecisions, type PaymentPolicy } from '../../src/flows/commands.ts';
import { runServer } from '../../src/server/main.ts';
import { productWiring } from '../../src/server/serve.ts';

function withoutRollbacks(view: View): View {
  return { ...view, row: (table, key) => (key[1] === 'rollback' ? undefined : view.row(table, key)) };
}

function creditsLate(policy: PaymentPolicy): Decisions {
  const decisions = createDecisions(policy);
  const credit = decisions.byType['credit'];
  if (credit === undefined) throw new Error('there is no decision for CREDIT');
  const late: Decision = { ...credit, decide: (command, view) => credit.decide(command, withoutRollbacks(view)) };
  return { ...decisions, byType: { ...decisions.byType, credit: late } };
}

await runServer(process.argv.slice(2), process.env, { ...productWiring, createDecisions: creditsLate });
