/** `purser policy`: a merchant's rules for the gate, version by version. */
import type { Policy } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { argument, choice, integer, required, text, type Fields, type Values } from '../fields.ts';
import { amountColumn, column, type Column } from '../table.ts';

const merchant = argument(text('MERCHANT', 'whose policy'));

const columns: readonly Column<Policy>[] = [
  column('POLICY', ({ policy_id: id }) => id),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('VERSION', ({ version }) => version),
  column('MODE', ({ mode }) => mode),
  column('PRICE', ({ price }) => priceText(price)),
  column('SET', ({ created_at: at }) => at),
];

const details: readonly Column<Policy>[] = [
  ...columns,
  column('RATE', ({ rate }) => (rate === null ? null : `${rate.cents_per_btc} ${rate.currency} cents per bitcoin`)),
  column('PRICE STEP', ({ price_step_sats: sats }) => `${sats} sat`),
  column('TOLERANCE', ({ tolerance_bp: bp, tolerance_days: days }) => `${bp} bp, ${days} days`),
  column('ALERTS AT', ({ thresholds_bp: thresholds }) => thresholds.map((each) => `${each} bp`).join(', ')),
  column('WARNS BELOW', ({ warn_below_bp: bp }) => `${bp} bp`),
  amountColumn('MOST EXCESS', ({ max_excess_cents: cents }) => cents),
  column('INVOICE', ({ invoice }) => invoice),
  column('ROLE LIMITS', ({ role_limits: limits }) =>
    Object.entries(limits)
      .map(([role, cents]) => `${role} ${cents}`)
      .join(', '),
  ),
  column('POOLING', ({ pooling }) => (pooling ? 'yes' : 'no')),
  column('RESERVED FOR', ({ reservation_seconds: seconds }) => `${seconds} s`),
];

function priceText(price: Policy['price']): string {
  if (price.kind === 'toll') return `${price.sats} sat`;
  return price.kind === 'excess_bp' ? `${price.bp} bp of the excess` : 'the whole excess';
}

const fields = {
  merchant_id: merchant,
  mode: required(choice(['enforce', 'warn', 'track'], 'what happens over budget')),
  toll: integer('SATS', 'price: so many satoshi, whatever the excess'),
  excess_bp: integer('BP', 'price: so many hundredths of a percent of the excess'),
  whole_excess: choice(['yes'], 'price: the whole excess'),
  rate: integer('CENTS', 'price: cents of the currency for a bitcoin'),
  rate_currency: text('CODE', 'price: the currency of the rate'),
  price_step: integer('SATS', 'price: rounded up to a multiple of it'),
  tolerance_bp: integer('BP', 'what may be overspent without a word'),
  thresholds: text('BP,BP', 'alerts when so much is left: 2000,1000'),
  warn_below: integer('BP', 'warn: an acknowledgement is needed below so much left'),
  max_excess: integer('MINOR', 'more than this beyond the budget cannot be bought'),
  invoice: choice(['ordinary', 'hold'], 'hold: a payment that buys nothing goes back by itself'),
  role_limits: text('ROLE=MINOR,…', 'the greatest amount of one action, by role'),
  reservation: integer('SECONDS', 'how long a reservation waits for its action'),
} as const satisfies Fields;

export const policyCommands: readonly Command[] = [
  recordCommand({
    resource: 'policy',
    verb: 'set',
    summary: "set a merchant's policy, as a new version",
    notes: 'What is left out is as in the default; --toll, --excess-bp and --whole-excess are three different prices.',
    fields,
    columns: details,
    async ask(client, values, asking) {
      const set = await remarked(client.call('setPolicy', policyOf(values), asking), asking);
      if (set.price.kind !== 'toll' && set.price_step_sats === 1)
        asking.note('Such a price tells whoever asks what is left: --price-step 100 rounds it up.');
      return set;
    },
  }),
  recordCommand({
    resource: 'policy',
    verb: 'show',
    summary: "a merchant's policy in force",
    fields: { merchant_id: merchant },
    columns: details,
    async ask(client, values, { signal }) {
      const { items } = await client.listPolicies(values, { signal }).page();
      const [first] = items;
      if (first === undefined) throw new UsageError('there is no policy');
      return first;
    },
  }),
  listCommand({
    resource: 'policy',
    verb: 'list',
    summary: "all versions of a merchant's policy, the newest first",
    fields: { merchant_id: merchant },
    columns,
    list: (client, query, options) => client.listPolicies({ ...query, versions: 'all' }, options),
  }),
];

function policyOf(values: Values<typeof fields>) {
  const { rate, rate_currency: currency } = values;
  if ((rate === undefined) !== (currency === undefined))
    throw new UsageError('--rate and --rate-currency belong together: give both, or none');
  return {
    merchant_id: values.merchant_id,
    mode: values.mode,
    price: priceOf(values),
    price_step_sats: values.price_step,
    rate: rate === undefined || currency === undefined ? undefined : { currency, cents_per_btc: rate },
    tolerance_bp: values.tolerance_bp,
    thresholds_bp: values.thresholds?.split(',').map((each) => whole('--thresholds', each)),
    warn_below_bp: values.warn_below,
    max_excess_cents: values.max_excess,
    invoice: values.invoice,
    role_limits: values.role_limits === undefined ? undefined : limitsOf(values.role_limits),
    reservation_seconds: values.reservation,
  };
}

function priceOf({ toll, excess_bp: bp, whole_excess: all }: Values<typeof fields>) {
  if ([toll, bp, all].filter((each) => each !== undefined).length > 1)
    throw new UsageError('--toll, --excess-bp and --whole-excess are three different prices: give one');
  if (toll !== undefined) return { kind: 'toll', sats: toll } as const;
  if (bp !== undefined) return { kind: 'excess_bp', bp } as const;
  return all === undefined ? undefined : ({ kind: 'whole_excess' } as const);
}

function limitsOf(typed: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    typed.split(',').map((each) => {
      const [role = '', amount = ''] = each.split('=');
      return [role, whole('--role-limits', amount)];
    }),
  );
}

function whole(flag: string, typed: string): number {
  if (/^\d{1,16}$/.test(typed) && Number.isSafeInteger(Number(typed))) return Number(typed);
  throw new UsageError(`${flag} has "${typed}" where a whole number must stand`);
}
