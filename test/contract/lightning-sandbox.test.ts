/** The sandbox under the contract of a Lightning node. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { SandboxLink } from '../../src/lightning/sandbox/link.ts';
import { SandboxNode } from '../../src/lightning/sandbox/sandbox-node.ts';
import { SandboxUnderTest } from '../rig/sandbox.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { orderOf } from './lightning-trouble.ts';
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

test('N-02: an invoice that is not of now is not handed out, as with any other node', async () => {
  const link = new SandboxLink({
    data: { file: join(temporaryDirectory(), 'sandbox.db') },
    script: new URL('../../src/lightning/sandbox/worker.ts', import.meta.url),
    ready: () => {},
    lost: () => {},
  });
  const hourAhead = { ...systemClock, nowMs: () => Date.now() + 3_600_000 };
  const expected = { name: 'LightningRefused', message: /clocks .* differ; it is not used/ };
  await assert.rejects(new SandboxNode(link, hourAhead).issue(orderOf(5n)), expected);
  assert.match((await new SandboxNode(link, systemClock).issue(orderOf(5n))).bolt11, /^lnbcrt/);
  await link.close();
});
