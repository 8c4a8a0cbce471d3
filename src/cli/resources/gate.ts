/** `purser gate`: may this much be committed, and what would it cost? */
import type { AskGateAnswer, Client, PreviewGateAnswer } from '../../client/client.ts';
import { recordCommand, remarked, type Command } from '../command.ts';
import { amount, choice, required, text } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const said = {
  merchant: required(text('MERCHANT', 'whose budget')),
  amount: required(amount('what is to be committed')),
  action: choice(
    ['po_submit', 'transfer_request', 'restock', 'vendor_commit', 'other'],
    'what for; po_submit where it is not said',
  ),
  actor: text('NAME', 'who acts; "cli" where it is not said'),
  category: text('CATEGORY', 'the category that is bought'),
  period: text('PERIOD', 'the budget of this period, else that of the delivery, else that of today'),
  delivery: text('DAY', 'when it is expected, as 2026-11-21'),
  currency: text('CODE', "the budget's, where it is not said"),
  basis: choice(['cost', 'retail'], "the budget's, where it is not said"),
  po: text('ID', 'the purchase order: asked again with another amount, only the difference is new'),
  transfer: text('ID', 'the transfer'),
  order: text('ID', 'the order'),
  acknowledge: choice(['yes'], 'go on although little is left, where the policy asks for that'),
} as const;

type Said = Parameters<Parameters<typeof recordCommand<typeof said, never>>[0]['ask']>[1];

function bodyOf({ merchant, amount: cents, action, actor, delivery, po, transfer, order, acknowledge, ...rest }: Said) {
  const context = { po_id: po, transfer_id: transfer, order_id: order };
  const isNamed = Object.values(context).some((id) => id !== undefined);
  return {
    ...rest,
    merchant_id: merchant,
    amount_cents: cents,
    action_kind: action ?? 'po_submit',
    actor_id: actor ?? 'cli',
    delivery_date: delivery,
    ...(acknowledge === undefined ? {} : { acknowledged: true }),
    ...(isNamed ? { context } : {}),
  } as const;
}

const columns: readonly Column<AskGateAnswer>[] = [
  column('ALLOWED', () => 'yes'),
  column('DECISION', ({ decision_id: id }) => id),
  column('STATE', ({ state }) => state),
  amountColumn('AMOUNT', ({ amount_cents: cents }) => cents),
  column('CURRENCY', ({ currency }) => currency),
  column('PAID', ({ paid }) => (paid ? 'yes' : 'no')),
  column('MODE', ({ mode }) => mode),
  column('PERIOD', ({ bucket }) => bucket.period),
  column('CATEGORY', ({ bucket }) => bucket.category),
  column('EXPIRES', ({ expires_at: at }) => at),
  amountColumn('LEFT', ({ remaining_budget_cents: left }) => left ?? null),
];

const previewed: readonly Column<PreviewGateAnswer>[] = [
  column('WOULD', ({ would }) => would),
  column('REASON', ({ reason }) => reason),
  column('SATS', ({ price_sats: sats }) => (sats === undefined ? undefined : String(sats))),
  column('MODE', ({ mode }) => mode),
  column('POLICY', ({ policy_id: id }) => id),
  amountColumn('LEFT', ({ open_to_buy_cents_after: left }) => left ?? null),
];

export const gateCommands: readonly Command[] = [
  recordCommand({
    resource: 'gate',
    verb: 'ask',
    summary: 'commit an amount, if the budget covers it',
    notes:
      'Over budget it fails with an invoice: pay that with "purser pay" or any Lightning wallet, and repeat the command as it was.',
    fields: { ...said, key: text('KEY', 'names this request: the same again has the same answer') },
    columns,
    ask: (client: Client, { key, ...values }, asking) =>
      remarked(
        client.call('askGate', { ...bodyOf(values), idempotency_key: key }, asking),
        asking,
        'It was allowed before; nothing has changed.',
      ),
  }),
  recordCommand({
    resource: 'gate',
    verb: 'preview',
    summary: 'what the gate would say; nothing is recorded',
    fields: said,
    columns: previewed,
    ask: (client, values, { signal }) => client.previewGate(bodyOf(values), { signal }),
  }),
];
