/** Leases of the only process that works on the file: nobody else can take one, and all of them end with the process. */
import type { Leases } from '../store.ts';

export function leasesInMemory(): Leases {
  const holders = new Map<string, string>();
  return {
    hold(name, holder) {
      const held = holders.get(name) ?? holder;
      holders.set(name, held);
      return Promise.resolve(held === holder ? 1n : undefined);
    },
    isHeld: (name) => Promise.resolve(holders.has(name)),
    letGo(name, holder) {
      if (holders.get(name) === holder) holders.delete(name);
      return Promise.resolve();
    },
  };
}
