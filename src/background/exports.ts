/**
 * Writes the files of period-end exports (B-08), one server at a time and in short slices. A dataset's files appear whole and with
 * their checksums recorded; one that a crash cut is written anew, those before it are kept until their retention ends.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../base/limits.ts';
import { writeCsv } from '../budgets/csv.ts';
import { exportJobs } from '../budgets/tables.ts';
import type { ExportFile, ExportRow } from '../flows/exports.ts';
import type { Store } from '../store/store.ts';
import { datasets, type Dataset } from './export-datasets.ts';
import { removeOldExports } from './export-retention.ts';
import { nextTurn } from './next-turn.ts';

const DAY_MS = 86_400_000;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface ExporterParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** Where exports are: a folder per job. */
  readonly folder: string;
  readonly nowMs: () => number;
  /** Told of each export that has ended. */
  readonly ended: (job: string, error: string | null) => void;
}

/** The folder of a job's files. Ids of jobs are made by the server and hold no path. */
export const exportFolder = (folder: string, jobId: string): string => join(folder, jobId);

/** The datasets of a job, and how far this server has come. */
interface Carried {
  readonly job: ExportRow;
  readonly left: Dataset[];
  files: ExportFile[];
  rows: number;
  writing: Writing | undefined;
}

interface Writing {
  readonly name: string;
  readonly pages: AsyncGenerator<readonly (readonly (string | number | null)[])[]>;
  readonly columns: readonly string[];
  readonly csv: OpenFile;
  readonly lines: OpenFile;
}

export class Exporter {
  readonly #parts: ExporterParts;
  #carried: Carried | undefined;
  #removeNextMs = 0;

  constructor(parts: ExporterParts) {
    this.#parts = parts;
  }

  /** One slice of what there is to do; true when there is more. */
  async run(): Promise<boolean> {
    const job = (await this.#next('running')) ?? (await this.#next('waiting'));
    if (job === undefined) return this.#removeOld();
    const { nowMs } = this.#parts;
    const untilMs = nowMs() + limits.jobSliceMs;
    try {
      this.#carried = this.#carried?.job.job_id === job.job_id ? this.#carried : await this.#begin(job);
      while (nowMs() < untilMs) {
        await nextTurn();
        if (!(await this.#step(this.#carried))) return true;
      }
    } catch (error) {
      await this.#fail(job, error);
    }
    return true;
  }

  /** When there is nothing else to do, and once a day. */
  async #removeOld(): Promise<false> {
    const { folder, nowMs } = this.#parts;
    const now = nowMs();
    if (now < this.#removeNextMs) return false;
    this.#removeNextMs = now + DAY_MS;
    await removeOldExports(folder, now);
    return false;
  }

  async #next(state: ExportRow['state']): Promise<ExportRow | undefined> {
    return (await this.#parts.store.rows({ table: exportJobs, where: { state }, by: 'created_at', limit: 1 }))[0];
  }

  async #begin(job: ExportRow): Promise<Carried> {
    const folder = exportFolder(this.#parts.folder, job.job_id);
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the server's own decision
    const recorded = JSON.parse(job.files) as ExportFile[];
    // Another server may have written them, on a disk of its own.
    const isHere = await Promise.all(recorded.map((file) => isThere(join(folder, file.name), file.bytes)));
    const files = isHere.includes(false) ? [] : recorded;
    const left = datasets.filter(({ name }) => !files.some((file) => file.name === `${name}.csv`));
    const rows = files.filter(({ name }) => name.endsWith('.csv')).reduce((sum, file) => sum + file.rows, 0);
    const carried = { job, left, files, rows, writing: undefined };
    await this.#record(carried, 'running', null);
    return carried;
  }

  /** The next page, or the next dataset; false: the job has ended. */
  async #step(carried: Carried): Promise<boolean> {
    const folder = exportFolder(this.#parts.folder, carried.job.job_id);
    if (carried.writing === undefined) {
      const dataset = carried.left.shift();
      if (dataset === undefined) {
        await this.#record(carried, 'done', null);
        this.#carried = undefined;
        this.#parts.ended(carried.job.job_id, null);
        return false;
      }
      carried.writing = await this.#open(dataset, carried.job, folder);
      return true;
    }
    const { writing } = carried;
    const page = await writing.pages.next();
    if (page.done !== true) {
      await writing.csv.write(writeCsv(page.value), page.value.length);
      await writing.lines.write(linesOf(writing.columns, page.value), page.value.length);
      carried.rows += page.value.length;
      return true;
    }
    carried.files = [...carried.files, await writing.csv.finish(), await writing.lines.finish()];
    carried.writing = undefined;
    await this.#record(carried, 'running', null);
    return true;
  }

  async #open(dataset: Dataset, job: ExportRow, folder: string): Promise<Writing> {
    const { name, columns } = dataset;
    const csv = await OpenFile.create(folder, `${name}.csv`);
    await csv.write(writeCsv([columns]), 0);
    return {
      name,
      columns,
      csv,
      lines: await OpenFile.create(folder, `${name}.jsonl`),
      pages: dataset.read(this.#parts.store, { merchantId: job.merchant_id, period: job.period }),
    };
  }

  async #record(
    { job, files, rows }: Carried,
    state: 'running' | 'done' | 'failed',
    error: string | null,
  ): Promise<void> {
    const { code } = await this.#parts.store.submit({
      type: 'advance-export',
      jobId: job.job_id,
      state,
      rowsDone: rows,
      rowsTotal: state === 'done' ? rows : 0,
      files,
      error,
    });
    if (code !== null) throw new Error(`the export cannot be recorded: ${code}`);
  }

  /** A full disk or a folder that may not be written ends the job; an operator asks for a new one. */
  async #fail(job: ExportRow, cause: unknown): Promise<void> {
    const carried = this.#carried;
    this.#carried = undefined;
    await carried?.writing?.csv.close();
    await carried?.writing?.lines.close();
    const isDisk = cause instanceof Error && 'code' in cause;
    // The database, or a bug: the job stays, and is carried on when it can be.
    if (!isDisk) throw cause;
    const error = `the files cannot be written: ${String(cause.code)}`;
    await this.#record(carried ?? { job, left: [], files: [], rows: 0, writing: undefined }, 'failed', error);
    this.#parts.ended(job.job_id, error);
  }
}

/** A file that appears under its name when it is complete. */
class OpenFile {
  readonly #name: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #rows = 0;
  #bytes = 0;

  private constructor(name: string, path: string, file: FileHandle) {
    this.#name = name;
    this.#path = path;
    this.#file = file;
  }

  static async create(folder: string, name: string): Promise<OpenFile> {
    const path = join(folder, name);
    return new OpenFile(name, path, await open(`${path}.part`, 'w', FILE_MODE));
  }

  async write(text: string, rows: number): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#file.writeFile(bytes);
    this.#hash.update(bytes);
    this.#rows += rows;
    this.#bytes += bytes.length;
  }

  async finish(): Promise<ExportFile> {
    await this.#file.sync();
    await this.close();
    await rename(`${this.#path}.part`, this.#path);
    return { name: this.#name, rows: this.#rows, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function linesOf(columns: readonly string[], records: readonly (readonly (string | number | null)[])[]): string {
  return records
    .map((cells) => `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index]])))}\n`)
    .join('');
}

async function isThere(path: string, bytes: number): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size === bytes,
    () => false,
  );
}
