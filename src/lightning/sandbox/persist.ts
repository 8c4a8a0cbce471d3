/** How a node's channel monitors get into the journal: whole now and then, and each change before the node goes on. */
import * as ldk from 'lightningdevkit';
import type { ChannelMonitor } from 'lightningdevkit';
import * as bindings from 'lightningdevkit/bindings.mjs';
import { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';
import { limits } from '../../base/limits.ts';

declare module 'lightningdevkit/bindings.mjs' {
  // It is there, and not declared.
  export function ChannelMonitor_free(pointer: bigint): void;
}

/** Where a node's monitors are kept. */
export interface MonitorJournal {
  /** The whole monitor; updates of the channel kept until now are in it. */
  saveMonitor(channel: string, bytes: Uint8Array): void;
  /** What came on top of it. */
  saveUpdate(channel: string, updateId: bigint, bytes: Uint8Array): void;
}

export function persistTo(journal: MonitorJournal): ldk.Persist {
  const done = ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
  const updateIds = new Map<string, bigint>();
  return ldk.Persist.new_impl({
    persist_new_channel(channel, monitor) {
      updateIds.set(channel.to_str(), monitor.get_latest_update_id());
      journal.saveMonitor(channel.to_str(), monitor.write());
      return release(monitor, done);
    },
    update_persisted_channel(channel, update, monitor) {
      const name = channel.to_str();
      const id = monitor.get_latest_update_id();
      // A block changes a monitor without an update: what is given for one then is no object that may be touched.
      const isUpdate = id !== updateIds.get(name);
      updateIds.set(name, id);
      if (isUpdate && id % BigInt(limits.sandboxUpdatesPerMonitor) !== 0n) journal.saveUpdate(name, id, update.write());
      else journal.saveMonitor(name, monitor.write());
      return release(monitor, done);
    },
    archive_persisted_channel() {},
  });
}

/** Reaches what the bindings keep to themselves. */
class Released extends CommonBase {
  static release(monitor: ChannelMonitor): void {
    const pointer = CommonBase.get_ptr_of(monitor);
    CommonBase.set_null_skip_free(monitor);
    bindings.ChannelMonitor_free(pointer);
  }
}

/**
 * With every update comes a copy of the whole monitor, which the collector frees when it happens to run: it does not see how
 * much memory there is behind it, and after some thousand payments that is a gigabyte.
 */
function release<T>(monitor: ChannelMonitor, answer: T): T {
  Released.release(monitor);
  return answer;
}
