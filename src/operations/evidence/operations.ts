/** `GET /l402-otb/decisions/{id}/evidence`, the signed end of the journal, and the next signing key (B-06). */
import * as z from 'zod';
import type { PublishedKey, Signer } from '../../evidence/statements.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, doneText, refused, type ApiOperation } from '../api-operation.ts';
import { findOwnDecision } from '../gate/find-decision.ts';
import { id } from '../schemas.ts';
import { collectEvidence, signedHead } from './collect-evidence.ts';

/** The server's signing key, as these operations use it. */
interface EvidenceKey extends Signer {
  rotate(now: Date): PublishedKey;
}

export interface EvidenceParts {
  readonly store: Pick<Store, 'rows' | 'facts' | 'factsAbout' | 'batches'>;
  readonly signer: EvidenceKey;
  readonly nowMs: () => number;
}

const signed = { text: z.string(), signature: z.string() };

const publishedKey = z.strictObject({
  key_id: z.string(),
  version: z.int(),
  public_key: z.string().meta({ description: 'Ed25519, SPKI in PEM' }),
  created_at: z.string(),
  introduced: z.strictObject({ ...signed, key_id: z.string() }).nullable(),
});

const batch = z.strictObject({ previous: z.string(), first_seq: z.int(), last_seq: z.int() });
const link = z.strictObject({ root: z.string(), first_seq: z.int(), last_seq: z.int() });

const evidence = z.strictObject({
  content: z.strictObject({
    format: z.literal('purser-evidence/1'),
    decision_id: z.string(),
    merchant_id: z.string(),
    facts: z.array(
      z.strictObject({
        text: z.string(),
        siblings: z.array(z.strictObject({ side: z.enum(['left', 'right']), hash: z.string() })),
        batch,
        links: z.array(link),
        checkpoint: z.int(),
      }),
    ),
    checkpoints: z.array(z.strictObject(signed)),
    invoice: z
      .strictObject({
        bolt11: z.string(),
        payment_hash: z.string(),
        payee_key: z.string(),
        sats: z.int(),
        received_msat: z.int(),
        settled_at: z.string().nullable(),
        consumed_at: z.string().nullable(),
      })
      .nullable(),
    left_out: z.array(z.strictObject({ seq: z.int(), type: z.string(), reason: z.string() })),
    keys: z.array(publishedKey),
  }),
  seal: z.strictObject(signed),
});

function readEvidence(parts: EvidenceParts): ApiOperation {
  return defineOperation({
    name: 'readEvidence',
    method: 'GET',
    path: '/l402-otb/decisions/{decision_id}/evidence',
    chapter: 'Evidence',
    summary: 'Evidence of a decision that a stranger can check',
    description:
      'Self-contained: the facts of the decision, their hashes up to a signed checkpoint, the invoice, and the public keys. ' +
      '`purser verify-evidence FILE` checks it without asking anybody.',
    permission: 'evidence:read',
    tier: 'stream',
    input: { path: z.strictObject({ decision_id: id }) },
    answer: evidence,
    refusals: ['decision_not_found'],
    async run({ path: { decision_id: decisionId }, caller }) {
      const row = await findOwnDecision(parts.store, { id: decisionId, caller, permission: 'evidence:read' });
      if (row === undefined) return refused('decision_not_found');
      return doneText(JSON.stringify(await collectEvidence(parts, row)));
    },
  });
}

function readCheckpoint(parts: EvidenceParts): ApiOperation {
  return defineOperation({
    name: 'readCheckpoint',
    method: 'GET',
    path: '/v1/checkpoint',
    chapter: 'Evidence',
    summary: 'The end of the journal, signed',
    description: 'Whoever keeps it finds out later if the journal was cut or written anew.',
    permission: 'facts:read',
    input: {},
    answer: z.strictObject({ seq: z.int(), chain: z.string(), signed_at: z.string(), key_id: z.string(), ...signed }),
    refusals: [],
    async run() {
      const head = await signedHead(parts);
      if (head === undefined) return refused('unavailable');
      const { seq, chain, signedAt, keyId, text, signature } = head;
      return done({ seq, chain, signed_at: signedAt, key_id: keyId, text, signature });
    },
  });
}

function rotateServerKey({ signer, nowMs }: EvidenceParts): ApiOperation {
  return defineOperation({
    name: 'rotateServerKey',
    method: 'POST',
    path: '/v1/server-keys/rotate',
    chapter: 'Evidence',
    summary: 'Sign with a new key from now on',
    description:
      'The former key introduces the new one, and its private half is forgotten. `GET /v1/server-keys` has them all, for everybody.',
    permission: 'keys:manage',
    input: {},
    answer: publishedKey,
    refusals: [],
    run: () => done(signer.rotate(new Date(nowMs()))),
  });
}

export function evidenceOperations(parts: EvidenceParts): ApiOperation[] {
  return [readEvidence(parts), readCheckpoint(parts), rotateServerKey(parts)];
}
