/** An invoice taken apart, as phoenixd tells it (N-03): amounts in millisatoshi, times in seconds, bytes in lower hex. */
import * as ldk from 'lightningdevkit';
import { decodeInvoice } from '../../l402/bolt11.ts';
import type { Decoded } from './messages.ts';
import { readInvoice } from './paying.ts';
import { hex } from './receiving.ts';
import { Refused } from './refused.ts';

/** phoenixd's names of the networks. */
const chains = { bc: 'mainnet', tb: 'testnet', tbs: 'signet', bcrt: 'regtest', sb: 'simnet' } as const;

/** Throws Refused for what is no invoice. */
export function decoded(bolt11: string): Decoded {
  const read = readInvoice(bolt11);
  const own = decodeInvoice(bolt11);
  if (typeof own === 'string') throw new Refused(`the invoice cannot be read (${own})`);
  const { amountMsat, description, descriptionHash } = own;
  const metadata = read.payment_metadata();
  return {
    chain: chains[own.network],
    ...(amountMsat === null ? {} : { amount: Number(amountMsat) }),
    paymentHash: own.paymentHash,
    ...(description === null ? {} : { description }),
    ...(descriptionHash === null ? {} : { descriptionHash }),
    minFinalCltvExpiryDelta: Number(read.min_final_cltv_expiry_delta()),
    paymentSecret: hex(read.payment_secret()),
    ...(metadata instanceof ldk.Option_CVec_u8ZZ_Some ? { paymentMetadata: hex(metadata.some) } : {}),
    expirySeconds: own.expirySeconds,
    extraHops: read.route_hints().map((hint) => hint.get_a().map(hopOf)),
    timestampSeconds: own.timestampSeconds,
  };
}

function hopOf(hop: ldk.RouteHintHop): Decoded['extraHops'][number][number] {
  const id = hop.get_short_channel_id();
  const fees = hop.get_fees();
  return {
    nodeId: hex(hop.get_src_node_id()),
    shortChannelId: `${id >> 40n}x${(id >> 16n) & 0xff_ffffn}x${id & 0xffffn}`,
    feeBase: fees.get_base_msat(),
    feeProportionalMillionths: fees.get_proportional_millionths(),
    cltvExpiryDelta: hop.get_cltv_expiry_delta(),
  };
}
