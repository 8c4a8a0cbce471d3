/** Gathers what evidence of a decision consists of (B-06): its facts, the way of each to the journal's end, and the invoice. */
import { limits } from '../../base/limits.ts';
import type { DecisionRow } from '../../budgets/tables.ts';
import { evidenceOf, hiddenReason, type Evidence, type PlacedFact } from '../../evidence/evidence.ts';
import { checkpointText, type Checkpoint, type Signed, type Signer } from '../../evidence/statements.ts';
import type { StoredBatch } from '../../journal/audit.ts';
import { factHash, GENESIS } from '../../journal/chain.ts';
import { siblingsOf } from '../../journal/proof.ts';
import type { JournalFact, Store } from '../../store/store.ts';

export interface EvidenceSource {
  readonly store: Pick<Store, 'rows' | 'facts' | 'factsAbout' | 'batches'>;
  readonly signer: Signer;
  readonly nowMs: () => number;
}

/** The journal's last batch; undefined while there is none. */
async function headOf(store: EvidenceSource['store']): Promise<StoredBatch | undefined> {
  return (await store.batches({ from: Number.MAX_SAFE_INTEGER, limit: 1 }))[0];
}

export async function collectEvidence(
  { store, signer, nowMs }: EvidenceSource,
  decision: DecisionRow,
): Promise<Evidence> {
  const { decision_id: decisionId, merchant_id: merchantId } = decision;
  const head = await headOf(store);
  const told = await factsAbout(store, decision);
  const hidden = told.map((fact) => ({ fact, reason: hiddenReason(fact, merchantId) }));
  const shown: PlacedFact[] = [];
  for (const { fact, reason } of hidden) if (reason === undefined) shown.push(await placed(store, fact, head));
  return evidenceOf({
    decisionId,
    merchantId,
    facts: shown,
    leftOut: hidden.flatMap(({ fact: { seq, type }, reason }) => (reason === undefined ? [] : [{ seq, type, reason }])),
    signer,
    signedAt: new Date(nowMs()).toISOString(),
  });
}

/** All facts of the decision. The last change of its row may stand in the fact of another: of the decision that replaced it. */
async function factsAbout(
  store: EvidenceSource['store'],
  { decision_id: subject, seq: changed }: DecisionRow,
): Promise<JournalFact[]> {
  const facts: JournalFact[] = [];
  for (let after = 0; ;) {
    const page = await store.factsAbout({ subject, after, limit: limits.pageReadFacts });
    facts.push(...page);
    const last = page.at(-1)?.seq;
    if (last === undefined || page.length < limits.pageReadFacts) break;
    after = last;
  }
  if (facts.some(({ seq }) => seq === Number(changed))) return facts;
  const further = await store.facts({ after: Number(changed) - 1, limit: 1 });
  return [...facts, ...further].toSorted((one, other) => one.seq - other.seq);
}

async function placed(
  store: EvidenceSource['store'],
  fact: JournalFact,
  head: StoredBatch | undefined,
): Promise<PlacedFact> {
  const batches = await store.batches({ from: fact.seq, limit: limits.evidenceLinksMax });
  const [own] = batches;
  if (own === undefined) throw new Error(`fact ${fact.seq} is in no batch`);
  const end = batches.findIndex(({ lastSeq }) => lastSeq === head?.lastSeq);
  const [before] = own.firstSeq === 1 ? [] : await store.batches({ from: own.firstSeq - 1, limit: 1 });
  const neighbours = await factsOf(store, own);
  return {
    fact,
    siblings: siblingsOf(neighbours.map(factHash), fact.seq - own.firstSeq),
    batches: end < 0 ? [own] : batches.slice(0, end + 1),
    previous: before?.chain ?? GENESIS,
  };
}

async function factsOf(store: EvidenceSource['store'], { firstSeq, lastSeq }: StoredBatch): Promise<JournalFact[]> {
  const facts: JournalFact[] = [];
  for (let after = firstSeq - 1; after < lastSeq;) {
    const limit = Math.min(limits.pageReadFacts, lastSeq - after);
    const page = await store.facts({ after, limit });
    facts.push(...page);
    after = page.at(-1)?.seq ?? lastSeq;
  }
  return facts;
}

/** The journal's end now, signed: who keeps it finds a journal that was cut or written anew. */
export async function signedHead({ store, signer, nowMs }: EvidenceSource): Promise<(Checkpoint & Signed) | undefined> {
  const head = await headOf(store);
  if (head === undefined) return undefined;
  const signedAt = new Date(nowMs()).toISOString();
  const checkpoint = { seq: head.lastSeq, chain: head.chain, signedAt, keyId: signer.keyId };
  return { ...checkpoint, ...signer.sign(checkpointText(checkpoint)) };
}
