/** `purser key`: keys of those who call over HTTP. */
import type { CreateKeyAnswer, Key } from '../../client/client.ts';
import { listCommand, recordCommand, remarked, type Command } from '../command.ts';
import { argument, choice, required, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

const roles = ['operator', 'payments', 'buyer', 'provider', 'planner', 'finance', 'auditor', 'service'] as const;

const columns: readonly Column<Key>[] = [
  column('KEY ID', ({ key_id: id }) => id),
  column('ROLE', ({ role }) => role),
  column('MERCHANT', ({ merchant }) => merchant),
  column('ACCOUNT', ({ account }) => account),
  column('LABEL', ({ label }) => label),
  column('CREATED', ({ created_at: at }) => at),
  column('EXPIRES', ({ expires_at: at }) => at),
  column('REVOKED', ({ revoked_at: at }) => at),
];

const newColumns: readonly Column<CreateKeyAnswer>[] = [
  column('KEY ID', ({ key_id: id }) => id),
  column('KEY', ({ key }) => key),
];

export const keyCommands: readonly Command[] = [
  recordCommand({
    resource: 'key',
    verb: 'create',
    summary: 'make a key; it is shown now and never again',
    notes: 'Keep it in a file that only its user may read. Commands take it from PURSER_KEY.',
    fields: {
      role: required(choice(roles, 'what it may do')),
      merchant: text('ID', 'confined to what belongs to this merchant'),
      account: text('ACCOUNT', 'confined to this account of the settlement ledger'),
      label: text('TEXT', 'what it is for'),
      expires_at: text('TIME', 'good until then, as 2027-01-31T00:00:00Z'),
      key_id: text('KEY-ID', '16 hexadecimal digits of your own; asked again, no second key is made'),
    },
    columns: newColumns,
    // Fixed: programs of others read these two.
    json: ({ key_id: id, key }) => ({ key_id: id, ...(key === undefined ? {} : { key }) }),
    ask: (client, values, asking) =>
      remarked(
        client.call('createKey', values, asking),
        asking,
        'This key was made before, and cannot be shown again: revoke it and make another if it is lost.',
      ),
  }),
  listCommand({
    resource: 'key',
    verb: 'list',
    summary: 'all keys there are or were, the newest first, without their secrets',
    fields: { role: choice([...roles, 'control-plane'], 'only keys of this role') },
    columns,
    list: (client, query, options) => client.listKeys(query, options),
  }),
  recordCommand({
    resource: 'key',
    verb: 'revoke',
    summary: 'make a key useless, for ever',
    fields: { key_id: argument(text('KEY-ID', 'the 16 hexadecimal digits of its id')) },
    columns,
    ask: (client, values, { signal }) => client.revokeKey(values, { signal }),
  }),
];
