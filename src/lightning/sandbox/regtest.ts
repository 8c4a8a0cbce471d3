/**
 * Two nodes on a private chain, with a channel in which the payer has everything. What changes between `begin` and `commit` is
 * kept all together or not at all, and only when nothing is on its way between the nodes any more.
 */
import { randomBytes } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import { limits } from '../../base/limits.ts';
import { fundingTransaction, genesis, nextBlock, tell, timeMsOf, type Tip } from './chain.ts';
import { LdkNode } from './ldk-node.ts';
import type { Issued, NodeInfo, SetAside } from './messages.ts';
import { Paying } from './paying.ts';
import { hex, Receiving, type Order } from './receiving.ts';
import { setAside, State, StateBroken, type NodeName } from './state.ts';
import { Wire, WireBroken } from './wire.ts';

const CONFIRMATIONS = 6;
const SEED_BYTES = 32;
const names: readonly NodeName[] = ['merchant', 'payer'];

export class Regtest {
  readonly merchant: Receiving;
  /** The payer's own invoices; nobody here pays them. */
  readonly payer: Receiving;
  readonly paying: Paying;
  readonly #state: State;
  readonly #nodes: Readonly<Record<NodeName, LdkNode>>;
  readonly #wire: Wire;
  #tip: Tip;
  #ended: string[] = [];

