/** The ledger's commands (P-20..P-24): answers, rows, the counter that foreign ids push, and the opening balances. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { accounts, counters, openings } from '../payments/tables.ts';
import { OPENING_DIFFERS } from './ledger.ts';

const policy = { balances: ['a', 'b'], movementsMax: 1_000, windowMs: 1_000, singleMax: 100_000n };

const names = policy.balances;

/** One line per move: `D a 40 t` debits 40 from a under t, `C` credits, `R t` rolls back. */
function play(ledger: StrictDecisions, move: string): string {
  const [op, ...rest] = move.split(' ');
  if (op === 'R') return ledger.run({ type: 'rollback', txId: rest[0] ?? '', accounts: names }).answer;
  const [account = '', amount = '', txId = ''] = rest;
  return ledger.run({ type: op === 'D' ? 'debit' : 'credit', account, amount: BigInt(amount), txId }).answer;
}

const no = (error: string): string => `{"ok":false,"error":"${error}"}`;
const yes = (balance: number): string => `{"ok":true,"balance":${balance}}`;

suite('P-21..P-23 moves and their answers', () => {
  const stories: readonly [what: string, moves: readonly (readonly [move: string, answer: string])[]][] = [
    [
      'debit and credit',
      [
        ['D a 40 t', yes(9_960)],
        ['C b 40 t', yes(10_040)],
      ],
    ],
    [
      'a debit again is a duplicate, also for another account or amount',
      [
        ['D a 40 t', yes(9_960)],
        ['D a 40 t', no('duplicate_tx')],
        ['D b 41 t', no('duplicate_tx')],
        ['D a 20000 t', no('duplicate_tx')],
      ],
    ],
    [
      'funds',
      [
        ['D a 10001 t', no('insufficient_funds')],
        ['D a 10000 t', yes(0)],
        ['D a 1 u', no('insufficient_funds')],
      ],
    ],
    [
      'P-22 a credit again answers the recorded balance, whatever has happened since',
      [
        ['C a 40 t', yes(10_040)],
        ['D a 40 u', yes(10_000)],
        ['C a 40 t', yes(10_040)],
      ],
    ],
    [
      'compensation gives the debit back, and again answers the same',
      [
        ['D a 40 t', yes(9_960)],
        ['R t', yes(10_000)],
        ['D a 500 u', yes(9_500)],
        ['R t', yes(10_000)],
        ['D a 40 t', no('rolled_back')],
        ['C b 40 t', no('rolled_back')],
      ],
    ],
    [
      'a tombstone stops a racing debit and a late credit',
      [
        ['R t', '{"ok":true}'],
        ['R t', '{"ok":true}'],
        ['D a 40 t', no('rolled_back')],
        ['C b 40 t', no('rolled_back')],
      ],
    ],
    [
      'after the credit nothing is rolled back',
      [
        ['D a 40 t', yes(9_960)],
        ['C b 40 t', yes(10_040)],
        ['R t', no('already_credited')],
      ],
    ],
    [
      'an unknown account is no request',
      [
        ['D nowhere 40 t', no('invalid_request')],
        ['C nowhere 40 t', no('invalid_request')],
      ],
    ],
  ];
  for (const [what, moves] of stories) {
    test(what, () => {
      const ledger = new StrictDecisions(policy);
      for (const [move, answer] of moves) assert.equal(play(ledger, move), answer, move);
    });
  }

  test('what is refused or repeated leaves no fact and no row', () => {
    const ledger = new StrictDecisions(policy);
    play(ledger, 'D a 40 t');
    play(ledger, 'C b 40 t');
    const facts = ledger.facts.length;
    for (const move of ['D a 40 t', 'C b 40 t', 'R t', 'D a 99999 u', 'D nowhere 1 v']) play(ledger, move);
    assert.equal(ledger.facts.length, facts);
    assert.equal(ledger.entries.length, 2);
  });

  test('P-23 a tombstone row has an empty account and zeros', () => {
    const ledger = new StrictDecisions(policy);
    play(ledger, 'R t');
    const [{ created_at: createdAt, ...row } = assert.fail('no row')] = ledger.entries;
    assert.deepEqual(row, { tx_id: 't', op: 'rollback', account_id: '', amount: 0n, balance_after: 0n });
    assert.ok(createdAt > 0n);
    assert.deepEqual([ledger.row(accounts, 'a')?.balance, ledger.row(accounts, 'b')?.balance], [10_000n, 10_000n]);
  });

  test('a fact names the transaction and holds all that replay needs', () => {
    const ledger = new StrictDecisions(policy);
    play(ledger, 'D a 40 t"');
    const { type, subject, key, body } = ledger.facts.at(-1)!;
    assert.deepEqual({ type, subject, key }, { type: 'ledger/debited.v1', subject: 't"', key: null });
    assert.equal(body, '{"entries":[["debit","a",40,9960]]}');
  });
});

