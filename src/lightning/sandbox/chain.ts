/** A private regtest chain: empty blocks in a row, and one transaction that opens a channel. Nobody checks work on it. */
import { createHash } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import type { LdkNode } from './ldk-node.ts';

/** The last block; the chain goes on from it. */
export interface Tip {
  readonly height: number;
  /** 80 bytes; empty at the very beginning. */
  readonly header: Uint8Array;
}

export const genesis: Tip = { height: 0, header: new Uint8Array() };

const VERSION = 4;
const EASIEST_WORK = 0x20_7f_ff_ff;

/** The block behind this one. Its time is what makes nodes refuse what has expired. */
export function nextBlock(tip: Tip, nowMs: number): Tip {
  const header = Buffer.alloc(80);
  header.writeInt32LE(VERSION, 0);
  header.set(hashOf(tip), 4);
  header.writeUInt32LE(Math.floor(nowMs / 1_000), 68);
  header.writeUInt32LE(EASIEST_WORK, 72);
  return { height: tip.height + 1, header };
}

/** What the nodes take for the time; zero at the very beginning. */
export const timeMsOf = ({ height, header }: Tip): number =>
  height === 0 ? 0 : Buffer.from(header).readUInt32LE(68) * 1_000;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

function hashOf({ height, header }: Tip): Uint8Array {
  if (height > 0) return sha256(sha256(header));
  return ldk.BestBlock.constructor_from_network(ldk.Network.LDKNetwork_Regtest).get_block_hash();
}

/** A node takes note of a block that is new to it, or of the last one it has missed. */
export function tell(node: LdkNode, { height, header }: Tip, transaction?: Uint8Array): void {
  for (const listener of node.blockListeners()) {
    if (transaction !== undefined) {
      const placed = ldk.TwoTuple_usizeTransactionZ.constructor_new(1, transaction);
      listener.transactions_confirmed(header, [placed], height);
    }
    listener.best_block_updated(header, height);
  }
}

/** A transaction with one output. What it spends does not exist, and nobody asks. */
export function fundingTransaction(script: Uint8Array, sats: bigint): Uint8Array {
  const version = [2, 0, 0, 0];
  const segwit = [0, 1];
  const input = [...new Uint8Array(36), 0, 0xff, 0xff, 0xff, 0xff];
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(sats);
  const witness = [1, 1, 0xff];
  const lockTime = [0, 0, 0, 0];
  const output = [...value, script.length, ...script];
  return Uint8Array.from([...version, ...segwit, 1, ...input, 1, ...output, ...witness, ...lockTime]);
}
