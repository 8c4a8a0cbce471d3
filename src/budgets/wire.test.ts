/** What callers see: no secret, and integers that are integers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounters } from './bucket.ts';
import type { InvoiceRow } from './tables.ts';
import { countersView, invoiceView } from './wire.ts';

const invoice: InvoiceRow = {
  decision_id: 'd',
  merchant_id: 'acme',
  state: 'open',
  sats: 100n,
  quote: '{"rule":{"kind":"toll","sats":100}}',
  payment_hash: 'aa',
  bolt11: 'lnbcrt1',
  payee_key: '02',
  token_id: 'the token',
  root_key_sealed: 'the root key',
  hold: 'waiting',
  preimage_sealed: 'the preimage',
  held_at: null,
  expires_at: 1_795_000_000_000_000_000n,
  usable_until: null,
  received_msat: 0n,
  settled_at: null,
  consumed_at: null,
  credit_msat: 0n,
  credit: null,
  created_at: 1_795_000_000_000_000_000n,
  updated_at: 1_795_000_000_000_000_000n,
  version: 1n,
};

test('L-08 an invoice shows neither the token nor its root key nor a preimage', () => {
  const text = JSON.stringify(invoiceView(invoice));
  assert.ok(!text.includes('the token') && !text.includes('the root key') && !text.includes('the preimage'));
  assert.match(text, /"expires_at":"2026-11-18T/);
});

test('B-20 counters come with what is left of them', () => {
  const counters = { ...noCounters, allocated_cents: 1_000n, reserved_cents: 300n, adjusted_cents: -50n };
  assert.equal(countersView(counters)['open_to_buy_cents'], 650);
});
