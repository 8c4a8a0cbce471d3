/**
 * Checks an evidence file without asking anybody (B-06): every hash, every signature, the invoice. What is found is told check by
 * check; and what no file can prove is told, too. Pure: the file's text in, a report out.
 */
import { hash } from 'node:crypto';
import { isArray, isObject, parseJson } from '../base/json.ts';
import { chainHash } from '../journal/chain.ts';
import { rootOf, type Sibling } from '../journal/proof.ts';
import { decodeInvoice } from '../l402/bolt11.ts';
import { contentDigest, EVIDENCE_FORMAT, invoiceIn, rowsIn } from './evidence.ts';
import type { EvidenceFact, EvidenceInvoice, Link, ToldRows } from './evidence.ts';
import { isKeyChain, isSignedBy, readCheckpoint, readPublishedKey, readSeal, readSigned } from './statements.ts';
import type { PublishedKey, Signed } from './statements.ts';

interface EvidenceCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; with a failure what is wrong. */
  readonly told: string;
}

export interface EvidenceReport {
  readonly ok: boolean;
  readonly decision_id: string | null;
  readonly merchant_id: string | null;
  /** The key whose owner has to be known from elsewhere: compare it with what the server publishes. */
  readonly signed_by: string | null;
  readonly checks: readonly EvidenceCheck[];
  readonly proves: readonly string[];
  readonly does_not_prove: readonly string[];
}

interface File {
  readonly decisionId: string;
  readonly merchantId: string;
  readonly facts: readonly EvidenceFact[];
  readonly checkpoints: readonly Signed[];
  readonly invoice: EvidenceInvoice | null;
  readonly keys: readonly PublishedKey[];
  readonly seal: Signed;
  readonly digest: string;
}

/** `expectedKey`: the id of the key that the reader trusts, if they have one. */
export function verifyEvidence(text: string, expectedKey?: string): EvidenceReport {
  const file = read(text);
  if (file === undefined) {
    const told = `the file is no ${EVIDENCE_FORMAT} of this form`;
    return { ...nobody, ok: false, checks: [{ name: 'form', ok: false, told }], proves: [], does_not_prove: [] };
  }
  const signer = readSeal(file.seal.text)?.keyId ?? null;
  const checks = [
    { name: 'form', ok: true, told: EVIDENCE_FORMAT },
    keysCheck(file, expectedKey, signer),
    sealCheck(file),
    ...file.checkpoints.map((signed, index) => checkpointCheck(file, signed, index)),
    ...file.facts.map((fact) => factCheck(file, fact)),
    decisionCheck(file),
    invoiceCheck(file, file.invoice),
  ];
  const ok = checks.every((check) => check.ok);
  return {
    ok,
    decision_id: file.decisionId,
    merchant_id: file.merchantId,
    signed_by: signer,
    checks,
    proves: ok ? provenBy(file) : [],
    does_not_prove: ok ? notProven(signer) : [],
  };
}

const nobody = { decision_id: null, merchant_id: null, signed_by: null };

function keysCheck({ keys }: File, expected: string | undefined, signer: string | null): EvidenceCheck {
  const name = 'keys';
  if (!isKeyChain(keys)) return { name, ok: false, told: 'a key is not introduced by the one before it' };
  if (expected !== undefined && !keys.some(({ key_id: id }) => id === expected))
    return { name, ok: false, told: `none of the keys is ${expected}` };
  const known = keys.some(({ key_id: id }) => id === signer);
  return { name, ok: known, told: known ? `signed by key ${signer}` : 'the signing key is not in the file' };
}

const keyOf = ({ keys }: File, keyId: string): PublishedKey | undefined => keys.find(({ key_id: id }) => id === keyId);

function sealCheck(file: File): EvidenceCheck {
  const seal = readSeal(file.seal.text);
  const key = seal && keyOf(file, seal.keyId);
  if (seal === undefined || key === undefined || !isSignedBy(file.seal, key))
    return { name: 'seal', ok: false, told: 'the signature over the whole file is not good' };
  const ok = seal.digest === file.digest;
  return { name: 'seal', ok, told: ok ? 'the whole file is as it was signed' : 'the file is not what was signed' };
}

function checkpointCheck(file: File, signed: Signed, index: number): EvidenceCheck {
  const name = `checkpoint ${index}`;
  const checkpoint = readCheckpoint(signed.text);
  const key = checkpoint && keyOf(file, checkpoint.keyId);
  if (checkpoint === undefined || key === undefined || !isSignedBy(signed, key))
    return { name, ok: false, told: 'its signature is not good' };
  return { name, ok: true, told: `fact ${checkpoint.seq}, chain ${checkpoint.chain}, signed ${checkpoint.signedAt}` };
}

