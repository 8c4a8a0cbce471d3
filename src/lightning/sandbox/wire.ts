/** Two nodes in one thread, and what they say to each other: the bytes of the real protocol, over two queues. */
import * as ldk from 'lightningdevkit';
import type { SocketDescriptor } from 'lightningdevkit';
import type { LdkNode } from './ldk-node.ts';

/** The nodes have hung up on each other: one found the other's state impossible. */
export class WireBroken extends Error {
  override readonly name = 'WireBroken';
}

export class Wire {
  readonly #nodes: readonly LdkNode[];
  readonly #onTheWay: { readonly to: LdkNode; readonly socket: () => SocketDescriptor; readonly bytes: Uint8Array }[] =
    [];
  #cut = false;

  constructor(calling: LdkNode, called: LdkNode) {
    this.#nodes = [calling, called];
    const callingSocket: SocketDescriptor = this.#socket(1n, called, () => calledSocket);
    const calledSocket: SocketDescriptor = this.#socket(2n, calling, () => callingSocket);
    const nowhere = ldk.Option_SocketAddressZ.constructor_none();
    called.peers.new_inbound_connection(calledSocket, nowhere);
    const greeting = calling.peers.new_outbound_connection(called.id, callingSocket, nowhere);
    if (!(greeting instanceof ldk.Result_CVec_u8ZPeerHandleErrorZ_OK)) throw new WireBroken('the nodes do not connect');
    this.#onTheWay.push({ to: called, socket: () => calledSocket, bytes: greeting.res });
  }

  /** Carries everything there is to say, and the answers to it. True when there was anything. */
  carry(): boolean {
    for (let carried = false; ; carried = true) {
      for (const { peers } of this.#nodes) peers.process_events();
      if (this.#cut) throw new WireBroken('the nodes have hung up on each other');
      if (this.#onTheWay.length === 0) return carried;
      for (const { to, socket, bytes } of this.#onTheWay.splice(0)) to.peers.read_event(socket(), bytes);
    }
  }

  /** The end at which a node speaks; what it says arrives at the other's. */
  #socket(number: bigint, to: LdkNode, there: () => SocketDescriptor): SocketDescriptor {
    return ldk.SocketDescriptor.new_impl({
      send_data: (data) => {
        // The bytes are the node's, and gone after this call.
        this.#onTheWay.push({ to, socket: there, bytes: data.slice() });
        return data.length;
      },
      disconnect_socket: () => {
        this.#cut = true;
      },
      eq: (other) => other.hash() === number,
      hash: () => number,
    });
  }
}
