/** `purser verify`, `rebuild`, `backup` and `restore`: flags in, lines and an exit code out. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backUpDatabase } from '../store/sqlite/backup.ts';
import type { CheckResult } from '../store/sqlite/check-result.ts';
import { rebuildDatabase } from '../store/sqlite/rebuild.ts';
import { restoreDatabase } from '../store/sqlite/restore.ts';
import { verifyDatabase, type Progress, type VerifyReport } from '../store/sqlite/verify.ts';
import { StoreError } from '../store/store.ts';
import { ConfigError, databaseFile, readDataDirectory, UsageError, type Env } from './config.ts';
import { line } from './log.ts';

const maintenancePrograms = ['verify', 'rebuild', 'backup', 'restore'] as const;
export type MaintenanceProgram = (typeof maintenancePrograms)[number];

/** sysexits are for the server; these are the exit codes of a command. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const;

const help: Readonly<Record<MaintenanceProgram, string>> = {
  verify: `purser verify [--data DIR] [--json]

Recomputes everything recorded in DIR/purser.db and compares: the journal's hash chain, idempotency keys, every table
against the facts, the ledger's invariants I1..I7, the key index. Reads one snapshot, also while the server runs, and
changes nothing. Prints one line per check; exit 0 when all hold, 1 when one is violated (with its first bad record).
`,
  rebuild: `purser rebuild [--data DIR]

Writes every table that follows from the facts anew, in one transaction. Stop the server first. Refused when the journal's
chain is broken. Needs about as much free space as the database has.
`,
  backup: `purser backup --to FILE [--data DIR]

Copies the database into one new file, from one snapshot, also while the server runs. FILE must not exist.
`,
  restore: `purser restore FILE [--data DIR]

Copies the backup FILE into DIR, verifies the copy, and only then puts it in place of DIR/purser.db, which stays beside it
under a dated name. Stop the server first.
`,
};

interface Arguments {
  readonly file: string;
  readonly json: boolean;
  /** `--to`, or the file to restore. */
  readonly other: string;
}

/** Runs one of the programs and returns its exit code. */
export function runMaintenance(program: MaintenanceProgram, args: readonly string[], env: Env): number {
  if (args.includes('--help')) {
    process.stdout.write(help[program]);
    return EXIT.done;
  }
  try {
    return programs[program](readArguments(program, args, env));
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreError)) throw error;
    process.stderr.write(`purser: ${error.message}\n`);
    return error instanceof ConfigError ? EXIT.usage : EXIT.refused;
  }
}

const programs: Readonly<Record<MaintenanceProgram, (options: Arguments) => number>> = {
  verify({ file, json }) {
    const report = verifyDatabase(file, { progress: progressOn('VERIFY') });
    process.stdout.write(json ? `${JSON.stringify(verifyDocument(report))}\n` : verifyLines(report));
    return report.ok ? EXIT.done : EXIT.refused;
  },
  rebuild({ file }) {
    const counted = rebuildDatabase(file, progressOn('REBUILD'));
    print(line('REBUILD', { ...counted, status: 'OK' }));
    return EXIT.done;
  },
  backup({ file, other: to }) {
    const { bytes, facts, chain } = backUpDatabase(file, to);
    print(line('BACKUP', { file: to, bytes, facts, chain, left_out: 'nothing', status: 'OK' }));
    return EXIT.done;
  },
  restore({ file, other: from }) {
    const { facts, chain, replaced, violated } = restoreDatabase(from, file, {
      now: new Date(),
      progress: progressOn('VERIFY'),
    });
    for (const check of violated) print(checkLine(check));
    print(line('RESTORE', { file, facts, chain, replaced: replaced ?? 'nothing', status: 'OK' }));
    return EXIT.done;
  },
};

const flagTypes = { data: { type: 'string' }, json: { type: 'boolean' }, to: { type: 'string' } } as const;

const flagsOf: Readonly<Record<MaintenanceProgram, readonly (keyof typeof flagTypes)[]>> = {
  verify: ['data', 'json'],
  rebuild: ['data'],
  backup: ['data', 'to'],
  restore: ['data'],
};

function readArguments(program: MaintenanceProgram, args: readonly string[], env: Env): Arguments {
  const options = Object.fromEntries(flagsOf[program].map((flag) => [flag, flagTypes[flag]]));
  const { values, positionals } = parsed(program, args, options);
  const other = program === 'restore' ? positionals[0] : values['to'];
  if (program === 'backup' && !other) throw new UsageError(`--to FILE is missing. ${seeHelp(program)}`);
  if (program === 'restore' && !other) throw new UsageError(`the backup's FILE is missing. ${seeHelp(program)}`);
  if (positionals.length > (program === 'restore' ? 1 : 0))
    throw new UsageError(`"${positionals.at(-1)}" is one argument too many. ${seeHelp(program)}`);
  const { data } = values;
  return {
    file: databaseFile(readDataDirectory(typeof data === 'string' ? data : undefined, env)),
    json: values['json'] === true,
    other: resolve(String(other ?? '')),
  };
}

function parsed(
  program: MaintenanceProgram,
  args: readonly string[],
  options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>,
): { values: Readonly<Record<string, string | boolean | undefined>>; positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}. ${seeHelp(program)}`);
  }
}

const seeHelp = (program: MaintenanceProgram): string => `See "purser ${program} --help"`;

function verifyLines({ ok, facts, head, checks }: VerifyReport): string {
  const last = line('VERIFY', { facts, status: ok ? 'OK' : 'VIOLATED', head: head.chain });
  return [...checks.map(checkLine), last].map((text) => `${text}\n`).join('');
}

function checkLine({ name, ok, counted, firstBad }: CheckResult): string {
  return line('CHECK', { name, status: ok ? 'OK' : 'VIOLATED', ...counted, ...firstBad });
}

function verifyDocument({ ok, facts, head, checks }: VerifyReport): unknown {
  return {
    ok,
    facts,
    head,
    checks: checks.map(({ firstBad, ...check }) =>
      firstBad === undefined ? check : { ...check, first_bad: firstBad },
    ),
  };
}

const PROGRESS_MS = 2_000;

/** A line on stderr every two seconds, so that nobody takes a long check for a hanging one. */
function progressOn(name: string): Progress {
  let lastMs = performance.now();
  return ({ facts, of }) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < PROGRESS_MS) return;
    lastMs = nowMs;
    process.stderr.write(`${line(name, { progress: `${Math.floor((100 * facts) / of)}%`, facts, of })}\n`);
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
