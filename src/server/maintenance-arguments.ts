/** The arguments of the programs that look after a store, and their help. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { StoreError } from '../store/store.ts';
import { readStore, UsageError, type Env, type StoreChoice } from './config.ts';
import { migrateStoreHelp } from './migrate-store.ts';

const maintenancePrograms = ['verify', 'rebuild', 'backup', 'restore', 'migrate-store'] as const;
export type MaintenanceProgram = (typeof maintenancePrograms)[number];

export const help: Readonly<Record<MaintenanceProgram, string>> = {
  verify: `purser verify [--data DIR | --store URL] [--json]

Recomputes everything recorded in DIR/purser.db, or in a PostgreSQL database, and compares: the journal's hash chain,
idempotency keys, every table against the facts, the key index or the journal's head; and the invariants of payments (I1..I7),
settlement (S1..S8), orders (O1..O5) and budgets (B1..B10). Reads one snapshot, also while servers run, and changes nothing.
Prints one line per check; exit 0 when all hold, 1 when one is violated (with its first bad record).
`,
  rebuild: `purser rebuild [--data DIR | --store URL]

Writes every table that follows from the facts anew, in one transaction. Stop the server first (all of them, on PostgreSQL).
Refused when the journal's chain is broken. Needs about as much free space as the database has.
`,
  backup: `purser backup --to FILE [--data DIR]

Copies the database into one new file, from one snapshot, also while the server runs. FILE must not exist.
`,
  restore: `purser restore FILE [--data DIR]

Copies the backup FILE into DIR, verifies the copy, and only then puts it in place of DIR/purser.db, which stays beside it
under a dated name. Stop the server first.
`,
  'migrate-store': migrateStoreHelp,
};

export interface Arguments {
  readonly store: StoreChoice;
  readonly json: boolean;
  readonly from: string;
  /** `--to`, or the file to restore. */
  readonly other: string;
  /** What else the reader has to know; null: nothing. */
  readonly note: string | null;
}

const flagTypes = {
  data: { type: 'string' },
  store: { type: 'string' },
  json: { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const;

const flagsOf: Readonly<Record<MaintenanceProgram, readonly (keyof typeof flagTypes)[]>> = {
  verify: ['data', 'store', 'json'],
  rebuild: ['data', 'store'],
  backup: ['data', 'store', 'to'],
  restore: ['data', 'store'],
  'migrate-store': ['from', 'to', 'json'],
};

type Values = Readonly<Partial<Record<keyof typeof flagTypes, string | boolean>>>;

/** Throws ConfigError. */
export function readArguments(program: MaintenanceProgram, args: readonly string[], env: Env): Arguments {
  const { values, positionals } = parsed(program, args);
  if (positionals.length > (program === 'restore' ? 1 : 0))
    throw new UsageError(`"${positionals.at(-1)}" is one argument too many. ${seeHelp(program)}`);
  const from = textOf(values.from) ?? '';
  const to = positionals[0] ?? textOf(values.to) ?? '';
  const complete = to !== '' && (program !== 'migrate-store' || from !== '');
  const missing = needed[program];
  if (missing !== undefined && !complete) throw new UsageError(`${missing}. ${seeHelp(program)}`);
  const json = values.json === true;
  if (program === 'migrate-store') return { store: NO_STORE, json, from, other: to, note: null };
  return { store: storeOf(values, env), json, from, other: resolve(to), note: overruled(values, env) };
}

/** What a program that cannot do without says when it is not there. */
const needed: Partial<Record<MaintenanceProgram, string>> = {
  backup: '--to FILE is missing',
  restore: "the backup's FILE is missing",
  'migrate-store': '--from STORE and --to STORE are needed',
};

const NO_STORE: StoreChoice = { engine: 'sqlite', file: '' };

/** Who names a directory means that, whatever the environment says. */
function storeOf({ data, store }: Values, env: Env): StoreChoice {
  if (data !== undefined && store !== undefined) throw new UsageError('--data and --store are two different stores');
  const flags = { data: textOf(data), store: textOf(store) };
  return readStore(flags, data === undefined ? env : { ...env, PURSER_STORE: undefined });
}

/** Who has both set may have meant the other one. */
const overruled = ({ data }: Values, env: Env): string | null =>
  data === undefined || (env['PURSER_STORE'] ?? '') === ''
    ? null
    : `--data names the store: ${resolve(String(data))}. For the database of PURSER_STORE leave --data out`;

/** The file of a program that knows only SQLite. */
export function fileOf({ store }: Arguments, program: 'backup' | 'restore'): string {
  if (store.engine === 'sqlite') return store.file;
  throw new StoreError(
    `"purser ${program}" is for SQLite: use PostgreSQL's own backup (docs/postgres.md), or copy it into a file with "purser migrate-store --to sqlite:FILE.db"`,
  );
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parsed(
  program: MaintenanceProgram,
  args: readonly string[],
): { values: Values; positionals: readonly string[] } {
  const options = Object.fromEntries(flagsOf[program].map((flag) => [flag, flagTypes[flag]]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}. ${seeHelp(program)}`);
  }
}

const seeHelp = (program: MaintenanceProgram): string => `See "purser ${program} --help"`;