suite('P-13 a ledger caller may use an id in the form of transfers', () => {
  // prettier-ignore
  const rows: readonly [moves: readonly string[], counter: bigint | undefined, why: string][] = [
    [['D a 1 tx-0000000007'],                        7n, 'the counter jumps'],
    [['R tx-0000000007'],                            7n, 'for a tombstone too'],
    [['C a 1 tx-0000000007'],                        7n, 'and for a credit'],
    [['D a 1 tx-0000000007', 'D a 1 tx-0000000003'], 7n, 'it never goes back'],
    [['D a 99999 tx-0000000007'],             undefined, 'a refused move used no id'],
    [['D a 1 tx-0007'],                       undefined, 'the server will never write so few digits'],
    [['D a 1 anything'],                      undefined, 'a name of its own'],
  ];
  for (const [moves, counter, why] of rows) {
    test(`${moves.join(', ')}: ${why}`, () => {
      const ledger = new StrictDecisions(policy);
      for (const move of moves) play(ledger, move);
      assert.equal(ledger.row(counters, 'tx')?.value, counter);
    });
  }

  test('and no transfer is given it', () => {
    const ledger = new StrictDecisions(policy);
    play(ledger, 'D a 1 tx-0000000002');
    const { answer } = ledger.run({ type: 'transfer', key: 'k', src: 'a', dst: 'b', amount: 5n as never });
    assert.equal(answer, '{"ok":true,"tx_id":"tx-0000000003","src_balance":9994,"dst_balance":10005}');
  });
});

suite('P-24 opening balances', () => {
  const open = (ledger: StrictDecisions, list: readonly string[], amount: bigint): ReturnType<StrictDecisions['run']> =>
    ledger.run({ type: 'open-balances', names: list, amount });

  test('are recorded once', () => {
    const ledger = new StrictDecisions(policy, 500n);
    assert.equal(ledger.facts.length, 2);
    play(ledger, 'D a 100 t');
    assert.equal(open(ledger, names, 500n).code, null);
    assert.equal(ledger.facts.length, 3);
    assert.equal(ledger.row(accounts, 'a')?.balance, 400n);
    assert.equal(ledger.row(openings, 'a')?.amount, 500n);
  });

  test('of zero are openings too', () => {
    const ledger = new StrictDecisions(policy, 0n);
    assert.equal(ledger.row(accounts, 'a')?.balance, 0n);
    assert.equal(open(ledger, names, 1n).code, OPENING_DIFFERS);
  });

  test('a different amount later is refused by name, and nothing is opened', () => {
    const ledger = new StrictDecisions(policy, 500n);
    const decided = open(ledger, ['new', 'a'], 600n);
    assert.equal(decided.code, OPENING_DIFFERS);
    assert.equal(decided.answer, 'a was opened with 500');
    assert.equal(ledger.row(accounts, 'new'), undefined);
  });

  test('a balance that is added later opens then', () => {
    const ledger = new StrictDecisions(policy, 500n);
    assert.equal(open(ledger, [...names, 'new'], 500n).code, null);
    assert.equal(ledger.row(accounts, 'new')?.balance, 500n);
  });
});
