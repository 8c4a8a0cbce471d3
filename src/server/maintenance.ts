/** `purser verify`, `rebuild`, `backup`, `restore` and `migrate-store`: flags in, lines and an exit code out. */
import { CopyError } from '../store/copy.ts';
import { rebuildPostgres } from '../store/postgres/rebuild.ts';
import { verifyPostgres } from '../store/postgres/verify.ts';
import { backUpDatabase } from '../store/sqlite/backup.ts';
import { rebuildDatabase } from '../store/sqlite/rebuild.ts';
import { restoreDatabase } from '../store/sqlite/restore.ts';
import { verifyDatabase } from '../store/sqlite/verify.ts';
import { StoreError } from '../store/store.ts';
import { ConfigError, type Env } from './config.ts';
import { line } from './log.ts';
import { fileOf, help, readArguments, type Arguments, type MaintenanceProgram } from './maintenance-arguments.ts';
import { migrateStore } from './migrate-store.ts';
import { progressOn } from './progress.ts';
import { checkDocument, checkLine, verifyDocument, verifyLines } from './verify-lines.ts';

/** sysexits are for the server; these are the exit codes of a command. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/** Runs one of the programs and returns its exit code. */
export async function runMaintenance(program: MaintenanceProgram, args: readonly string[], env: Env): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(help[program]);
    return EXIT.done;
  }
  try {
    const asked = readArguments(program, args, env);
    if (asked.note !== null) process.stderr.write(`purser: ${asked.note}\n`);
    return await programs[program](asked, env);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreError)) throw error;
    if (program === 'migrate-store' && args.includes('--json')) print(errorDocument(error));
    process.stderr.write(`purser: ${error.message}\n`);
    return error instanceof ConfigError ? EXIT.usage : EXIT.refused;
  }
}

type Program = (options: Arguments, env: Env) => Promise<number>;

const programs: Readonly<Record<MaintenanceProgram, Program>> = {
  async verify({ store, json }) {
    const progress = progressOn('VERIFY');
    const report =
      store.engine === 'sqlite'
        ? await verifyDatabase(store.file, { progress })
        : await verifyPostgres(store.target, progress);
    process.stdout.write(json ? `${JSON.stringify(verifyDocument(report))}\n` : verifyLines(report));
    return report.ok ? EXIT.done : EXIT.refused;
  },
  async rebuild({ store }) {
    const progress = progressOn('REBUILD');
    const counted =
      store.engine === 'sqlite'
        ? await rebuildDatabase(store.file, progress)
        : await rebuildPostgres(store.target, progress);
    print(line('REBUILD', { ...counted, status: 'OK' }));
    return EXIT.done;
  },
  async backup(options) {
    const { bytes, facts, chain } = backUpDatabase(fileOf(options, 'backup'), options.other);
    print(line('BACKUP', { file: options.other, bytes, facts, chain, left_out: 'operator.token', status: 'OK' }));
    return EXIT.done;
  },
  async restore(options) {
    const file = fileOf(options, 'restore');
    const { facts, chain, replaced, violated } = await restoreDatabase(options.other, file, {
      now: new Date(),
      progress: progressOn('VERIFY'),
    });
    for (const check of violated) print(checkLine(check));
    print(line('RESTORE', { file, facts, chain, replaced: replaced ?? 'nothing', status: 'OK' }));
    return EXIT.done;
  },
  async 'migrate-store'({ from, other: to, json }, env) {
    const { facts, copied, chain, report } = await migrateStore({ from, to }, env);
    const violated = report.checks.filter(({ ok }) => !ok);
    if (json)
      print(JSON.stringify({ ok: true, from, to, facts, copied, chain, violated: violated.map(checkDocument) }));
    if (json) return EXIT.done;
    for (const check of violated) print(checkLine(check));
    print(line('MIGRATE', { from, to, facts, copied, chain, status: 'OK' }));
    return EXIT.done;
  },
};

function errorDocument(error: Error): string {
  const code = error instanceof CopyError ? error.code : error instanceof ConfigError ? 'usage' : 'store';
  return JSON.stringify({ ok: false, error: { code, message: error.message } });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
