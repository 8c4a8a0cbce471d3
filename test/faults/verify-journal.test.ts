/** Whatever is done to a fact or a batch, `purser verify` exits 1 and names the record; so it does with facts that cannot be. */
import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { before, suite, test } from 'node:test';
import { factHash, factMark } from '../../src/journal/chain.ts';
import { failures, purser, verify } from './purser.ts';
import {
  appendBatch,
  copyOf,
  damagedCopy,
  factAt,
  recordedParts,
  sql,
  tamper,
  value,
  type Damage,
  type Part,
} from './recorded.ts';

let data: Readonly<Record<Part, string>>;

before(async () => {
  data = await recordedParts();
});

const newest = (db: DatabaseSync): string => value(db, 'select max(seq) from facts');

const set = (assignment: string): ReturnType<typeof sql> => sql(`update facts set ${assignment} where seq = 20`);

suite('a journal that was edited', { concurrency: 2 }, () => {
  // prettier-ignore
  const rows: readonly Damage[] = [
    ['body', 'all', set(`body = replace(body, ']', ' ]')`), 'journal: facts seq=20:'],
    ['key', 'all', set(`key = 'transfer:stolen'`), 'journal: facts seq=20:'],
    ['key taken away', 'all', set(`key = null`), 'journal: facts seq=20:'],
    ['answer', 'all', set(`answer = replace(answer, 'tx-', 'ty-')`), 'journal: facts seq=20:'],
    ['request', 'gateway', sql(`update facts set request = '{}' where seq = 1`), 'journal: facts seq=1:'],
    ['type', 'ledger', set(`type = 'ledger/credited.v2'`), 'journal: facts seq=20:'],
    ['subject', 'ledger', set(`subject = 'tx-0000000999'`), 'journal: facts seq=20:'],
    ['instant', 'all', set('at = at + 1'), 'journal: facts seq=20:'],
    ['mark', 'all', set('mark = mark + 1'), 'journal: facts seq=20:'],
    ['a text column that holds bytes', 'all', set(`body = x'7b7d'`), 'journal: facts seq=20:'],
    ['two facts swapped', 'all', sql('update facts set seq = -1 where seq = 20', 'update facts set seq = 20 where seq = 21', 'update facts set seq = 21 where seq = -1'), 'journal: facts seq=20:'],
    ['a fact moved far away', 'all', set('seq = 4611686018427387904'), 'journal: facts seq=20:'],
    ['a fact deleted', 'all', sql('delete from facts where seq = 20'), 'journal: facts seq=20:'],
    ['the first fact deleted', 'ledger', sql('delete from facts where seq = 1'), 'journal: facts seq=1:'],
    ['the last fact deleted', 'gateway', (db) => db.exec(`delete from facts where seq = ${newest(db)}`), 'journal: batches first_seq='],
    ['a batch deleted', 'all', sql('delete from batches where first_seq = 1'), 'journal: batches first_seq=6: expected a batch that begins with fact 1'],
    ['the root of a batch', 'all', sql(`update batches set root = chain where first_seq = 1`), 'journal: batches first_seq=1: expected root'],
    ['the chain hash of a batch', 'all', sql(`update batches set chain = root where first_seq = 1`), 'journal: batches first_seq=1: expected chain'],
    ['a fact without a batch', 'all', (db) => db.exec(`insert into facts select seq + 1, at + 1024, type, subject, null, request, answer, body, mark from facts where seq = ${newest(db)}`), 'journal: facts seq='],
    [
      'a fact written anew together with its mark',
      'all',
      (db) => {
        const fact = { ...factAt(db, 20), body: '{"entries":[["credit","ops_float",1,1]]}' };
        db.prepare('update facts set body = ?, mark = ? where seq = 20').run(fact.body, factMark(factHash(fact)));
      },
      'journal: batches first_seq=',
    ],
    [
      'the last batch cut off, facts and all',
      'ledger',
      (db) => {
        const last = value(db, 'select max(first_seq) from batches');
        db.exec(`delete from facts where seq >= ${last}; delete from batches where first_seq = ${last}`);
      },
      'accounts: accounts id=',
    ],
  ];
  for (const row of rows) test(row[0], async () => void (await damagedCopy(data, row)));
});

