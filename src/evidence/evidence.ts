/**
 * Evidence of one decision (B-06): its facts word for word, the way of each to a signed checkpoint, and the invoice. It tells
 * nothing of anybody else: of a fact's neighbours it shows hashes, and what it must not show it names and leaves out.
 */
import { hash } from 'node:crypto';
import { isArray, isObject, parseJson } from '../base/json.ts';
import { timeOrNull } from '../base/time.ts';
import type { StoredBatch } from '../journal/audit.ts';
import { factText, type HashedFact } from '../journal/chain.ts';
import type { Sibling } from '../journal/proof.ts';
import { checkpointText, sealText, type PublishedKey, type Signed, type Signer } from './statements.ts';

export const EVIDENCE_FORMAT = 'purser-evidence/1';

/** A fact with its way to a checkpoint. Names as they stand in the file. */
export interface EvidenceFact {
  /** What was hashed: a JSON array of seq, at, type, subject, key, request, answer, body. */
  readonly text: string;
  readonly siblings: readonly Sibling[];
  /** The batch that holds the fact, without its root, which follows. */
  readonly batch: { readonly previous: string; readonly first_seq: number; readonly last_seq: number };
  /** The batches behind it, up to the checkpoint's. */
  readonly links: readonly Link[];
  /** Which of the file's checkpoints it leads to. */
  readonly checkpoint: number;
}

export interface Link {
  readonly root: string;
  readonly first_seq: number;
  readonly last_seq: number;
}

/** The invoice that authorised the decision, as its node signed it. */
export interface EvidenceInvoice {
  readonly bolt11: string;
  readonly payment_hash: string;
  readonly payee_key: string;
  readonly sats: number;
  readonly received_msat: number;
  readonly settled_at: string | null;
  readonly consumed_at: string | null;
}

export interface EvidenceContent {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly facts: readonly EvidenceFact[];
  readonly checkpoints: readonly Signed[];
  readonly invoice: EvidenceInvoice | null;
  /** Facts of the decision that are not shown, and why. */
  readonly left_out: readonly { readonly seq: number; readonly type: string; readonly reason: string }[];
  /** All keys of the server up to the one that signed, each introduced by the one before. */
  readonly keys: readonly PublishedKey[];
}

/** As it is handed out: the seal covers every byte of the content's compact JSON text. */
export interface Evidence {
  readonly content: EvidenceContent;
  readonly seal: Signed;
}

/** A fact and where it stands. */
export interface PlacedFact {
  readonly fact: HashedFact;
  readonly siblings: readonly Sibling[];
  /** The batch of the fact and those behind it, as far as the checkpoint. */
  readonly batches: readonly StoredBatch[];
  /** The chain's hash before the fact's batch. */
  readonly previous: string;
}

export interface EvidenceParts {
  readonly decisionId: string;
  readonly merchantId: string;
  readonly facts: readonly PlacedFact[];
  readonly leftOut: EvidenceContent['left_out'];
  readonly signer: Signer;
  readonly signedAt: string;
}

export function evidenceOf({ decisionId, merchantId, facts, leftOut, signer, signedAt }: EvidenceParts): Evidence {
  const ends = new Map<number, { readonly index: number; readonly signed: Signed }>();
  const shown = facts.map(({ fact, siblings, batches, previous }): EvidenceFact => {
    const [own, ...behind] = batches;
    const end = batches.at(-1);
    if (own === undefined || end === undefined) throw new Error(`fact ${fact.seq} is in no batch`);
    const { lastSeq: seq, chain } = end;
    const checkpoint = ends.get(seq) ?? {
      index: ends.size,
      signed: signer.sign(checkpointText({ seq, chain, signedAt, keyId: signer.keyId })),
    };
    ends.set(seq, checkpoint);
    return {
      text: factText(fact),
      siblings,
      batch: { previous, first_seq: own.firstSeq, last_seq: own.lastSeq },
      links: behind.map(({ root, firstSeq, lastSeq }) => ({ root, first_seq: firstSeq, last_seq: lastSeq })),
      checkpoint: checkpoint.index,
    };
  });
  const content: EvidenceContent = {
    format: EVIDENCE_FORMAT,
    decision_id: decisionId,
    merchant_id: merchantId,
    facts: shown,
    checkpoints: [...ends.values()].map(({ signed }) => signed),
    invoice: invoiceIn(
      facts.map(({ fact }) => parseJson(fact.body)),
      decisionId,
    ),
    left_out: leftOut,
    keys: signer.keys,
  };
  return { content, seal: signer.sign(sealText(contentDigest(content), signedAt, signer.keyId)) };
}

/** Rows of facts, by table. */
export type ToldRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** The rows in a fact's body; what stands there and is none is passed over. */
export function rowsIn(body: unknown): ToldRows {
  const tables = isObject(body) && isObject(body['rows']) ? Object.entries(body['rows']) : [];
  return Object.fromEntries(tables.map(([name, list]) => [name, isArray(list) ? list.filter(isObject) : []]));
}

/** The invoice as the last of these facts' bodies tells of it; null: none was shown, or the node never gave one. */
export function invoiceIn(bodies: readonly unknown[], decisionId: string): EvidenceInvoice | null {
  const rows = bodies.flatMap((body) => rowsIn(body)['otb_l402_invoices'] ?? []);
  const row = rows.findLast(({ decision_id: id, bolt11 }) => id === decisionId && typeof bolt11 === 'string');
  if (row === undefined) return null;
  return {
    bolt11: String(row['bolt11']),
    payment_hash: String(row['payment_hash']),
    payee_key: String(row['payee_key']),
    sats: Number(row['sats']),
    received_msat: Number(row['received_msat']),
    settled_at: timeTold(row['settled_at']),
    consumed_at: timeTold(row['consumed_at']),
  };
}

/** Instants that a double does not hold stand in facts as text. */
function timeTold(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? timeOrNull(BigInt(value)) : null;
}

/** SHA-256 of the compact JSON text, in hex. */
export function contentDigest(content: unknown): string {
  return hash('sha256', JSON.stringify(content), 'hex');
}

/** Types of facts that hold secrets, sealed or not. */
const SECRET_FACTS: ReadonlySet<string> = new Set(['otb/root-key-sealed.v1']);

/** Words by which a secret would be called (L-08), wherever it stood. */
const SECRET_WORDS = /"(?:preimage|macaroon|root_key)"|L402 macaroon=/;

/** Why a fact must not be shown to whoever may see this merchant's decision; undefined: it may. */
export function hiddenReason({ type, body, answer, request }: HashedFact, merchantId: string): string | undefined {
  if (SECRET_FACTS.has(type)) return 'holds a sealed key';
  if ([body, answer, request].some((text) => text !== null && SECRET_WORDS.test(text))) return 'holds a secret';
  for (const row of Object.values(rowsIn(parseJson(body))).flat()) {
    if ([row['root_key_sealed'], row['preimage_sealed']].some((sealed) => typeof sealed === 'string'))
      return 'holds a sealed key';
    const merchant = row['merchant_id'];
    if (merchant !== undefined && merchant !== merchantId) return 'tells of another merchant';
  }
  return undefined;
}
