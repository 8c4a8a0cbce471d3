/** The connection URI of NIP-47. It holds a secret key, so no error repeats any of it. */
import { LightningRefused } from '../node.ts';

export interface WalletConnection {
  /** 32 bytes in lower hex. */
  readonly walletKey: string;
  /** Ours alone; requests are signed and encrypted with it. */
  readonly secretKey: Uint8Array;
  readonly relays: readonly string[];
}

const key = /^[0-9a-f]{64}$/i;

/** Throws LightningRefused. */
export function readConnectionUri(text: string): WalletConnection {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'nostr+walletconnect:') throw wrong('does not begin with nostr+walletconnect://');
  const walletKey = url.host !== '' ? url.host : url.pathname;
  const secret = url.searchParams.get('secret') ?? '';
  const relays = url.searchParams.getAll('relay');
  if (!key.test(walletKey)) throw wrong('does not name the key of a wallet');
  if (!key.test(secret)) throw wrong('has no secret of 64 hex digits');
  if (relays.length === 0) throw wrong('names no relay');
  for (const relay of relays) {
    const protocol = URL.parse(relay)?.protocol;
    if (protocol !== 'wss:' && protocol !== 'ws:') throw wrong('names a relay that is not ws:// or wss://');
  }
  return { walletKey: walletKey.toLowerCase(), secretKey: Uint8Array.from(Buffer.from(secret, 'hex')), relays };
}

function wrong(what: string): LightningRefused {
  return new LightningRefused(`the connection URI of the wallet ${what}: copy it anew from the wallet`);
}
