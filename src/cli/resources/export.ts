/** `purser export`: the state of budgets as files. */
import type { Export } from '../../client/client.ts';
import { fileCommand, listCommand, recordCommand, type Command } from '../command.ts';
import { argument, text } from '../fields.ts';
import { column, Table, type Column } from '../table.ts';

const job = argument(text('JOB', 'the id of the export'));

const columns: readonly Column<Export>[] = [
  column('JOB', ({ job_id: id }) => id),
  column('STATE', ({ state }) => state),
  column('WINDOW', ({ window }) => window),
  column('ROWS', ({ rows_done: rows }) => rows),
  column('MERCHANT', ({ merchant_id: id }) => id),
  column('PERIOD', ({ period }) => period),
  column('ERROR', ({ error }) => error),
  column('CREATED', ({ created_at: at }) => at),
];

type File = Export['files'][number];

const fileColumns: readonly Column<File>[] = [
  column('FILE', ({ name }) => name),
  column('ROWS', ({ rows }) => rows),
  column('BYTES', ({ bytes }) => bytes),
  column('SHA-256', ({ sha256 }) => sha256),
];

const below = ({ files }: Export) => [{ title: 'FILES', text: new Table(fileColumns).rows(files) }];

export const exportCommands: readonly Command[] = [
  recordCommand({
    resource: 'export',
    verb: 'create',
    summary: 'export budgets, decisions, actuals and adjustments',
    notes: 'It is written in the background: `purser export show JOB --watch` tells when its window is completed.',
    fields: {
      merchant_id: text('MERCHANT', 'only of this merchant'),
      period: text('PERIOD', 'only of this period'),
    },
    columns,
    below,
    ask: (client, values, { signal }) => client.requestExport(values, { signal }),
  }),
  recordCommand({
    resource: 'export',
    verb: 'show',
    summary: 'how far an export is, and its files with their checksums',
    fields: { job_id: job },
    columns,
    below,
    ask: (client, values, { signal }) => client.readExport(values, { signal }),
    changes: (client, values, { signal }) => client.changes('readExport', values, { signal }),
  }),
  listCommand({
    resource: 'export',
    verb: 'list',
    summary: 'exports, the newest first',
    fields: { merchant_id: text('MERCHANT', 'only of this merchant') },
    columns,
    list: (client, query, options) => client.listExports(query, options),
  }),
  fileCommand({
    resource: 'export',
    verb: 'download',
    summary: 'a file of an export, on the standard output',
    fields: { job_id: job, name: argument(text('FILE', 'its name, as decisions.csv')) },
    ask: (client, values, { signal }) => client.downloadExport(values, { signal }),
  }),
];
