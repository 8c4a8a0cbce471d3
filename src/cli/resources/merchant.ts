/** `purser merchant`: a merchant's calendar and categories. */
import type { Merchant } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { argument, choice, required, text } from '../fields.ts';
import { contentOf } from '../read-file.ts';
import { column, Table, type Column } from '../table.ts';

const merchant = argument(text('MERCHANT', 'the id of the merchant: acme of account:org:acme'));

const columns: readonly Column<Merchant>[] = [
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('NAME', ({ name }) => name),
  column('CURRENCY', ({ currency }) => currency),
  column('CALENDAR', ({ calendar }) => calendar),
  column('YEAR ENDS', ({ year_end: end }) => end),
  column('CATEGORIES', ({ hierarchy }) => new Set(hierarchy.map(({ category }) => category)).size),
  column('CHANGED', ({ updated_at: at }) => at),
];

type Placing = Merchant['hierarchy'][number];

const placings: readonly Column<Placing>[] = [
  column('CATEGORY', ({ category }) => category),
  column('PARENT', ({ parent }) => parent),
  column('FROM', ({ from }) => from),
];

const below = ({ hierarchy }: Merchant) =>
  hierarchy.length === 0 ? [] : [{ title: 'HIERARCHY', text: new Table(placings).rows(hierarchy) }];

export const merchantCommands: readonly Command[] = [
  recordCommand({
    resource: 'merchant',
    verb: 'set',
    summary: "set a merchant's currency, calendar and categories",
    notes: 'The hierarchy is replaced as a whole; without --hierarchy every category stands for itself.',
    fields: {
      merchant_id: merchant,
      name: required(text('TEXT', 'what people call it')),
      currency: required(text('CODE', 'of its budgets, as EUR')),
      calendar: choice(['4-5-4', 'calendar'], 'which months its periods are'),
      year_end: text('MM-DD', '4-5-4: years end on the Saturday nearest to it; 01-31 without it'),
      hierarchy: text(
        'FILE',
        'JSON: [{"category":"shoes","parent":"apparel","from":"2027-01-31"}, …]; - reads it from the pipe',
      ),
    },
    columns,
    below,
    async ask(client, { hierarchy: file, ...values }, { signal }) {
      const hierarchy = file === undefined ? undefined : parsed(await contentOf('--hierarchy', file));
      return client.putMerchant({ ...values, hierarchy }, { signal });
    },
  }),
  recordCommand({
    resource: 'merchant',
    verb: 'show',
    summary: "a merchant's calendar and categories",
    fields: { merchant_id: merchant },
    columns,
    below,
    ask: (client, values, { signal }) => client.readMerchant(values, { signal }),
  }),
  listCommand({
    resource: 'merchant',
    verb: 'list',
    summary: 'merchants that were set, the newest first',
    fields: {},
    columns,
    list: (client, query, options) => client.listMerchants(query, options),
  }),
];

function parsed(json: string): Placing[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UsageError('--hierarchy must hold JSON');
  }
  if (!Array.isArray(value)) throw new UsageError('--hierarchy must hold a JSON list');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server validates it, and names what is wrong
  return value as Placing[];
}
