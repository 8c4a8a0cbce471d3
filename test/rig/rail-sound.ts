/** What must hold of a PostgreSQL database whatever happened: every invariant that rows can show, the journal's chain, one outcome per key. */
import assert from 'node:assert/strict';
import { LedgerAudit } from '../../src/payments/invariants.ts';
import { readJournal } from './postgres-place.ts';
import { queryAt } from './postgres.ts';
import { assertJournalSound } from './store-place.ts';

/** The opening balance of every account. */
const OPENING = 10_000n;

/** `outcomes` are answers that callers heard, by key: each must be what the journal has. */
export async function assertRailSound(url: string, outcomes: ReadonlyMap<string, string> = new Map()): Promise<void> {
  const accounts = await queryAt<{ id: string; balance: string }>(url, 'select id, balance from accounts');
  const openings = await queryAt<{ id: string; amount: string }>(url, 'select id, amount from openings');
  assert.deepEqual(
    new Set(openings.map(({ id, amount }) => `${id} ${amount}`)),
    new Set(accounts.map(({ id }) => `${id} ${OPENING}`)),
  );
  const audit = new LedgerAudit(new Map(openings.map(({ id, amount }) => [id, BigInt(amount)])));
  const rows = await queryAt<Record<'tx_id' | 'op' | 'account_id' | 'amount' | 'balance_after' | 'created_at', string>>(
    url,
    'select tx_id, op, account_id, amount, balance_after, created_at from transactions order by created_at',
  );
  for (const { amount, balance_after: balance, created_at: at, ...row } of rows)
    audit.add({ ...row, amount: BigInt(amount), balance_after: BigInt(balance), created_at: BigInt(at) });
  assert.deepEqual(audit.end(new Map(accounts.map(({ id, balance }) => [id, BigInt(balance)]))), []);
  const journal = await readJournal(url);
  assertJournalSound(journal);
  const recorded = new Map<string | null, string | null>();
  for (const { key, answer } of journal.facts) {
    assert.ok(key === null || !recorded.has(key), `${key} is recorded twice`);
    recorded.set(key, answer);
  }
  for (const [key, answer] of outcomes) assert.equal(recorded.get(`transfer:${key}`), answer, key);
}