suite('facts that no decision could have written, chained as if', { concurrency: 2 }, () => {
  const fact = {
    type: 'payments/transfer-refused.v1',
    request: '{"src":"a"}',
    answer: '{"ok":false}',
    body: '{"entries":[]}',
  };
  /** A server writes other facts, too, when it starts. */
  const firstKey = (db: DatabaseSync): string =>
    value(db, 'select key from facts where key is not null order by seq limit 1');
  // prettier-ignore
  const rows: readonly Damage[] = [
    ['a key twice', 'all', (db) => appendBatch(db, [{ ...fact, subject: 'tx-0000200000', key: firstKey(db) }]), 'keys: facts seq='],
    ['a tx_id twice', 'all', (db) => appendBatch(db, [{ ...fact, subject: 'tx-0000000001', key: 'transfer:new' }]), 'replay: facts seq='],
    ['an unknown type', 'all', (db) => appendBatch(db, [{ ...fact, type: 'gift/given.v1', subject: 'x', key: null }]), 'replay: facts seq='],
    ['a body that says nothing', 'ledger', (db) => appendBatch(db, [{ ...fact, body: '{}', subject: 'x', key: null }]), 'replay: facts seq='],
    [
      'a second outcome of a transfer',
      'gateway',
      (db) => {
        const ended = factAt(
          db,
          Number(value(db, `select min(seq) from facts where type = 'payments/transfer-ended.v1'`)),
        );
        appendBatch(db, [ended]);
      },
      'replay: facts seq=',
    ],
  ];
  for (const row of rows) test(row[0], async () => void (await damagedCopy(data, row)));

  test('money from nowhere breaks I1, I4, I6 and I7 by name, although every table follows from the facts', async () => {
    const copy = copyOf(data.ledger);
    tamper(copy, (db) => {
      const entry = { type: 'ledger/credited.v1', subject: 'gift-1', key: null, request: null, answer: null };
      appendBatch(db, [{ ...entry, body: '{"entries":[["credit","ops_float",5,999999]]}' }]);
    });
    assert.equal((await purser(['rebuild', '--data', copy])).code, 0);
    const report = await verify(copy);
    assert.deepEqual(
      report.checks.filter(({ ok }) => !ok).map(({ name, first_bad: bad }) => `${name} ${bad?.key}`),
      ['I1 all', 'I4 id=ops_float', 'I6 tx_id=gift-1', 'I7 tx_id=gift-1'],
    );
  });

  test('a debit that waits for its credit is counted as under way while it is young, and named once it is stranded', async () => {
    const lone = { type: 'ledger/debited.v1', subject: 'lone-1', key: null, request: null, answer: null };
    const copy = copyOf(data.ledger);
    tamper(copy, (db) => {
      const balance = Number(value(db, `select balance from accounts where id = 'ops_float'`)) - 5;
      appendBatch(db, [{ ...lone, body: `{"entries":[["debit","ops_float",5,${balance}]]}` }]);
    });
    assert.equal((await purser(['rebuild', '--data', copy])).code, 0);
    const young = await verify(copy);
    assert.deepEqual([young.code, failures(young)], [0, []]);
    assert.equal(young.checks.find(({ name }) => name === 'I3')?.counted['under_way'], 1);
    tamper(copy, (db) => {
      const tombstone = { ...lone, type: 'ledger/rolled-back.v1', body: '{"entries":[["rollback","",0,0]]}' };
      appendBatch(db, [{ ...tombstone, subject: 'tomb-1' }], 301_000_000_000n);
    });
    assert.equal((await purser(['rebuild', '--data', copy])).code, 0);
    const [first, ...others] = failures(await verify(copy));
    assert.match(String(first), /^I1: /);
    assert.match(String(others), /^I3: transactions tx_id=lone-1: /);
  });
});