  /** Goes on with what is saved, or begins. Throws StateBroken when it cannot go on. */
  constructor(state: State, nowMs: number) {
    this.#state = state;
    this.#tip = state.tip ?? genesis;
    const isNew = state.tip === undefined;
    // Nodes know no way back in time: their invoices would be of an hour that has not come.
    if (timeMsOf(this.#tip) > nowMs + limits.lightningClockSkewMs) throw new StateBroken('clock-set-back');
    state.begin();
    const node = (name: NodeName): LdkNode =>
      new LdkNode({ seed: seedOf(state, name), journal: state.journalOf(name), saved: state.node(name), nowMs });
    this.#nodes = { merchant: node('merchant'), payer: node('payer') };
    this.#wire = new Wire(this.#nodes.payer, this.#nodes.merchant);
    this.merchant = new Receiving(this.#nodes.merchant, state, 'merchant');
    this.payer = new Receiving(this.#nodes.payer, state, 'payer');
    this.paying = new Paying(this.#nodes.payer, state);
    if (isNew) this.#openChannel(nowMs);
    // What was saved last may be older than the last block: blocks are told, not saved.
    else for (const name of names) tell(this.#nodes[name], this.#tip);
    this.settle(nowMs);
    this.mine(nowMs);
    if (this.#nodes.payer.manager.list_usable_channels().length === 0) throw new StateBroken('no-usable-channel');
    this.commit();
  }

  begin(): void {
    this.#state.begin();
  }

  /** Until neither node has anything more to say or to tell. */
  settle(nowMs: number): void {
    for (let busy = true; busy;) {
      busy = this.#wire.carry();
      for (const name of names) {
        for (const event of this.#nodes[name].takeEvents()) {
          busy = true;
          this.#heard(name, event, nowMs);
        }
      }
    }
  }

  /** Payments that have ended since it was asked last. */
  takeEnded(): readonly string[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  commit(): void {
    for (const name of names) {
      const manager = this.#nodes[name].changedManager();
      if (manager !== undefined) this.#state.keep(`manager-${name}`, manager);
    }
    this.#state.commit();
  }

  /** Nodes learn of time by blocks only: after a sleep of the machine the last one is old, and so would be the invoice. */
  issue(name: NodeName, order: Order, nowMs: number): Issued {
    if (nowMs - timeMsOf(this.#tip) > limits.sandboxBlockMs) this.mine(nowMs);
    return this[name].issue(order, nowMs);
  }

  /** A block: what has expired by now is refused from here on. */
  mine(nowMs: number, transaction?: Uint8Array): void {
    this.#tip = nextBlock(this.#tip, nowMs);
    this.#state.tip = this.#tip;
    for (const name of names) {
      tell(this.#nodes[name], this.#tip, transaction);
      this.#nodes[name].manager.timer_tick_occurred();
    }
    this.settle(nowMs);
  }

  info(name: NodeName): NodeInfo {
    const { id, manager } = this.#nodes[name];
    const channels = manager.list_channels().map((channel) => ({
      channelId: hex(channel.get_channel_id().get_a()),
      fundingTxId: hex(channel.get_funding_txo().get_txid().toReversed()),
      usable: channel.get_is_usable(),
      balanceMsat: channel.get_outbound_capacity_msat(),
      inboundMsat: channel.get_inbound_capacity_msat(),
      capacitySats: channel.get_channel_value_satoshis(),
    }));
    const spendableMsat = channels.reduce((sum, { usable, balanceMsat }) => (usable ? sum + balanceMsat : sum), 0n);
    return { nodeId: hex(id), height: this.#tip.height, spendableMsat, channels };
  }

  close(): void {
    this.#state.close();
  }

  #heard(name: NodeName, event: ldk.Event, nowMs: number): void {
    if (event instanceof ldk.Event_PendingHTLCsForwardable) this.#nodes[name].manager.process_pending_htlc_forwards();
    // Nothing here closes a channel; when one is closed all the same, the chain has no court to go to.
    else if (event instanceof ldk.Event_ChannelClosed) throw new StateBroken('channel-closed');
    else if (name === 'merchant') this.merchant.heard(event, nowMs);
    else {
      this.payer.heard(event, nowMs);
      const ended = this.paying.heard(event, nowMs);
      if (ended !== undefined) this.#ended.push(ended);
    }
  }

  #openChannel(nowMs: number): void {
    const { merchant, payer } = this.#nodes;
    this.#wire.carry();
    const asked = payer.manager.create_channel(merchant.id, BigInt(limits.sandboxChannelSats), 0n, 1n, null, null);
    if (!asked.is_ok()) throw new Error('the payer opens no channel');
    this.#wire.carry();
    const ready = payer.takeEvents().find((event) => event instanceof ldk.Event_FundingGenerationReady);
    if (ready === undefined) throw new Error('the merchant takes no channel');
    const transaction = fundingTransaction(ready.output_script, ready.channel_value_satoshis);
    payer.manager.funding_transaction_generated(ready.temporary_channel_id, ready.counterparty_node_id, transaction);
    this.settle(nowMs);
    this.mine(nowMs, transaction);
    for (let confirmations = 1; confirmations < CONFIRMATIONS; confirmations++) this.mine(nowMs);
  }
}

function seedOf(state: State, name: NodeName): Uint8Array {
  const kept = state.thing(`seed-${name}`);
  if (kept !== undefined) return kept;
  const seed = randomBytes(SEED_BYTES);
  state.keep(`seed-${name}`, seed);
  return seed;
}

export interface Opened {
  readonly regtest: Regtest;
  readonly setAside: SetAside | undefined;
}

/** Goes on with the file; one that cannot be continued is set aside, and what holds without its channel is taken over. */
export function openRegtest(file: string, nowMs: number): Opened {
  const reasons: { state?: State } = {};
  try {
    reasons.state = new State(file);
    return { regtest: new Regtest(reasons.state, nowMs), setAside: undefined };
  } catch (error) {
    reasons.state?.close();
    const reason = whyBroken(error);
    if (reason === undefined) throw error;
    const aside = setAside(file, reason, nowMs);
    const state = new State(file);
    const inherited = state.inherit(aside) ? 'yes' : 'no';
    return { regtest: new Regtest(state, nowMs), setAside: { reason, file: aside, inherited } };
  }
}

/** Undefined: perhaps the disk, perhaps another process. It may pass, and the state is good. */
function whyBroken(error: unknown): string | undefined {
  if (error instanceof StateBroken) return error.reason;
  if (error instanceof WireBroken) return 'nodes-disagree';
  if (error instanceof Error && 'code' in error) return undefined;
  return 'unreadable';
}
