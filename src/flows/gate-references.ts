/**
 * Which earlier decisions a request belongs to (B-05), found by the names that requests leave behind. A decision may only look
 * at rows that its command names; when a name leads to one that the command does not know of, the answer is `stale` with what is
 * true now, and the caller asks again with it. The usual request has no earlier one, and needs one try.
 */
import type { Change, Decided, Read, View } from '../base/decision.ts';
import { digestReference, documentReference, keyReference, type GateRequest } from '../budgets/gate-request.ts';
import { merchants, references, type DecisionRow, type ReferenceRow } from '../budgets/tables.ts';
import { refusal } from './answers.ts';
import type { DecisionRef, GateBooks } from './gate-books.ts';

/** What the command does not know, or knows wrongly: `{decisions?, hierarchy_version?, unsettled?, challenge?}`. */
export const STALE = 'stale';

/** A request as far as it can be found again. */
export interface Referring {
  readonly request: GateRequest;
  readonly digest: string;
  readonly caller: string;
  readonly idempotencyKey: string | null;
  readonly current: readonly DecisionRef[];
  /** The decision that a verified credential names. */
  readonly credential: string | null;
}

export interface Found {
  readonly byKey: DecisionRow | undefined;
  readonly byDocument: DecisionRow | undefined;
  readonly byDigest: DecisionRow | undefined;
  readonly byCredential: DecisionRow | undefined;
}

interface Names {
  readonly key: string | null;
  readonly document: string | null;
  readonly digest: string;
}

function namesOf({ request, digest, caller, idempotencyKey: key }: Referring): Names {
  return {
    key: key === null ? null : keyReference(caller, key),
    document: documentReference(request),
    digest: digestReference(digest),
  };
}

export function referenceReads(referring: Referring): Read[] {
  const { key, document, digest } = namesOf(referring);
  return [key, document, digest].flatMap((name) => (name === null ? [] : [{ table: references, key: [name] }]));
}

/** The merchant's hierarchy is what buckets were chosen by. */
export function staleHierarchy(merchantId: string, hierarchyVersion: bigint, view: View): Decided | undefined {
  const version = view.row(merchants, [merchantId])?.hierarchy_version ?? 0n;
  return version === hierarchyVersion ? undefined : refusal(STALE, { hierarchy_version: Number(version) });
}

/** The decisions that the names lead to; or what the command has to know first. */
export function findDecisions(referring: Referring, books: GateBooks, view: View): Found | Decided {
  const { key, document, digest } = namesOf(referring);
  const named = (name: string | null): string | null =>
    name === null ? null : (view.row(references, [name])?.decision_id ?? null);
  const [byKey, byDocument] = [named(key), named(document)];
  // A challenge leaves its digest only together with the request's other names: where one of them is new, so is the digest.
  const isNew = (key !== null && byKey === null) || (document !== null && byDocument === null);
  const ids = { byKey, byDocument, byDigest: isNew ? null : named(digest), byCredential: referring.credential };
  const unknown = unknownOf(Object.values(ids), referring.current, books);
  if (unknown.length > 0) return refusal(STALE, { decisions: unknown });
  const row = (id: string | null): DecisionRow | undefined => (id === null ? undefined : books.decision(id));
  return {
    byKey: row(ids.byKey),
    byDocument: row(ids.byDocument),
    byDigest: row(ids.byDigest),
    byCredential: row(ids.byCredential),
  };
}

/** Decisions that the command does not name, or names with a bucket that they have left. */
export function unknownOf(
  ids: readonly (string | null)[],
  current: readonly DecisionRef[],
  books: GateBooks,
): readonly string[] {
  const missing = new Set<string>();
  for (const id of ids) {
    if (id === null) continue;
    const known = current.find(({ decisionId }) => decisionId === id);
    if (known === undefined || books.decision(id)?.bucket !== known.bucket) missing.add(id);
  }
  return [...missing];
}

/** From now on the names lead to this decision. */
export function refer(referring: Referring, which: readonly (keyof Names)[], decisionId: string, view: View): Change[] {
  const names = namesOf(referring);
  return which.flatMap((each) => {
    const name = names[each];
    if (name === null) return [];
    const before = view.row(references, [name]);
    if (before?.decision_id === decisionId) return [];
    const row: ReferenceRow = {
      reference: name,
      decision_id: decisionId,
      updated_at: view.at,
      version: (before?.version ?? 0n) + 1n,
    };
    return [{ table: references, row }];
  });
}
