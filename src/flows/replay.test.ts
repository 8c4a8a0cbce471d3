/** Replay writes what the decisions wrote, from the facts alone; and it refuses what no decision writes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import type { Change } from '../base/decision.ts';
import { MINOR_UNITS_MAX, type MinorUnits } from '../base/money.ts';
import { accounts, counters, transactions } from '../payments/tables.ts';
import type { PaymentCommand } from './commands.ts';
import { ReplayError, replayFact, type RecordedFact } from './replay.ts';

const balances = ['a', 'b', 'tx-0000000001'];
const policy = { balances, movementsMax: 1_000, windowMs: 1_000, singleMax: 300n };

const name = fc.constantFrom(...balances);
const key = fc.constantFrom('k1', 'k"2', 'k\u20283');
const txId = fc.constantFrom('tx-0000000001', 'tx-0000000007', 'in-1', 'x"\\y', 'tx-12345678901');
const amount = fc.bigInt(1n, 400n).map((value) => value as MinorUnits);
const command: fc.Arbitrary<PaymentCommand> = fc.oneof(
  fc
    .record({ key, src: name, dst: name, amount })
    .filter(({ src, dst }) => src !== dst)
    .map((request) => ({ type: 'transfer' as const, ...request })),
  fc.record({ type: fc.constantFrom('debit' as const, 'credit' as const), account: name, amount, txId }),
  txId.map((id) => ({ type: 'rollback' as const, txId: id, accounts: balances })),
);

/** Rows by table and key: of a row that changed twice the last state. */
function standing(changes: readonly Change[]): Map<string, unknown> {
  return new Map(changes.map(({ table, row }) => [[table.name, ...table.key.map((part) => row[part])].join('|'), row]));
}

suite('replaying the facts gives the rows that the decisions gave', () => {
  test('of the ledger and the all-in-one rail, whatever is asked', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const ledger = new StrictDecisions(policy, 1_000n);
        let highestTx = 0n;
        for (const each of commands) {
          const { at } = ledger;
          const { facts = [], changes = [] } = ledger.run(each);
          const replayed = facts.flatMap((fact) => replayFact({ ...fact, at }, highestTx));
          assert.deepEqual(standing(replayed), standing(changes));
          highestTx = ledger.row(counters, 'tx')?.value ?? 0n;
        }
      }),
    );
  });

  test('of every step of the split deployment', () => {
    const gateway = new StrictDecisions(policy);
    const request = { key: 'k"1', src: 'a', dst: 'b', amount: 5n as MinorUnits };
    const carrier = 's2';
    const steps: PaymentCommand[] = [
      { type: 'begin-transfer', ...request, risk: 'unreachable', carrier: 's1' },
      { type: 'claim-transfer', key: 'k"1', from: 's1', to: carrier },
      { type: 'record-debit', key: 'k"1', carrier, balance: 9_995n },
      { type: 'record-pending', key: 'k"1', carrier, cause: 'credit_failed' },
      {
        type: 'end-transfer',
        key: 'k"1',
        carrier,
        answer: '{"ok":false,"error":"credit_failed"}',
        code: 'credit_failed',
      },
      { type: 'begin-transfer', ...request, key: 'k2', risk: 'daily_transfer_limit_exceeded', carrier },
    ];
    let highestTx = 0n;
    for (const step of steps) {
      const { at } = gateway;
      const { facts = [], changes = [] } = gateway.run(step);
      assert.equal(facts.length, 1);
      assert.deepEqual(standing(replayFact({ ...facts[0]!, at }, highestTx)), standing(changes));
      highestTx = gateway.row(counters, 'tx')?.value ?? 0n;
    }
  });

  test('of the opening balances, also of one that is named like a transfer', () => {
    const ledger = new StrictDecisions({ ...policy, balances: ['tx-0000000001'] }, 7n);
    assert.deepEqual(
      replayFact({ ...ledger.facts[0]!, at: 1n }, 0n).map(({ table, row }) => [table.name, row]),
      [
        ['openings', { id: 'tx-0000000001', amount: 7n }],
        ['accounts', { id: 'tx-0000000001', balance: 7n }],
      ],
    );
  });
});

test('amounts beyond what a double holds keep all their digits', () => {
  const body = `{"entries":[["rollback","9007199254740993",${MINOR_UNITS_MAX},9007199254740993]]}`;
  const [entry, account] = replayFact({ at: 5n, type: 'ledger/rolled-back.v1', subject: 'in-1', body }, 0n);
  assert.equal(entry?.table, transactions);
  assert.deepEqual([entry?.row['amount'], entry?.row['balance_after']], [MINOR_UNITS_MAX, 9007199254740993n]);
  assert.equal(account?.table, accounts);
  assert.deepEqual(account?.row, { id: '9007199254740993', balance: 9007199254740993n });
});

suite('what no decision writes is refused', () => {
  const entry = 'payments/transferred.v1';
  const step = 'payments/transfer-ended.v1';
  const row = `"key":"k","src":"a","dst":"b","amount":"5","risk":"approved","src_balance":null,"cause":null,"answer":null`;
  const rows: readonly [what: string, type: string, body: string][] = [
    ['an unknown type', 'orders/placed.v9', '{}'],
    ['no JSON', entry, '{"entries":[}'],
    ['no object', entry, '[]'],
    ['no entries', entry, '{}'],
    ['an entry that is no list', entry, '{"entries":[{}]}'],
    ['an unknown op', entry, '{"entries":[["gift","a",1,2]]}'],
    ['an account that is no text', entry, '{"entries":[["debit",1,1,2]]}'],
    ['an amount with a fraction', entry, '{"entries":[["debit","a",1.5,2]]}'],
    ['an amount that is no number', entry, '{"entries":[["debit","a",null,2]]}'],
    ['a missing balance', entry, '{"entries":[["debit","a",1]]}'],
    ['no transfer', step, '{"entries":[]}'],
    ['an unknown state', step, `{"transfer":{${row},"tx_id":"tx-0000000001","state":"lost","updated_at":"1"}}`],
    [
      'the row of another transfer',
      step,
      `{"transfer":{${row},"tx_id":"tx-0000000002","state":"ended","updated_at":"1"}}`,
    ],
    [
      'the row of another instant',
      step,
      `{"transfer":{${row},"tx_id":"tx-0000000001","state":"ended","updated_at":"2"}}`,
    ],
    ['a missing column', step, `{"transfer":{"tx_id":"tx-0000000001","state":"ended","updated_at":"1"}}`],
    ['no opening amount', 'ledger/opened.v1', '{"amount":"many"}'],
  ];
  for (const [what, type, body] of rows) {
    const fact: RecordedFact = { at: 1n, type, subject: 'tx-0000000001', body };
    test(what, () => assert.throws(() => replayFact(fact, 0n), ReplayError));
  }
});
