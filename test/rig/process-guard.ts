/**
 * Makes sure that processes and their directory do not outlive the test process, however that ends: a shell waits at a pipe
 * for the test process to be gone, then kills what it was told of last. A handler in the test process would not do: it does
 * not run when that process is itself killed, as the test runner does after a time-out.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** $0 is the directory. Processes that are about to die may still write into it: hence more than one attempt. */
const SCRIPT = `
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids
until rm -rf "$0" || [ $((n += 1)) -gt 50 ]; do sleep 0.1; done
`;

export class ProcessGuard {
  readonly #shell: ChildProcess;

  constructor(directory: string) {
    // In a group of its own, because an interrupt from the keyboard goes to the whole group of the test process.
    this.#shell = spawn('sh', ['-c', SCRIPT, directory], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#shell.unref();
    (this.#shell.stdin as Socket).unref();
  }

  /** From now on these are the processes to kill. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.join(' ')}\n`);
  }
}
