/** Takes the disk away from a running server and gives it back, as far as the machine at hand allows. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProcess } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

/**
 * The size up to which the process may write files; undefined: any. Needs no rights beyond being its owner. A write beyond
 * it fails like one on a broken disk.
 */
export function limitFiles(server: ServerProcess, bytes: number | undefined): void {
  execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes ?? 'unlimited'}:`]);
}

/** A small disk of its own, with a file on it that takes up most of it. */
export interface SmallDisk {
  readonly directory: string;
  /** Gives the space back. */
  free(): void;
  unmount(): void;
}

/** Only root may mount, and not in every container: undefined where it is not allowed. */
export function smallDisk({ megabytes, taken }: { megabytes: number; taken: number }): SmallDisk | undefined {
  const directory = join(temporaryDirectory(), 'disk');
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const filler = join(directory, 'filler');
  writeFileSync(filler, Buffer.alloc(taken * 1024 * 1024));
  return {
    directory,
    free: () => rmSync(filler),
    unmount: () => execFileSync('umount', ['--lazy', directory]),
  };
}
