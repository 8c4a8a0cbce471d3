/** Starts the sandbox (N-02): the node's thread in the background, and the demo payer's port (N-03). */
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import type { LightningNode } from '../node.ts';
import { SandboxLink } from './link.ts';
import { ensurePassword } from './password.ts';
import { PayerApi } from './payer-api.ts';
import { servePayer, type Address } from './payer-server.ts';
import { SandboxNode } from './sandbox-node.ts';

export interface SandboxPlace {
  /** The server's data directory: the password is in it, and all else in `lightning/`. */
  readonly dataDir: string;
  readonly payerAddress: Address;
  readonly log: (name: string, event: string, fields?: Readonly<Record<string, string | number>>) => void;
  /** The thread's program, where it is not the sandbox itself: a test has one that stands still. */
  readonly script?: URL;
}

export interface Sandbox {
  readonly node: LightningNode;
  /** Where the payer listens. */
  readonly payer: Address;
  /** Pays as the payer, but also what is paid already or has expired, as wallets of others may. Not offered over HTTP. */
  readonly payCarelessly: (
    bolt11: string,
  ) => Promise<{ readonly preimage: string | null; readonly reason: string | null }>;
  close(): Promise<void>;
}

/**
 * Resolves as soon as the payer's port is open; the node follows within a second, and calls wait for it. Rejects when the port
 * is taken, or with what to do about the password's file.
 */
export async function openSandbox({ dataDir, payerAddress, log, script }: SandboxPlace): Promise<Sandbox> {
  const password = ensurePassword(dataDir);
  const file = join(dataDir, 'lightning', 'sandbox.db');
  const link = new SandboxLink({
    data: { file },
    script: script ?? new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url),
    ready: ({ nodeId, payerId, setAside }) => {
      if (setAside !== undefined) log('lightning', 'set_aside', { ...what, ...setAside });
      log('lightning', 'ready', { ...what, node: nodeId, payer: payerId });
    },
    lost: (reason, retryMs) => log('lightning', 'unavailable', { ...what, reason, retry_ms: retryMs }),
  });
  try {
    const server = await servePayer(new PayerApi(link), password, payerAddress);
    const { host, port } = server.address;
    log('lightning', 'listening', { ...what, addr: `${host.includes(':') ? `[${host}]` : host}:${port}` });
    return {
      node: new SandboxNode(link, systemClock),
      payer: server.address,
      payCarelessly: (bolt11) => link.call('pay', { bolt11, msat: null, again: true }),
      async close() {
        await server.close();
        await link.close();
      },
    };
  } catch (error) {
    await link.close();
    throw error;
  }
}

/** Stands in every line: whoever reads it must not take this for money. */
const what = { backend: 'sandbox', network: 'regtest', sandbox: 'true' } as const;
