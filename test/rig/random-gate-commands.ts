/** Random commands of the gate over few decisions, one of each type at least; most of them meet nothing, or something else than they name. */
import fc from 'fast-check';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import { gateOf } from './gate-commands.ts';

const ids = ['d1', 'd2', 'd3'];
const bucket = 'acme|2026-11|';
const ref = { merchant: 'acme', bucket };
const decisionId = fc.constantFrom(...ids);
const actor = fc.constant('key-1');
const current = fc.constantFrom(
  [],
  ids.map((id) => ({ decisionId: id, bucket })),
);
/** An id is used once: by whoever sends it first. */
const fresh = fc.uuid();
const asking = fc.record({
  amount: fc.constantFrom(50, 100),
  po: fc.constantFrom('p1', 'p2'),
  key: fc.constantFrom('k1', 'k2'),
});
const about = fc.record({ ...mapped(ref), decisionId });

function mapped<T extends object>(values: T): { [N in keyof T]: fc.Arbitrary<T[N]> } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fc.constant(value)])) as never;
}

export const gateCommands = {
  gate: fc.tuple(asking, current, fresh).map(([each, known, id]): PaymentCommand => gateOf(each, known, id)),
  'preview-gate': fc.tuple(asking, current).map(([each, known]): PaymentCommand => {
    return { ...gateOf(each), type: 'preview-gate', current: known };
  }),
  'record-invoice': about.map((each): PaymentCommand => ({
    type: 'record-invoice',
    ...each,
    bolt11: 'lnbcrt1',
    paymentHash: 'a'.repeat(64),
    payeeKey: '02'.repeat(33),
    expiresAt: 1n,
    tokenId: 'b'.repeat(64),
    rootKeySealed: 'sealed',
    preimageSealed: null,
  })),
  'close-invoice': about.map((each): PaymentCommand => ({
    type: 'close-invoice',
    ...each,
    reason: 'lightning_unavailable',
  })),
  'settle-invoice': about.map((each): PaymentCommand => ({
    type: 'settle-invoice',
    ...each,
    receivedMsat: 100_000n,
    settledAt: 1n,
  })),
  'accept-payment': about.map((each): PaymentCommand => ({
    type: 'accept-payment',
    ...each,
    heldMsat: 100_000n,
    replaces: null,
  })),
  'end-hold': about.map((each): PaymentCommand => ({ type: 'end-hold', ...each })),
  'reseal-root-key': about.map((each): PaymentCommand => ({
    type: 'reseal-root-key',
    ...each,
    column: 'root_key_sealed',
    before: 'sealed',
    after: 'resealed',
  })),
  'move-lightning-cursor': fc
    .constantFrom('1', '2')
    .map((cursor): PaymentCommand => ({ type: 'move-lightning-cursor', backend: 'sandbox', cursor })),
  'report-decision': fc
    .tuple(about, fc.constantFrom('commit', 'cancel', 'receive', 'return', 'chargeback'), fresh, actor)
    .map(([each, kind, reportId, who]): PaymentCommand => ({
      type: 'report-decision',
      ...each,
      reportId,
      kind,
      amountCents: null,
      final: false,
      reference: null,
      actor: who,
    })),
  'end-decision': about.map((each): PaymentCommand => ({ type: 'end-decision', ...each })),
  'roll-order': fc.tuple(about, fresh).map(([each, allocationId]): PaymentCommand => ({
    type: 'roll-order',
    ...each,
    from: '2026-11',
    to: '2026-12',
    path: [''],
    allocationId,
    actor: 'finance',
  })),
  'request-release': fc
    .tuple(decisionId, actor)
    .map(([id, who]): PaymentCommand => ({ type: 'request-release', decisionId: id, reason: 'why', actor: who })),
  'take-release': fc
    .tuple(decisionId, actor)
    .map(([id, who]): PaymentCommand => ({ type: 'take-release', decisionId: id, actor: who })),
  'decide-release': fc
    .tuple(about, fc.constantFrom('accepted', 'rejected'), current, actor)
    .map(([{ decisionId: id, merchant }, outcome, known, who]): PaymentCommand => ({
      type: 'decide-release',
      decisionId: id,
      merchant,
      outcome,
      reason: 'so be it',
      actor: who,
      alsoOwn: who === 'key-1',
      documentName: null,
      current: known,
    })),
} as const satisfies Record<string, fc.Arbitrary<PaymentCommand>>;
