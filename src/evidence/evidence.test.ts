/** What evidence may show: nothing of other merchants, and no secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factAt, MERCHANT, stageEvidence } from '../../test/rig/evidence-stage.ts';
import { hiddenReason } from './evidence.ts';

const withRows = (rows: object): ReturnType<typeof factAt> =>
  factAt(1, { type: 'otb/gate-allowed.v1', body: JSON.stringify({ rows }) });

test('B-06, L-08: a fact with a sealed key, a secret or another merchant is left out, and it is told why', () => {
  const own = { otb_gate_decisions: [{ decision_id: 'd', merchant_id: MERCHANT }] };
  const rows: readonly [ReturnType<typeof factAt>, string | undefined][] = [
    [withRows(own), undefined],
    [withRows({ ...own, otb_references: [{ reference: 'key|caller|k', decision_id: 'd' }] }), undefined],
    [factAt(1, { type: 'otb/root-key-sealed.v1' }), 'holds a sealed key'],
    [withRows({ otb_l402_invoices: [{ merchant_id: MERCHANT, root_key_sealed: 'v1.x.y' }] }), 'holds a sealed key'],
    [withRows({ otb_l402_invoices: [{ merchant_id: MERCHANT, root_key_sealed: null }] }), undefined],
    [withRows({ ...own, otb_allocations: [{ merchant_id: 'other' }] }), 'tells of another merchant'],
    [factAt(1, { body: '{"preimage":"00"}' }), 'holds a secret'],
    [factAt(1, { answer: '{"challenge":"L402 macaroon=\\"AGI\\""}' }), 'holds a secret'],
  ];
  for (const [fact, reason] of rows) assert.equal(hiddenReason(fact, MERCHANT), reason, fact.body);
});

test('B-06: facts that lead to one batch share its checkpoint', () => {
  const { content } = stageEvidence();
  assert.deepEqual(
    content.facts.map(({ checkpoint }) => checkpoint),
    [0, 1, 1],
  );
  assert.equal(content.checkpoints.length, 2);
});
