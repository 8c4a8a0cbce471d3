/**
 * One LDK node: its keys, its channels' monitors and its channel manager, made anew or from what was saved. It keeps no file:
 * every change of a monitor goes to a journal before the node goes on, and whoever runs the node commits it.
 */
import * as ldk from 'lightningdevkit';
import type {
  ChainMonitor,
  ChannelManager,
  ChannelMonitor,
  Confirm,
  Event,
  KeysManager,
  PeerManager,
  UserConfig,
} from 'lightningdevkit';
import { limits } from '../../base/limits.ts';
import { persistTo, type MonitorJournal } from './persist.ts';

export interface SavedNode {
  readonly manager: Uint8Array;
  readonly monitors: readonly { readonly bytes: Uint8Array; readonly updates: readonly Uint8Array[] }[];
}

export interface NodeParts {
  /** 32 bytes, the node's identity for ever. */
  readonly seed: Uint8Array;
  readonly journal: MonitorJournal;
  readonly saved: SavedNode | undefined;
  readonly nowMs: number;
}

/** One way or the other the saved bytes are no node. */
class UnreadableNode extends Error {
  override readonly name = 'UnreadableNode';
}

const NETWORK = ldk.Network.LDKNetwork_Regtest;
/** The lowest there is; nobody competes for space in these blocks. */
const FEE_SATS_PER_1000_WEIGHT = 253;

export class LdkNode {
  readonly id: Uint8Array;
  readonly manager: ChannelManager;
  readonly peers: PeerManager;
  /** Transactions that it wanted to have in a block. */
  readonly broadcast: Uint8Array[] = [];
  readonly #monitors: ChainMonitor;
  readonly #handler: ldk.EventHandler;
  #events: Event[] = [];
  /** The bindings hold what they are given weakly: without these, callbacks would be collected under the node. */
  readonly kept: readonly unknown[];

  constructor({ seed, journal, saved, nowMs }: NodeParts) {
    const nowSeconds = Math.floor(nowMs / 1_000);
    const fees = ldk.FeeEstimator.new_impl({ get_est_sat_per_1000_weight: () => FEE_SATS_PER_1000_WEIGHT });
    const broadcaster = ldk.BroadcasterInterface.new_impl({
      broadcast_transactions: (transactions) => void this.broadcast.push(...transactions),
    });
    const logger = ldk.Logger.new_impl({ log() {} });
    const persister = persistTo(journal);
    const noFilter = ldk.Option_FilterZ.constructor_none();
    this.#monitors = ldk.ChainMonitor.constructor_new(noFilter, broadcaster, logger, fees, persister);
    // The time makes the keys of new channels differ from those of any run before.
    const keys = ldk.KeysManager.constructor_new(seed, BigInt(nowSeconds), (nowMs % 1_000) * 1_000_000);
    const entropy = keys.as_EntropySource();
    const graph = ldk.NetworkGraph.constructor_new(NETWORK, logger);
    const decay = ldk.ProbabilisticScoringDecayParameters.constructor_default();
    const scorer = ldk.ProbabilisticScorer.constructor_new(decay, graph, logger);
    const score = ldk.MultiThreadedLockableScore.constructor_new(scorer.as_Score());
    const scoring = ldk.ProbabilisticScoringFeeParameters.constructor_default();
    const router = ldk.DefaultRouter.constructor_new(graph, logger, entropy, score.as_LockableScore(), scoring);
    const messages = ldk.DefaultMessageRouter.constructor_new(graph, entropy);
    const config = createConfig();
    const surroundings = { fees, broadcaster, logger, keys, router, messages, config };
    this.manager =
      saved === undefined ? this.#createManager(surroundings, nowSeconds) : this.#readManager(surroundings, saved);
    const ignoring = ldk.IgnoringMessageHandler.constructor_new();
    this.peers = ldk.PeerManager.constructor_new(
      this.manager.as_ChannelMessageHandler(),
      ignoring.as_RoutingMessageHandler(),
      ignoring.as_OnionMessageHandler(),
      ignoring.as_CustomMessageHandler(),
      nowSeconds,
      entropy.get_secure_random_bytes(),
      logger,
      keys.as_NodeSigner(),
    );
    this.#handler = ldk.EventHandler.new_impl({
      handle_event: (event) => {
        this.#events.push(event);
        return ldk.Result_NoneReplayEventZ.constructor_ok();
      },
    });
    this.id = this.manager.get_our_node_id();
    this.kept = [surroundings, persister, graph, scorer, score, scoring, ignoring];
  }

  /** What has happened since it was asked last. */
  takeEvents(): readonly Event[] {
    this.manager.as_EventsProvider().process_pending_events(this.#handler);
    this.#monitors.as_EventsProvider().process_pending_events(this.#handler);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Both hear of a block: the channels, and the monitors that would go to court for them. */
  blockListeners(): readonly Confirm[] {
    return [this.manager.as_Confirm(), this.#monitors.as_Confirm()];
  }

  /** The manager as it is to be saved; undefined when nothing has changed since it was asked last. */
  changedManager(): Uint8Array | undefined {
    return this.manager.get_and_clear_needs_persistence() ? this.manager.write() : undefined;
  }

  #createManager({ fees, broadcaster, logger, keys, router, messages, config }: Surroundings, nowSeconds: number) {
    const genesis = ldk.ChainParameters.constructor_new(NETWORK, ldk.BestBlock.constructor_from_network(NETWORK));
    return ldk.ChannelManager.constructor_new(
      fees,
      this.#monitors.as_Watch(),
      broadcaster,
      router.as_Router(),
      messages.as_MessageRouter(),
      logger,
      keys.as_EntropySource(),
      keys.as_NodeSigner(),
      keys.as_SignerProvider(),
      config,
      genesis,
      nowSeconds,
    );
  }

  #readManager(surroundings: Surroundings, { manager, monitors: saved }: SavedNode): ChannelManager {
    const { fees, broadcaster, logger, keys, router, messages, config } = surroundings;
    const monitors = saved.map((monitor) => readMonitor(surroundings, monitor));
    const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(
      manager,
      keys.as_EntropySource(),
      keys.as_NodeSigner(),
      keys.as_SignerProvider(),
      fees,
      this.#monitors.as_Watch(),
      broadcaster,
      router.as_Router(),
      messages.as_MessageRouter(),
      logger,
      config,
      monitors,
    );
    if (!(read instanceof ldk.Result_C2Tuple_ThirtyTwoBytesChannelManagerZDecodeErrorZ_OK))
      throw new UnreadableNode('its channel manager cannot be read');
    for (const monitor of monitors) this.#monitors.as_Watch().watch_channel(monitor.get_funding_txo().get_a(), monitor);
    return read.res.get_b();
  }
}

