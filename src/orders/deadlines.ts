/** When things happen by themselves (S-21, S-34): terms that the order sets, and else those of the escrow policy. */
import { NS_PER_SECOND } from '../base/time.ts';
import type { Deadlines } from './order-request.ts';

/** Durations in nanoseconds. */
export interface EscrowPolicy {
  /** From the order to the end of the work. */
  readonly workNs: bigint;
  /** From completion: how long the payer may dispute, and when silence releases. */
  readonly disputeWindowNs: bigint;
  readonly autoReleaseNs: bigint;
}

/** S-21: seven days, 172,800 s, 86,400 s. */
export const defaultEscrow: EscrowPolicy = {
  workNs: 7n * 86_400n * NS_PER_SECOND,
  disputeWindowNs: 172_800n * NS_PER_SECOND,
  autoReleaseNs: 86_400n * NS_PER_SECOND,
};

/** An order always has a time by which its work is done: silence never locks money for ever. */
export function withWorkBy(deadlines: Deadlines, placedAt: bigint, { workNs }: EscrowPolicy): Deadlines {
  return { ...deadlines, workBy: deadlines.workBy ?? placedAt + workNs };
}

/** After completion the payer has so long to speak, and at least until the order's accept-by: then silence is acceptance. */
export function afterCompletion(
  { acceptBy, disputeBy, autoReleaseAfter }: Omit<Deadlines, 'workBy'>,
  completedAt: bigint,
  { disputeWindowNs, autoReleaseNs }: EscrowPolicy,
): { readonly disputeBy: bigint; readonly autoReleaseAfter: bigint } {
  const usual = completedAt + autoReleaseNs;
  const accepted = acceptBy !== null && acceptBy > usual ? acceptBy : usual;
  return {
    disputeBy: disputeBy ?? completedAt + disputeWindowNs,
    autoReleaseAfter: autoReleaseAfter ?? accepted,
  };
}