/** From the text to the checkpoint, step by step. */
function factCheck(file: File, fact: EvidenceFact): EvidenceCheck {
  const told = tellOf(fact.text);
  const name = `fact ${told?.seq ?? '?'}`;
  const bad = (why: string): EvidenceCheck => ({ name, ok: false, told: why });
  if (told === undefined) return bad('its text is no fact');
  if (!isAbout(told, file.decisionId)) return bad(`it is about ${told.subject}`);
  const { first_seq: first, last_seq: last } = fact.batch;
  if (told.seq < first || told.seq > last) return bad('its number is none of its batch');
  const end = chainEnd(fact);
  if (typeof end === 'string') return bad(end);
  const signed = file.checkpoints[fact.checkpoint];
  const checkpoint = signed && readCheckpoint(signed.text);
  if (checkpoint?.seq !== end.last || checkpoint.chain !== end.chain)
    return bad('its hashes do not lead to the checkpoint');
  return { name, ok: true, told: `${told.type} leads to checkpoint ${fact.checkpoint}` };
}

/** A decision is also told of by the fact of the one that replaced it. */
function isAbout({ subject, rows }: Told, decisionId: string): boolean {
  const told = rows['otb_gate_decisions'] ?? [];
  return subject === decisionId || told.some((row) => row['decision_id'] === decisionId);
}

/** Where the chain stands behind the fact's batch and its links; or why they are no chain. */
function chainEnd({
  text,
  siblings,
  batch,
  links,
}: EvidenceFact): { readonly chain: string; readonly last: number } | string {
  const root = rootOf(hash('sha256', text, 'hex'), siblings);
  let chain = chainHash(batch.previous, { root, firstSeq: batch.first_seq, lastSeq: batch.last_seq });
  let last = batch.last_seq;
  for (const link of links) {
    if (link.first_seq !== last + 1) return `no batch begins behind fact ${last}`;
    chain = chainHash(chain, { root: link.root, firstSeq: link.first_seq, lastSeq: link.last_seq });
    last = link.last_seq;
  }
  return { chain, last };
}

interface Told {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly subject: string;
  readonly rows: ToldRows;
}

function tellOf(text: string): Told | undefined {
  const fields = parseJson(text);
  if (!isArray(fields) || fields.length !== 8) return undefined;
  const [seq, at, type, subject, , , , body] = fields;
  if (typeof seq !== 'number' || typeof at !== 'string' || typeof type !== 'string' || typeof subject !== 'string')
    return undefined;
  return { seq, at, type, subject, rows: rowsIn(body) };
}

/** The rows of a table that the facts tell of the decision, in order. */
function rowsOf({ facts, decisionId }: File, table: string): Readonly<Record<string, unknown>>[] {
  return facts
    .flatMap(({ text }) => tellOf(text)?.rows[table] ?? [])
    .filter((row) => row['decision_id'] === decisionId);
}

/** The facts tell of the decision and merchant that the file names, in order, and of the request that its digest is of. */
function decisionCheck(file: File): EvidenceCheck {
  const name = 'decision';
  const rows = rowsOf(file, 'otb_gate_decisions');
  const numbers = file.facts.map(({ text }) => tellOf(text)?.seq ?? 0);
  if (numbers.some((seq, index) => index > 0 && seq <= (numbers[index - 1] ?? 0)))
    return { name, ok: false, told: 'the facts are not in order' };
  const last = rows.at(-1);
  if (last === undefined) return { name, ok: false, told: 'no fact tells of the decision' };
  if (rows.some((row) => row['merchant_id'] !== file.merchantId))
    return { name, ok: false, told: `a fact tells of another merchant than ${file.merchantId}` };
  const { request, request_digest: digest, state, amount_cents: cents } = last;
  if (typeof request !== 'string' || hash('sha256', request, 'hex') !== digest)
    return { name, ok: false, told: 'the request is not the one of its digest' };
  return { name, ok: true, told: `${String(state)}, ${String(cents)} cents, request ${digest}` };
}

const bodyOf = (text: string): unknown => {
  const fields = parseJson(text);
  return isArray(fields) ? fields[7] : undefined;
};

function invoiceCheck(file: File, invoice: EvidenceInvoice | null): EvidenceCheck {
  const name = 'invoice';
  const bad = (why: string): EvidenceCheck => ({ name, ok: false, told: why });
  const told = invoiceIn(
    file.facts.map(({ text }) => bodyOf(text)),
    file.decisionId,
  );
  if (JSON.stringify(told) !== JSON.stringify(invoice)) return bad('it is not the one that the facts tell of');
  if (invoice === null) return { name, ok: true, told: 'none is told of' };
  const decoded = decodeInvoice(invoice.bolt11);
  if (typeof decoded === 'string') return bad(`it cannot be read: ${decoded}`);
  if (decoded.payeeKey !== invoice.payee_key) return bad(`it is signed by ${decoded.payeeKey}`);
  if (decoded.paymentHash !== invoice.payment_hash) return bad(`its payment hash is ${decoded.paymentHash}`);
  if (decoded.amountMsat !== BigInt(invoice.sats) * 1_000n) return bad(`it is for ${decoded.amountMsat} msat`);
  if (decoded.description !== `purser:${file.decisionId}`) return bad('it names another decision');
  return { name, ok: true, told: `${invoice.sats} sat, signed by node ${decoded.payeeKey}` };
}