interface Surroundings {
  readonly fees: ldk.FeeEstimator;
  readonly broadcaster: ldk.BroadcasterInterface;
  readonly logger: ldk.Logger;
  readonly keys: KeysManager;
  readonly router: ldk.DefaultRouter;
  readonly messages: ldk.DefaultMessageRouter;
  readonly config: UserConfig;
}

function readMonitor(
  { fees, broadcaster, logger, keys }: Surroundings,
  { bytes, updates }: SavedNode['monitors'][number],
): ChannelMonitor {
  const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelMonitorZ_read(
    bytes,
    keys.as_EntropySource(),
    keys.as_SignerProvider(),
  );
  if (!(read instanceof ldk.Result_C2Tuple_ThirtyTwoBytesChannelMonitorZDecodeErrorZ_OK))
    throw new UnreadableNode('a channel monitor cannot be read');
  const monitor = read.res.get_b();
  for (const update of updates) {
    const parsed = ldk.ChannelMonitorUpdate.constructor_read(update);
    if (!(parsed instanceof ldk.Result_ChannelMonitorUpdateDecodeErrorZ_OK))
      throw new UnreadableNode('an update of a channel monitor cannot be read');
    if (!monitor.update_monitor(parsed.res, broadcaster, fees, logger).is_ok())
      throw new UnreadableNode('an update of a channel monitor does not fit');
  }
  return monitor;
}

function createConfig(): UserConfig {
  const config = ldk.UserConfig.constructor_default();
  const handshake = config.get_channel_handshake_config();
  // Without these, one payment may be a tenth of the channel, and fifty are held at most.
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  handshake.set_our_max_accepted_htlcs(limits.sandboxHeldPaymentsMax);
  config.set_channel_handshake_config(handshake);
  const bounds = config.get_channel_handshake_limits();
  bounds.set_max_funding_satoshis(BigInt(limits.sandboxChannelSatsMax));
  config.set_channel_handshake_limits(bounds);
  const channel = config.get_channel_config();
  channel.set_max_dust_htlc_exposure(
    ldk.MaxDustHTLCExposure.constructor_fixed_limit_msat(BigInt(limits.sandboxDustMsatMax)),
  );
  config.set_channel_config(channel);
  return config;
}
