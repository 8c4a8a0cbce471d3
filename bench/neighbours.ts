/**
 * How much of the machine other programs use while something is measured, from the kernel's own accounts. A figure that was
 * taken beside a busy neighbour says little about the server.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** The kernel counts in ticks of a hundredth of a second. */
const TICKS_PER_SECOND = 100;

/**
 * Begins to watch. The function returned ends it and tells the share of all cores in per cent that went to programs which
 * are not this one or what it started.
 */
export function watchNeighbours(): () => number {
  const startMs = performance.now();
  const busyBefore = busyTicks();
  const ownBefore = ownTicks();
  return () => {
    const capacity = ((performance.now() - startMs) / 1_000) * TICKS_PER_SECOND * cpus().length;
    const own = ownTicks() - ownBefore;
    return Math.max(0, Math.round((100 * (busyTicks() - busyBefore - own)) / capacity));
  };
}

/** Ticks in which any core did anything, and those that the hypervisor gave to somebody else. */
function busyTicks(): number {
  const [, user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/);
  return [user, nice, system, irq, softIrq, steal].reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** Ticks of this process and of everything below it; what has ended counts with the parent that waited for its end. */
function ownTicks(): number {
  const all = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the name, which may contain anything, come the state and the parent.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      all.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended since the directory was read.
    }
  }
  const isOwn = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent) {
      if (at === process.pid) return true;
    }
    return false;
  };
  return [...all].reduce((sum, [pid, { ticks }]) => (isOwn(pid) ? sum + ticks : sum), 0);
}
