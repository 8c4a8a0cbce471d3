/** `POST /exports/otb-state`, `GET /exports/{job_id}` and its files (B-08): the state of budgets at a period's end, as files. */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { exportFolder } from '../../background/exports.ts';
import { newId } from '../../base/new-id.ts';
import { exportJobs } from '../../budgets/tables.ts';
import { exportView, type ExportFile, type ExportRow } from '../../flows/exports.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { createdBy } from '../budgets/answer.ts';
import { findMerchant } from '../budgets/find-plans.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { merchantId, period } from '../budgets/schemas.ts';
import { calendarOf, defaultCalendar, parsePeriod } from '../../budgets/calendar.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { merchantMaySee } from './merchant-may-see.ts';

export interface ExportParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** Where the files of exports are. */
  readonly folder: string;
  /** There may be an export to make. */
  readonly poke: () => void;
}

interface ExportRecord {
  readonly job_id: string;
  readonly merchant_id: string | null;
  readonly period: string | null;
  readonly state: ExportRow['state'];
  readonly rows_done: number;
  readonly rows_total: number;
  readonly files: readonly ExportFile[];
  readonly error: string | null;
  readonly window: 'open' | 'completed' | 'failed';
  readonly requested_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const exportFile: z.ZodType<ExportFile> = z.strictObject({
  name: z.string(),
  rows: z.int(),
  bytes: z.int(),
  sha256: z.string(),
});

const exportRecord: z.ZodType<ExportRecord> = z.strictObject({
  job_id: z.string(),
  merchant_id: z.string().nullable(),
  period: z.string().nullable(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  rows_done: z.int(),
  rows_total: z.int().meta({ description: 'known when the job is done' }),
  files: z.array(exportFile).readonly().meta({ description: 'those that are complete' }),
  error: z.string().nullable(),
  window: z.enum(['open', 'completed', 'failed']),
  requested_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the view has exactly the fields of the schema
const recordOf = (row: ExportRow): ExportRecord => exportView(row) as unknown as ExportRecord;

export function requestExport({ store, poke }: ExportParts): ApiOperation {
  return defineOperation({
    name: 'requestExport',
    method: 'POST',
    path: '/exports/otb-state',
    chapter: 'Exports',
    summary: 'Export budgets, buckets, decisions, actuals and adjustments',
    description:
      'A job: ask for it by its id until its window is `completed`. Each dataset comes as CSV and as JSON Lines, each file with its ' +
      'SHA-256. Without a merchant all of them, without a period all periods. `Idempotency-Key` names the job: the same key is the same job.',
    permission: 'exports:make',
    tier: 'bulk-window',
    idempotencyKey: 'optional',
    creates: true,
    input: { body: z.strictObject({ merchant_id: merchantId.optional(), period: period.optional() }) },
    answer: exportRecord,
    refusals: ['invalid_period', 'idempotency_conflict', 'overloaded'],
    async run({ body, key, caller }) {
      const own = merchantFilter(caller, 'exports:make', body.merchant_id);
      if (own === undefined) return refused('forbidden');
      if (body.period !== undefined && !(await isPeriod(store, own.merchant_id, body.period)))
        return refused('invalid_period', { field: 'period' });
      const outcome = await store.submit({
        type: 'request-export',
        jobId: key === '' ? newId() : jobIdOf(caller, key),
        merchantId: own.merchant_id ?? null,
        period: body.period ?? null,
        actor: caller.keyId,
      });
      poke();
      return createdBy<ExportRecord>(outcome);
    },
  });
}

/** One key of one caller is one job; the id becomes a folder's name. */
const jobIdOf = ({ keyId }: Caller, key: string): string =>
  hash('sha256', JSON.stringify([keyId, key]), 'hex').slice(0, 32);

async function isPeriod(store: Pick<Store, 'rows'>, merchant: string | undefined, wanted: string): Promise<boolean> {
  if (merchant !== undefined) return parsePeriod(wanted, calendarOf(await findMerchant(store, merchant))) !== undefined;
  return [defaultCalendar, { ...defaultCalendar, calendar: '4-5-4' } as const].some(
    (calendar) => parsePeriod(wanted, calendar) !== undefined,
  );
}

async function findExport(store: Pick<Store, 'rows'>, jobId: string, caller: Caller): Promise<ExportRow | undefined> {
  const row = await findRow(store, exportJobs, 'job_id', jobId);
  return row !== undefined && merchantMaySee(caller, 'exports:read', row.merchant_id) ? row : undefined;
}

export function readExport({ store }: ExportParts): ApiOperation {
  return defineOperation({
    name: 'readExport',
    method: 'GET',
    path: '/exports/{job_id}',
    chapter: 'Exports',
    summary: 'An export: how far it is, and its files',
    permission: 'exports:read',
    tier: 'bulk-window',
    polled: true,
    input: { path: z.strictObject({ job_id: id }) },
    answer: exportRecord,
    refusals: ['export_not_found'],
    async run({ path: { job_id: jobId }, caller }) {
      const row = await findExport(store, jobId, caller);
      return row === undefined ? refused('export_not_found') : done(recordOf(row));
    },
  });
}

export function listExports({ store }: ExportParts): ApiOperation {
  return defineOperation({
    name: 'listExports',
    method: 'GET',
    path: '/exports',
    chapter: 'Exports',
    summary: 'Exports, the newest first',
    permission: 'exports:read',
    tier: 'bulk-window',
    input: { query: z.strictObject({ ...paging, merchant_id: merchantId.optional() }) },
    answer: pageOf(exportRecord),
    refusals: ['invalid_cursor'],
    run({ query: { merchant_id: wanted, ...page }, caller }) {
      const own = merchantFilter(caller, 'exports:read', wanted);
      if (own === undefined) return refused('forbidden');
      return pagedList(store, { list: 'exports', table: exportJobs, where: own, by: 'created_at' }, page, recordOf);
    },
  });
}

export function downloadExport({ store, folder }: ExportParts): ApiOperation {
  return defineOperation({
    name: 'downloadExport',
    method: 'GET',
    path: '/exports/{job_id}/files/{name}',
    chapter: 'Exports',
    summary: 'A file of an export',
    description: 'CSV or JSON Lines, as its name says. Its SHA-256 stands in the export.',
    permission: 'exports:read',
    tier: 'bulk-window',
    input: {
      path: z.strictObject({
        job_id: id,
        name: z.string().regex(/^[a-z]{1,32}\.(?:csv|jsonl)$/, 'the name of a file'),
      }),
    },
    mediaType: 'text/plain',
    refusals: ['export_not_found'],
    async run({ path: { job_id: jobId, name }, caller }) {
      const row = await findExport(store, jobId, caller);
      const file = row === undefined ? undefined : recordOf(row).files.find((each) => each.name === name);
      if (file === undefined) return refused('export_not_found');
      const stream = await streamOf(join(exportFolder(folder, jobId), name));
      return stream === undefined ? refused('export_not_found') : { outcome: 'streaming', stream };
    },
  });
}

/** Undefined: the file is not on this machine; another server may have made it. */
async function streamOf(path: string): Promise<ReadableStream<Uint8Array> | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return undefined;
  return Readable.toWeb(createReadStream('', { fd: handle })) as ReadableStream<Uint8Array>;
}
