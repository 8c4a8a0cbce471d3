/** `purser fact`: the journal, which has everything that ever happened. */
import { writeJson, type Fact } from '../../client/client.ts';
import { listCommand, streamCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { integer, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

const columns: readonly Column<Fact>[] = [
  { ...column('SEQ', ({ seq }: Fact) => seq), right: true },
  column('AT', ({ at }) => at),
  column('TYPE', ({ type }) => type),
  column('SUBJECT', ({ subject }) => subject),
  column('BODY', ({ body }) => writeJson(body)),
];

const type = text('TYPE', 'only facts of this type, such as payments/transferred.v1');

export const factCommands: readonly Command[] = [
  listCommand({
    resource: 'fact',
    verb: 'list',
    summary: 'facts in the order in which they were recorded',
    notes: 'With --type a page may be short or empty while more follow: see --all.',
    fields: { after: integer('SEQ', 'begin behind this number'), type },
    columns,
    list: (client, query, options) => client.listFacts(query, options),
  }),
  streamCommand({
    resource: 'fact',
    verb: 'follow',
    summary: 'facts as they are recorded, until it is interrupted',
    notes:
      'Goes on by itself when the connection breaks or the server starts again. In a pipe: one JSON object per line.',
    fields: {
      after: text('SEQ', 'begin behind this number: 0 for all; without it, with what is recorded from now on'),
      type,
    },
    columns,
    follow: (client, { after = 'end', type: only }, { signal }) =>
      client.streamFacts({ after: startOf(after), type: only }, { signal }),
  }),
];

function startOf(after: string): number | 'end' {
  if (after === 'end') return 'end';
  if (!/^\d{1,15}$/.test(after)) throw new UsageError(`--after must be the number of a fact, or end, not "${after}"`);
  return Number(after);
}
