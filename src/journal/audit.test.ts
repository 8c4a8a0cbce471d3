/** A sound journal passes; whatever is done to one of its records, the first record that is not as it must be is named. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JournalAudit, type JournalFlaw, type StoredBatch, type StoredFact } from './audit.ts';
import { chainHash, factHash, factMark, GENESIS, merkleRoot } from './chain.ts';

interface Journal {
  readonly facts: readonly StoredFact[];
  readonly batches: readonly StoredBatch[];
}

function fact(seq: number, changed: Partial<StoredFact> = {}): StoredFact {
  const columns = {
    seq,
    at: 1_000n * BigInt(seq),
    type: 'payments/transferred.v1',
    subject: `tx-${seq}`,
    key: seq % 2 === 0 ? `transfer:k${seq}` : null,
    request: '{"src":"a","dst":"b","amount":5}',
    answer: '{"ok":true}',
    body: '{"entries":[["debit","a",5,5]]}',
    ...changed,
  };
  return { mark: factMark(factHash(columns)), ...columns, ...changed };
}

/** Facts in batches of three, as a server chains them. */
function journal(facts: readonly StoredFact[]): Journal {
  const batches: StoredBatch[] = [];
  let chain = GENESIS;
  for (let from = 0; from < facts.length; from += 3) {
    const part = facts.slice(from, from + 3);
    const batch = { root: merkleRoot(part.map(factHash)), firstSeq: part[0]!.seq, lastSeq: part.at(-1)!.seq };
    chain = chainHash(chain, batch);
    batches.push({ ...batch, chain });
  }
  return { facts, batches };
}

function audited({ facts, batches }: Journal): JournalAudit {
  const rest = [...batches];
  const audit = new JournalAudit(() => rest.shift());
  for (const each of facts) audit.add(each);
  audit.end();
  return audit;
}

const sound = journal(Array.from({ length: 8 }, (_, i) => fact(i + 1)));

function edited(seq: number, changed: Partial<StoredFact>): Journal {
  return { ...sound, facts: sound.facts.map((each) => (each.seq === seq ? { ...each, ...changed } : each)) };
}

function withBatch(index: number, changed: Partial<StoredBatch>): Journal {
  return { ...sound, batches: sound.batches.map((each, i) => (i === index ? { ...each, ...changed } : each)) };
}

test('a sound journal passes, and its end is told', () => {
  const audit = audited(sound);
  assert.equal(audit.flaw, undefined);
  assert.deepEqual(audit.counted, { facts: 8, batches: 3 });
  assert.deepEqual(audit.head, { seq: 8, chain: sound.batches[2]!.chain });
});

test('so does an empty one', () => {
  const audit = audited({ facts: [], batches: [] });
  assert.equal(audit.flaw, undefined);
  assert.deepEqual(audit.head, { seq: 0, chain: GENESIS });
});

suite('the first bad record is named', () => {
  const [a, b, c] = sound.batches;
  const fourth = sound.facts[3]!;
  const rehashed = fact(4, { body: '{"entries":[]}' });
  // prettier-ignore
  const rows: readonly [what: string, bad: Journal, table: JournalFlaw['table'], seq: number][] = [
    ['another body',                      edited(5, { body: '{"entries":[["debit","a",6,5]]}' }), 'facts', 5],
    ['another key',                       edited(4, { key: 'transfer:other' }),                   'facts', 4],
    ['no key',                            edited(4, { key: null }),                               'facts', 4],
    ['another answer',                    edited(2, { answer: '{"ok":false}' }),                  'facts', 2],
    ['no answer, told as text',           edited(2, { answer: 'null' }),                          'facts', 2],
    ['another request',                   edited(2, { request: '{"src":"b"}' }),                  'facts', 2],
    ['another type',                      edited(1, { type: 'ledger/debited.v1' }),               'facts', 1],
    ['another subject',                   edited(8, { subject: 'tx-9' }),                         'facts', 8],
    ['a later instant',                   edited(3, { at: 3_001n }),                              'facts', 3],
    ['an instant that does not ascend',   edited(3, { at: 2_000n }),                              'facts', 3],
    ['another mark',                      edited(3, { mark: 7 }),                                 'facts', 3],
    ['text moved from answer to body',    edited(3, { answer: '{"ok":true},{"entries":[["debit","a"', body: '5,5]]}' }), 'facts', 3],
    ['a missing fact',                    { ...sound, facts: sound.facts.filter(({ seq }) => seq !== 6) }, 'facts', 6],
    ['a missing first fact',              { ...sound, facts: sound.facts.slice(1) },              'facts', 1],
    ['two facts swapped',                 { ...sound, facts: sound.facts.toSpliced(3, 2, { ...sound.facts[4]!, seq: 4 }, { ...fourth, seq: 5 }) }, 'facts', 4],
    ['a fact written anew with its mark', { ...sound, facts: sound.facts.with(3, rehashed) },     'batches', 4],
    ['a false root',                      withBatch(1, { root: a!.root }),                        'batches', 4],
    ['a false chain hash',                withBatch(1, { chain: a!.chain }),                      'batches', 4],
    ['a missing batch',                   { ...sound, batches: [a!, c!] },                        'batches', 7],
    ['a missing last batch',              { ...sound, batches: [a!, b!] },                        'batches', 7],
    ['facts of the last batch cut off',   { ...sound, facts: sound.facts.slice(0, 7) },           'batches', 7],
    ['a batch without facts',             { ...sound, facts: sound.facts.slice(0, 6) },           'batches', 7],
    ['a batch that ends before it begins', withBatch(1, { lastSeq: 3 }),                          'batches', 4],
    ['a batch larger than any commit',    withBatch(1, { lastSeq: 2 ** 40 }),                     'batches', 4],
    ['a batch that is no number',         withBatch(1, { lastSeq: Number.NaN }),                  'batches', 4],
    ['a batch that begins too early',     withBatch(1, { firstSeq: 3 }),                          'batches', 3],
  ];
  for (const [what, bad, table, seq] of rows) {
    test(what, () => {
      const { flaw } = audited(bad);
      assert.deepEqual([flaw?.table, flaw?.seq], [table, seq], JSON.stringify(flaw));
      assert.ok(flaw !== undefined && flaw.expected !== flaw.found);
    });
  }
});

test('a whole journal written anew is only found by who has kept its head', () => {
  const other = journal(sound.facts.map(({ seq }) => fact(seq, { subject: 'tx-other' })));
  const audit = audited(other);
  assert.equal(audit.flaw, undefined);
  assert.notEqual(audit.head.chain, audited(sound).head.chain);
});

test('an audit may go on from the end of a part that is known to be sound', () => {
  const { chain } = sound.batches[0]!;
  const at = sound.facts[2]!.at;
  const rest = { facts: sound.facts.slice(3), batches: sound.batches.slice(1) };
  const from = (end: { readonly at: bigint; readonly chain: string }): JournalAudit => {
    const batches = [...rest.batches];
    const audit = new JournalAudit(() => batches.shift(), { seq: 3, ...end });
    for (const each of rest.facts) audit.add(each);
    audit.end();
    return audit;
  };
  assert.equal(from({ at, chain }).flaw, undefined);
  assert.deepEqual(from({ at, chain }).head, audited(sound).head);
  assert.equal(from({ at, chain: GENESIS }).flaw?.table, 'batches');
  assert.equal(from({ at: sound.facts[3]!.at, chain }).flaw?.seq, 4);
});
