/** A small journal with a paid decision in it, and evidence of that decision, signed by a key of the test's own. */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { evidenceOf, type Evidence, type PlacedFact } from '../../src/evidence/evidence.ts';
import { keyIdOf, type Signer } from '../../src/evidence/statements.ts';
import { chainHash, factHash, GENESIS, merkleRoot, type HashedFact } from '../../src/journal/chain.ts';
import { siblingsOf } from '../../src/journal/proof.ts';
import { NODE_PUBLIC_KEY, signInvoice } from './sign-invoice.ts';

export const DECISION = 'decision-1';
export const MERCHANT = 'acme';

const REQUEST = '{"action_kind":"po_submit","amount_cents":700,"merchant_id":"acme"}';
const PAYMENT_HASH = 'ab'.repeat(32);
const SATS = 100;
const SETTLED_AT = 1_795_262_405_000_000_000n;

export const BOLT11 = signInvoice(SATS, PAYMENT_HASH, `purser:${DECISION}`);

export function testSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = {
    key_id: keyIdOf(publicKey),
    version: 1,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    created_at: '2026-11-21T12:00:00.000Z',
    introduced: null,
  };
  return {
    keyId: key.key_id,
    keys: [key],
    sign: (text) => ({ text, signature: sign(null, Buffer.from(text), privateKey).toString('base64') }),
  };
}

const decisionRow = (state: string): object => ({
  decision_id: DECISION,
  merchant_id: MERCHANT,
  amount_cents: 700,
  mode: 'enforce',
  policy_id: 'default',
  state,
  request: REQUEST,
  request_digest: hash('sha256', REQUEST, 'hex'),
});

const invoiceRow = (state: string, bolt11 = BOLT11): object => ({
  decision_id: DECISION,
  merchant_id: MERCHANT,
  state,
  sats: SATS,
  bolt11,
  payment_hash: PAYMENT_HASH,
  payee_key: NODE_PUBLIC_KEY,
  received_msat: state === 'settled' ? SATS * 1_000 : 0,
  settled_at: state === 'settled' ? SETTLED_AT.toString() : null,
  consumed_at: null,
});

export function factAt(seq: number, terms: Partial<HashedFact> = {}): HashedFact {
  const plain = { type: 'payments/transferred.v1', subject: `tx-${seq}`, key: null, request: null, answer: null };
  return { ...plain, body: '{"entries":[]}', ...terms, seq, at: BigInt(seq) * 256n };
}

const about = (seq: number, type: string, rows: object): HashedFact =>
  factAt(seq, { type, subject: DECISION, body: JSON.stringify({ rows }) });

/** Fifteen facts in batches of four; the decision's are the third, the sixth and the fourteenth. */
function journalOf(bolt11: string): HashedFact[] {
  const own = new Map([
    [3, about(3, 'otb/gate-challenged.v1', { otb_gate_decisions: [decisionRow('challenged')] })],
    [6, about(6, 'otb/invoice-settled.v1', { otb_l402_invoices: [invoiceRow('settled', bolt11)] })],
    [14, about(14, 'otb/gate-paid.v1', { otb_gate_decisions: [decisionRow('reserved')] })],
  ]);
  return Array.from({ length: 15 }, (_, i) => own.get(i + 1) ?? factAt(i + 1));
}

interface Stage {
  readonly signer?: Signer;
  /** The invoice that the facts tell of. */
  readonly recorded?: string;
}

export function stageEvidence({ signer = testSigner(), recorded = BOLT11 }: Stage = {}): Evidence {
  const facts = journalOf(recorded);
  let chain = GENESIS;
  const batches = Array.from({ length: 4 }, (_, i) => {
    const part = facts.slice(i * 4, i * 4 + 4);
    const previous = chain;
    const batch = { firstSeq: i * 4 + 1, lastSeq: i * 4 + part.length, root: merkleRoot(part.map(factHash)) };
    chain = chainHash(previous, batch);
    return { ...batch, chain, previous, part };
  });
  const place = (seq: number): PlacedFact => {
    const at = batches.findIndex(({ lastSeq }) => lastSeq >= seq);
    const own = batches[at]!;
    const leaves = own.part.map(factHash);
    // The first leads to its own batch's checkpoint, the others to the head's.
    const end = seq === 3 ? at + 1 : batches.length;
    return {
      fact: facts[seq - 1]!,
      siblings: siblingsOf(leaves, seq - own.firstSeq),
      batches: batches.slice(at, end),
      previous: own.previous,
    };
  };
  return evidenceOf({
    decisionId: DECISION,
    merchantId: MERCHANT,
    facts: [3, 6, 14].map(place),
    leftOut: [{ seq: 7, type: 'otb/root-key-sealed.v1', reason: 'holds a sealed key' }],
    signer,
    signedAt: '2026-11-21T12:00:10.000Z',
  });
}
