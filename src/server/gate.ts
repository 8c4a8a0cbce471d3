/** Wires the gate: the Lightning node that the setting names, the keys of its tokens, and what goes on beside requests. */
import { codeOf } from '../base/failure.ts';
import { applyGateDeadlines } from '../background/gate-deadlines.ts';
import { HeldPayments } from '../background/held-payments.ts';
import { receiveOverrides } from '../background/l402-receipts.ts';
import { InvoiceCheck } from '../background/invoice-check.ts';
import { SettlementFollower } from '../background/settlement-follower.ts';
import { systemClock } from '../base/clock.ts';
import { newId } from '../base/new-id.ts';
import { L402_GATEWAY } from '../flows/inbox.ts';
import type { Address } from '../frames/server.ts';
import { Challenges } from '../gate/challenges.ts';
import { GateService } from '../gate/gate-service.ts';
import type { SettlingParts } from '../gate/settlements.ts';
import { guarded, type GuardedNode } from '../lightning/breaker.ts';
import type { LightningSetting } from '../lightning/setting.ts';
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
  readonly 'held-payments': () => Promise<boolean>;
  readonly 'l402-receipts': () => Promise<boolean>;
  readonly invoices: () => Promise<boolean>;
}

export interface Gate {
  readonly service: GateService;
  readonly jobs: GateJobs;
  /** Tells of each settlement that was recorded, how long ago the node settled it. */
  readonly onSettlement: (told: (lagMs: number) => void) => void;
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
  const lags = new Set<(lagMs: number) => void>();
  const settling: SettlingParts = {
    store,
    nowMs: () => clock.nowMs(),
    recorded: (lagMs) => lags.forEach((told) => told(lagMs)),
    owed: (decision, msat) => log('lightning', 'payment_owed', { decision, msat: msat.toString() }),
  };
  const tell = (event: string, fields: Readonly<Record<string, string>>): void => log('lightning', event, fields);
  const challenges = new Challenges({ ...settling, node, ring, clock, tell });
  const settled = (decisionId: string): void => challenges.settled(decisionId);
  const failing =
    (event: string) =>
    (reason: string): void =>
      log('lightning', event, { reason });
  const follower =
    node && new SettlementFollower({ ...settling, node, settled, failed: failing('settlements_unavailable') });
  const held =
    node && new HeldPayments({ ...settling, node, ring, settled, tell, failed: failing('held_payments_unavailable') });
  const check = new InvoiceCheck({ ...settling, node, ring, settled });
  return {
    service: new GateService({ store, challenges, clock, newId }),
    jobs: {
      'gate-deadlines': () => applyGateDeadlines(store, clock.nowMs()),
      'lightning-settlements': () => {
        follower?.run();
        return Promise.resolve(false);
      },
      'held-payments': async () => {
        await held?.run();
        return false;
      },
      'l402-receipts': () =>
        receiveOverrides(store, (receipt, code) =>
          log('funding', 'receipt_refused', { source: L402_GATEWAY, receipt, code }),
        ),
      invoices: async () => {
        await check.run();
        return false;
      },
    },
    onSettlement: (told) => void lags.add(told),
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
    const inUse = codeOf(error) === 'EADDRINUSE';
    if (inUse && !payerIsChosen) return openSandbox({ ...place, payerAddress: { ...payer, port: 0 } });
    if (inUse)
      throw new ConfigError('PURSER_PAYER_ADDR is in use: stop the program that listens there, or choose another');
    throw error;
  }
}