function provenBy(file: File): string[] {
  const [first] = file.facts;
  const last = rowsOf(file, 'otb_gate_decisions').at(-1);
  return [
    `the owner of the signing key recorded these ${file.facts.length} facts about decision ${file.decisionId}, at their numbers, not one character different`,
    `the decision was about ${String(last?.['amount_cents'])} cents of merchant ${file.merchantId}, in mode ${String(last?.['mode'])} under policy ${String(last?.['policy_id'])}, and stood at "${String(last?.['state'])}" when the file was signed`,
    ...(first === undefined ? [] : [`its first fact is number ${tellOf(first.text)?.seq ?? ''} of the journal`]),
    ...(file.invoice === null
      ? []
      : [`node ${file.invoice.payee_key} signed an invoice of ${file.invoice.sats} sat for exactly this decision`]),
    ...(file.invoice?.settled_at == null
      ? []
      : [`the owner of the key says that it was paid at ${file.invoice.settled_at}`]),
  ];
}

const notProven = (signer: string | null): string[] => [
  `whose key ${signer ?? ''} is: compare it with what the server publishes, or with one that you noted before`,
  'that the clock was right: times are the server’s own',
  'that a payment arrived: the node’s signature is for the invoice; that it was settled is the server’s word',
  'that nothing was recorded about the decision afterwards',
];

function read(text: string): File | undefined {
  const whole = parseJson(text);
  if (!isObject(whole) || Object.keys(whole).length !== 2) return undefined;
  // One spelling, on one line or indented: a member that stands there twice would mean different things to different readers.
  if (![JSON.stringify(whole), JSON.stringify(whole, undefined, 2)].includes(text.trim())) return undefined;
  const { content } = whole;
  const seal = readSigned(whole['seal']);
  if (!isObject(content) || content['format'] !== EVIDENCE_FORMAT || seal === undefined) return undefined;
  const found = readContent(content);
  return found && { ...found, seal, digest: contentDigest(content) };
}

function readContent(content: Readonly<Record<string, unknown>>): Omit<File, 'seal' | 'digest'> | undefined {
  const { decision_id: decisionId, merchant_id: merchantId, invoice: wired } = content;
  const facts = listOf(content['facts'], readFact);
  const checkpoints = listOf(content['checkpoints'], readSigned);
  const keys = listOf(content['keys'], readPublishedKey);
  const invoice = wired === null ? null : readInvoice(wired);
  if (typeof decisionId !== 'string' || typeof merchantId !== 'string' || !isArray(content['left_out']))
    return undefined;
  if (facts === undefined || checkpoints === undefined || keys === undefined) return undefined;
  if (invoice === undefined || facts.length === 0) return undefined;
  return { decisionId, merchantId, facts, checkpoints, keys, invoice };
}

function readFact(value: unknown): EvidenceFact | undefined {
  if (!isObject(value) || !isObject(value['batch'])) return undefined;
  const { text, checkpoint, batch } = value;
  const { previous, first_seq, last_seq } = batch;
  const siblings = listOf(value['siblings'], readSibling);
  const links = listOf(value['links'], readLink);
  if (typeof text !== 'string' || typeof checkpoint !== 'number' || siblings === undefined || links === undefined)
    return undefined;
  if (typeof previous !== 'string' || typeof first_seq !== 'number' || typeof last_seq !== 'number') return undefined;
  return { text, siblings, batch: { previous, first_seq, last_seq }, links, checkpoint };
}

function readSibling(value: unknown): Sibling | undefined {
  if (!isObject(value)) return undefined;
  const { side, hash: beside } = value;
  if ((side !== 'left' && side !== 'right') || typeof beside !== 'string') return undefined;
  return { side, hash: beside };
}

function readLink(value: unknown): Link | undefined {
  if (!isObject(value)) return undefined;
  const { root, first_seq, last_seq } = value;
  if (typeof root !== 'string' || typeof first_seq !== 'number' || typeof last_seq !== 'number') return undefined;
  return { root, first_seq, last_seq };
}

function readInvoice(value: unknown): EvidenceInvoice | undefined {
  if (!isObject(value)) return undefined;
  const { bolt11, payment_hash, payee_key, sats, received_msat, settled_at, consumed_at } = value;
  if (typeof bolt11 !== 'string' || typeof payment_hash !== 'string' || typeof payee_key !== 'string') return undefined;
  if (typeof sats !== 'number' || !Number.isSafeInteger(sats) || typeof received_msat !== 'number') return undefined;
  if (!isTextOrNull(settled_at) || !isTextOrNull(consumed_at)) return undefined;
  return { bolt11, payment_hash, payee_key, sats, received_msat, settled_at, consumed_at };
}

function listOf<T>(value: unknown, readOne: (item: unknown) => T | undefined): T[] | undefined {
  if (!isArray(value)) return undefined;
  const items = value.map(readOne).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';
