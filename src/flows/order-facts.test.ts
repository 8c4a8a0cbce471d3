/** The bridge's facts: rows and what was said in the body, the hold's fact behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeout } from '../orders/closeout.ts';
import { eventFacts, ORDER_FACTS, recorded } from './order-facts.ts';

test('every event has a fact, and every fact a name of its own', () => {
  assert.deepEqual(Object.keys(eventFacts).toSorted(), Object.keys(closeout).toSorted());
  assert.equal(new Set(ORDER_FACTS).size, ORDER_FACTS.length);
});

test('a fact has its answer only where a key can ask for it again', () => {
  const parts = {
    type: 'orders/org-set.v1',
    subject: 's',
    answer: { a: 1 },
    changes: [],
    said: { actor: 'x' },
  } as const;
  const plain = recorded(parts);
  assert.deepEqual(
    [plain.answer, plain.facts?.[0]?.answer, plain.facts?.[0]?.body],
    ['{"a":1}', null, '{"actor":"x","rows":{}}'],
  );
  const [keyed] = recorded({ ...parts, keyed: { key: 'k', request: '{}' } }).facts ?? [];
  assert.deepEqual([keyed?.key, keyed?.answer], ['k', '{"a":1}']);
  const ledger = { fact: { ...keyed!, type: 'ledger/hold-voided.v1', key: null }, changes: [] };
  assert.deepEqual(
    recorded({ ...parts, ledger }).facts?.map(({ type }) => type),
    ['orders/org-set.v1', 'ledger/hold-voided.v1'],
  );
});
