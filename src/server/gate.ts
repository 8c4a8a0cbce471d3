/** Wires the gate: the Lightning node that the setting names, the keys of its tokens, and what goes on beside requests. */
import { applyGateDeadlines } from '../background/gate-deadlines.ts';
import { InvoiceCheck } from '../background/invoice-check.ts';
import { SettlementFollower } from '../background/settlement-follower.ts';
import { systemClock } from '../base/clock.ts';
import type { Address } from '../frames/server.ts';
import { Challenges } from '../gate/challenges.ts';
import { GateService } from '../gate/gate-service.ts';
import { guarded, type GuardedNode } from '../lightning/breaker.ts';
import type { LightningSetting } from '../lightning/setting.ts';
import { newId } from '../operations/new-id.ts';
import type { Store } from '../store/store.ts';
import { ConfigError } from './config-error.ts';
import { openKeyRing } from './key-ring.ts';
import { openLightning } from './lightning.ts';
import type { Log } from './log.ts';

export interface LightningConfig {
  /** `off`: what is over budget cannot be bought. */
  readonly setting: LightningSetting | 'off';
  /** The flag or the variable that says so. */
  readonly name: string;
  /** Where the sandbox's payer listens, and whether somebody chose that. */
  readonly payer: Address;
  readonly payerIsChosen: boolean;
  readonly keyFile: string;
  /** For secrets that the setting says are in variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One server at a time does each. */
export interface GateJobs {
  readonly 'gate-deadlines': () => Promise<boolean>;
  readonly 'lightning-settlements': () => Promise<boolean>;
  readonly invoices: () => Promise<boolean>;
}

export interface Gate {
  readonly service: GateService;
  readonly jobs: GateJobs;
  /** For health. */
  readonly parts: () => Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface Opened {
  readonly node: GuardedNode | undefined;
  readonly close: () => Promise<void>;
}

/** Resolves without waiting for the node; whether it answers is for health to tell. Rejects with ConfigError. */
export async function openGate(store: Store, data: string, config: LightningConfig, log: Log): Promise<Gate> {
  const ring = openKeyRing(config.keyFile);
  const { node, close } = await openNode(data, config, log);
  const clock = systemClock;
  const nowMs = (): number => clock.nowMs();
  const tell = (event: string, fields: Readonly<Record<string, string>>): void => log('lightning', event, fields);
  const challenges = new Challenges({ store, node, ring, clock, tell });
  const settled = (decisionId: string): void => challenges.settled(decisionId);
  const follower =
    node === undefined
      ? undefined
      : new SettlementFollower({
          store,
          node,
          nowMs,
          settled,
          owed: (decision, msat) => log('lightning', 'payment_owed', { decision, msat: msat.toString() }),
          failed: (reason) => log('lightning', 'settlements_unavailable', { reason }),
        });
  const check = new InvoiceCheck({ store, node, ring, nowMs, settled });
  return {
    service: new GateService({ store, challenges, clock, newId }),
    jobs: {
      'gate-deadlines': () => applyGateDeadlines(store, nowMs()),
      'lightning-settlements': () => {
        follower?.run();
        return Promise.resolve(false);
      },
      invoices: async () => {
        await check.run();
        return false;
      },
    },
    parts: () => ({ lightning: stateOf(node) }),
    async close() {
      await follower?.stop();
      await close();
    },
  };
}

function stateOf(node: GuardedNode | undefined): string {
  if (node === undefined) return 'off';
  return `${node.backend}${node.status().state === 'closed' ? '' : ' unavailable'}`;
}

async function openNode(data: string, config: LightningConfig, log: Log): Promise<Opened> {
  const { setting, name, env } = config;
  if (setting === 'off') return { node: undefined, close: () => Promise.resolve() };
  if (setting.backend !== 'sandbox') {
    const node = await openLightning(setting, { name, env, clock: systemClock });
    log('lightning', 'opened', { backend: node.backend });
    return { node, close: () => node.close() };
  }
  const sandbox = await openPayer(data, config, log);
  const node = guarded(sandbox.node, systemClock);
  return { node, close: () => sandbox.close() };
}

/** Two servers on one machine both have a payer: where nobody chose its address, any free one will do. */
async function openPayer(data: string, { payer, payerIsChosen }: LightningConfig, log: Log) {
  const { openSandbox } = await import('../lightning/sandbox/open.ts');
  const place = { dataDir: data, log };
  try {
    return await openSandbox({ ...place, payerAddress: payer });
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (inUse && !payerIsChosen) return openSandbox({ ...place, payerAddress: { ...payer, port: 0 } });
    if (inUse)
      throw new ConfigError('PURSER_PAYER_ADDR is in use: stop the program that listens there, or choose another');
    throw error;
  }
}
