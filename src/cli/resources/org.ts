/** `purser org`: organisations and who may order for them. */
import type { Org } from '../../client/client.ts';
import { listCommand, recordCommand, type Command } from '../command.ts';
import { argument, required, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

const org = argument(text('ORG', 'the id of the organisation: acme of account:org:acme'));

const columns: readonly Column<Org>[] = [
  column('ORG', ({ org_id: id }) => id),
  column('CUSTODIAN', ({ custodian_participant_id: id }) => id),
  column('CREATED', ({ created_at: at }) => at),
  column('CHANGED', ({ updated_at: at }) => at),
];

export const orgCommands: readonly Command[] = [
  recordCommand({
    resource: 'org',
    verb: 'set',
    summary: 'name the one participant that may order for an organisation',
    notes: 'Another name replaces the one before.',
    fields: { org_id: org, custodian: required(text('PARTICIPANT', 'who orders in its name')) },
    columns,
    ask: (client, { custodian, ...rest }, { signal }) =>
      client.setOrg({ ...rest, custodian_participant_id: custodian }, { signal }),
  }),
  recordCommand({
    resource: 'org',
    verb: 'show',
    summary: 'an organisation and its custodian',
    fields: { org_id: org },
    columns,
    ask: (client, values, { signal }) => client.readOrg(values, { signal }),
  }),
  listCommand({
    resource: 'org',
    verb: 'list',
    summary: 'organisations that have a custodian, the newest first',
    fields: {},
    columns,
    list: (client, query, options) => client.listOrgs(query, options),
  }),
];
