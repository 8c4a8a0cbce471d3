/** Nodes that hold payments, each with a payer beside it: the sandbox's own, and LND's and a wallet's form in front of a real one. */
import { openNwc } from '../../src/lightning/nwc/nwc.ts';
import { openLnd } from '../../src/lightning/lnd/lnd.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createAuthority } from '../rig/certificates.ts';
import { LndSkin } from '../rig/lnd-skin.ts';
import { NwcSkin } from '../rig/nwc-skin.ts';
import { SandboxUnderTest } from '../rig/sandbox.ts';
import type { HoldingBackend } from './held-payments.ts';

export async function openSandbox(): Promise<HoldingBackend> {
  const under = await new SandboxUnderTest().start();
  const { sandbox } = under;
  return {
    node: sandbox.node,
    async pay(bolt11) {
      const { preimage, reason } = await sandbox.payCarelessly(bolt11);
      return preimage === null ? { ok: false, reason: reason ?? '' } : { ok: true, preimage };
    },
    payerMsat: async () => (await under.balanceSats()) * 1_000n,
    close: () => under.close(),
  };
}

const MACAROON = '0201036c6e64';

export async function openLndSkin(): Promise<HoldingBackend> {
  const authority = createAuthority('lnd that holds');
  const skin = await LndSkin.open(MACAROON, authority.issue('localhost'));
  const { money, server } = skin;
  const node = openLnd({
    url: `https://localhost:${server.port}`,
    macaroon: MACAROON,
    certificate: authority.cert,
    network: 'regtest',
    clock: systemClock,
  });
  return {
    node,
    pay: (bolt11) => money.pay(bolt11),
    payerMsat: () => money.payerMsat(),
    cut: () => server.close(),
    mend: () => server.listen(),
    async close() {
      await node.close();
      await server.close();
      await money.close();
    },
  };
}

export async function openNwcSkin(): Promise<HoldingBackend> {
  const skin = await NwcSkin.open();
  await skin.serveHolding('nip44_v2', [
    'make_invoice',
    'lookup_invoice',
    'make_hold_invoice',
    'settle_hold_invoice',
    'cancel_hold_invoice',
  ]);
  const node = openNwc({ uri: skin.uri, network: 'regtest', clock: systemClock });
  return {
    node,
    pay: (bolt11) => skin.money.pay(bolt11),
    payerMsat: () => skin.money.payerMsat(),
    async close() {
      await node.close();
      await skin.close();
    },
  };
}
