/** What the server and the sandbox's thread say to each other. */
import type { InvoiceState } from '../node.ts';
import type { NodeName } from './state.ts';

/** What the thread is started with. */
export interface SandboxData {
  readonly file: string;
}

export interface Issued {
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly payeeKey: string;
  readonly expiresAtMs: number;
}

export interface Incoming {
  readonly paymentHash: string;
  readonly state: InvoiceState;
  readonly receivedMsat: bigint;
  readonly settledAtMs: number | null;
  readonly bolt11: string;
  readonly label: string;
  readonly description: string;
  readonly msat: bigint | null;
  readonly preimage: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** After each payment that came in: all that came in for its invoice. */
export interface SettledPayment {
  readonly number: number;
  readonly paymentHash: string;
  readonly receivedMsat: bigint;
  readonly settledAtMs: number;
}

export interface Outgoing {
  readonly id: string;
  readonly paymentHash: string;
  readonly bolt11: string;
  readonly msat: bigint;
  readonly state: 'pending' | 'sent' | 'failed';
  readonly preimage: string | null;
  readonly feeMsat: bigint;
  readonly reason: string | null;
  readonly createdAtMs: number;
  readonly completedAtMs: number | null;
}

/** A page of what came in or went out, by phoenixd's rules. Both ends of the time belong to it. */
export interface PaymentPage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly offset: number;
  /** Also what was not paid. */
  readonly all: boolean;
}

/** What an invoice says; what stands not in it is left out. */
export interface Decoded {
  readonly chain: string;
  readonly amount?: number;
  readonly paymentHash: string;
  readonly description?: string;
  readonly descriptionHash?: string;
  readonly minFinalCltvExpiryDelta: number;
  readonly paymentSecret: string;
  readonly paymentMetadata?: string;
  readonly expirySeconds: number;
  readonly extraHops: readonly (readonly {
    readonly nodeId: string;
    readonly shortChannelId: string;
    readonly feeBase: number;
    readonly feeProportionalMillionths: number;
    readonly cltvExpiryDelta: number;
  }[])[];
  readonly timestampSeconds: number;
}

export interface NodeInfo {
  readonly nodeId: string;
  readonly height: number;
  /** What the node could send now. */
  readonly spendableMsat: bigint;
  readonly channels: readonly {
    readonly channelId: string;
    readonly fundingTxId: string;
    readonly usable: boolean;
    readonly balanceMsat: bigint;
    readonly inboundMsat: bigint;
    readonly capacitySats: bigint;
  }[];
}

/** What can be asked, and what is answered. */
export interface Calls {
  issue: {
    ask: {
      readonly node: NodeName;
      readonly label: string;
      readonly msat: bigint | null;
      readonly description: string;
      readonly expirySeconds: number;
      readonly holdFor?: string;
    };
    answer: Issued;
  };
  lookUp: { ask: { readonly node: NodeName; readonly paymentHash: string }; answer: Incoming | undefined };
  settlements: { ask: { readonly after: number; readonly limit: number }; answer: readonly SettledPayment[] };
  settle: { ask: { readonly preimage: string }; answer: undefined };
  cancel: { ask: { readonly paymentHash: string }; answer: undefined };
  /** Answered when the payment has ended, however long that takes. */
  pay: { ask: { readonly bolt11: string; readonly msat: bigint | null; readonly again: boolean }; answer: Outgoing };
  outgoing: { ask: { readonly id: string } | { readonly paymentHash: string }; answer: Outgoing | undefined };
  listIncoming: { ask: PaymentPage & { readonly node: NodeName }; answer: readonly Incoming[] };
  listOutgoing: { ask: PaymentPage; answer: readonly Outgoing[] };
  decode: { ask: { readonly bolt11: string }; answer: Decoded };
  info: { ask: { readonly node: NodeName }; answer: NodeInfo };
}

export type CallName = keyof Calls;

export type Ask = { [N in CallName]: { readonly call: N; readonly ask: Calls[N]['ask'] } }[CallName];

/** To the thread. */
export type ToSandbox = (Ask & { readonly id: number }) | { readonly close: true };

/** From the thread. */
export type FromSandbox =
  | {
      readonly kind: 'ready';
      readonly nodeId: string;
      readonly payerId: string;
      readonly setAside: SetAside | undefined;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  /** There are settlements that nobody was told of. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'closed' };

/** A state that could not be continued, and the file where it is now. */
export interface SetAside {
  readonly reason: string;
  readonly file: string;
  /** Were the nodes' identities, invoices and settlements taken over? */
  readonly inherited: 'yes' | 'no';
}
