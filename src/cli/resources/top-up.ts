/** `purser top-up`: receipts of the funding gateway, which credit accounts of the settlement ledger. */
import type { ApplyTopUpAnswer, TopUp } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { amount, integer, required, text, type Fields, type Values } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const columns: readonly Column<TopUp>[] = [
  column('RECEIPT', ({ receipt_id: id }) => id),
  column('ACCOUNT', ({ account_id: id }) => id),
  amountColumn('AMOUNT', ({ amount: units }) => units),
  amountColumn('FEE', ({ fee }) => fee?.amount ?? 0),
  column('GATEWAY', ({ gateway_node_id: id }) => id),
  column('PAYMENT', ({ external }) => external.payment_ref),
  column('APPLIED', ({ applied_at: at }) => at),
];

export const appliedColumns: readonly Column<ApplyTopUpAnswer>[] = [
  column('OUTCOME', ({ outcome }) => outcome),
  column('RECEIPT', ({ receipt_id: id }) => id),
  column('ACCOUNT', ({ account_id: id }) => id),
  amountColumn('AMOUNT', ({ amount: units }) => units),
  amountColumn('AVAILABLE', ({ balance }) => balance.available),
  amountColumn('HELD', ({ balance }) => balance.held),
  amountColumn('TOTAL', ({ balance }) => balance.total),
];

const receipt = {
  receipt: required(text('RECEIPT', 'the id of the receipt; it is credited once')),
  account: required(text('ACCOUNT', 'who gets it')),
  amount: required(amount('what the account gets, without the fee')),
  gateway: required(text('NODE', 'the gateway that took the money')),
  external_amount: required(amount('what was paid to the gateway')),
  external_currency: required(text('CODE', 'in which currency')),
  payment_ref: required(text('TEXT', "the gateway's own number of the payment")),
  fee_amount: amount('what another account gets of it'),
  fee_basis_points: integer('BP', 'its share of amount and fee together, in hundredths of a percent'),
  fee_account: text('ACCOUNT', 'the account that gets the fee'),
  occurred_at: text('TIME', 'when it was paid, as 2027-01-31T12:00:00Z'),
  policy_ref: text('TEXT', 'the policy that allows it'),
  signature: text('TEXT', "the gateway's signature"),
} as const satisfies Fields;

export const topUpCommands: readonly Command[] = [
  recordCommand({
    resource: 'top-up',
    verb: 'submit',
    summary: 'credit a receipt of the funding gateway, once',
    notes: 'Takes the operator token of the server: no key can do it. The three --fee flags belong together.',
    fields: receipt,
    columns: appliedColumns,
    ask: (client, values, { signal }) => client.applyTopUp(receiptOf(values), { signal }),
  }),
  listCommand({
    resource: 'top-up',
    verb: 'list',
    summary: 'receipts that were credited, the newest first',
    fields: { account: text('ACCOUNT', 'only those of this account') },
    columns,
    list: (client, { account, ...query }, options) => client.listTopUps({ ...query, account_id: account }, options),
  }),
];

function receiptOf(values: Values<typeof receipt>) {
  return {
    receipt_id: values.receipt,
    account_id: values.account,
    amount: values.amount,
    unit: 'ORC' as const,
    gateway_node_id: values.gateway,
    external: {
      amount: values.external_amount,
      currency: values.external_currency,
      payment_ref: values.payment_ref,
    },
    fee: feeOf(values),
    occurred_at: values.occurred_at,
    policy_ref: values.policy_ref,
    signature: values.signature,
  };
}

function feeOf({ fee_amount: units, fee_basis_points: points, fee_account: account }: Values<typeof receipt>) {
  if (units === undefined && points === undefined && account === undefined) return undefined;
  if (units === undefined || points === undefined || account === undefined)
    throw new UsageError('--fee-amount, --fee-basis-points and --fee-account belong together: give all three, or none');
  return { amount: units, basis_points: points, account_id: account };
}
