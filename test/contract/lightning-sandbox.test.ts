/** The sandbox under the contract of a Lightning node. */
import { SandboxUnderTest } from '../rig/sandbox.ts';
import { lightningContract } from './lightning.ts';

lightningContract('sandbox', {
  network: 'bcrt',
  paidTwice: 'counted',
  closesOpen: true,
  async open() {
    const under = await new SandboxUnderTest().start();
    const { node } = under.sandbox;
    return {
      node,
      payeeKey: String((await under.line('ready')).fields['node']),
      async pay(bolt11) {
        const { preimage, reason } = await under.sandbox.payCarelessly(bolt11);
        return preimage === null ? { ok: false, reason: reason ?? '' } : { ok: true, preimage };
      },
      payerMsat: async () => (await under.balanceSats()) * 1_000n,
      async restart() {
        await under.killThread();
        return node;
      },
      close: () => under.close(),
    };
  },
  async silent() {
    const under = await new SandboxUnderTest().start(new URL('../rig/silent-thread.ts', import.meta.url));
    return { node: under.sandbox.node, end: () => under.close() };
  },
});
