/** What a command does not know it is told, and it is never decided on less. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, gateOf, plan } from '../../test/rig/gate-commands.ts';
import { StrictGate } from '../../test/rig/strict-gate.ts';
import { references } from '../budgets/tables.ts';
import { STALE } from './gate-references.ts';

suite('references', () => {
  test('a name that leads to a decision the command does not know: stale, with its id, and nothing is recorded', async () => {
    const gate = new StrictGate();
    await plan(gate, 1_000n);
    const { decisionId } = await ask(gate, { amount: 600, po: 'p' });
    const facts = gate.strict.facts.length;
    const { code, answer } = await gate.submit(gateOf({ amount: 700, po: 'p' }));
    assert.deepEqual([code, JSON.parse(answer)], [STALE, { error: STALE, decisions: [decisionId] }]);
    const elsewhere = [{ decisionId, bucket: 'acme|2026-12|' }];
    assert.equal((await gate.submit(gateOf({ amount: 700, po: 'p' }, elsewhere))).code, STALE);
    assert.equal(gate.strict.facts.length, facts);
  });

  test('B-22 another version of the hierarchy: stale, with the version', async () => {
    const command = gateOf({ amount: 1 });
    const place = { ...command.place, hierarchyVersion: 4n };
    const { code, answer } = await new StrictGate().submit({ ...command, place });
    assert.deepEqual([code, JSON.parse(answer)], [STALE, { error: STALE, hierarchy_version: 0 }]);
  });

  test('J2 names lead to the decision that stands, and their rows count their states', async () => {
    const gate = new StrictGate();
    await plan(gate, 100n);
    const first = await ask(gate, { amount: 500, po: 'p', key: 'k' });
    const second = await ask(gate, { amount: 501, po: 'p' });
    const name = gate.strict.row(references, 'document|acme|po_submit|po:p');
    assert.deepEqual([name?.decision_id, name?.version], [second.decisionId, 2n]);
    assert.equal(gate.strict.row(references, 'key|["key-1","k"]')?.decision_id, first.decisionId);
  });
});
