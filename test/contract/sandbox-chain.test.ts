/** The sandbox's two nodes over many blocks, which in a thread would take hours: what is held too long, and what is saved. */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { loadLdk } from '../../src/lightning/sandbox/load.ts';
import type { Issued, Outgoing } from '../../src/lightning/sandbox/messages.ts';
import { openRegtest, type Regtest } from '../../src/lightning/sandbox/regtest.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

/** More than a payment is held for, with the few hundred blocks that a payer adds by chance so that nobody sees where it ends. */
const BLOCKS = 1_600;
const MINUTE_MS = 60_000;

const now = (): number => Date.now();

function open(file: string, nowMs = now()): Regtest {
  const { regtest, setAside } = openRegtest(file, nowMs);
  assert.equal(setAside, undefined);
  return regtest;
}

function commit<T>(regtest: Regtest, work: () => T, nowMs = now()): T {
  regtest.begin();
  const done = work();
  regtest.settle(nowMs);
  regtest.commit();
  return done;
}

const order = { label: randomUUID(), msat: 5_000_000n, description: 'x', expirySeconds: 600 };

const issue = (regtest: Regtest, holdFor?: string): Issued =>
  commit(regtest, () => regtest.merchant.issue(holdFor === undefined ? order : { ...order, holdFor }, now()));

const pay = (regtest: Regtest, { bolt11 }: Issued): Outgoing => {
  const id = commit(regtest, () => regtest.paying.pay({ bolt11, msat: null, again: false }, now()));
  return regtest.paying.outgoing(id)!;
};

suite('the sandbox over many blocks', () => {
  before(() => loadLdk());

  test('what nobody decides on goes back by itself, and can be settled no more', () => {
    const regtest = open(join(temporaryDirectory(), 'sandbox.db'));
    const purse = regtest.paying.spendableMsat;
    const preimage = randomBytes(32);
    const held = issue(regtest, createHash('sha256').update(preimage).digest('hex'));
    const { id, state } = pay(regtest, held);
    assert.equal(state, 'pending');
    assert.equal(regtest.merchant.lookUp(held.paymentHash, now())?.state, 'held');
    commit(regtest, () => {
      for (let block = 1; block <= BLOCKS; block++) regtest.mine(now());
    });
    assert.equal(regtest.merchant.lookUp(held.paymentHash, now())?.state, 'closed');
    assert.equal(regtest.paying.outgoing(id)?.state, 'failed');
    assert.equal(regtest.paying.spendableMsat, purse);
    assert.throws(() => regtest.merchant.settle(preimage.toString('hex')), /nothing is held/);
    regtest.close();
  });

  test('blocks between payments, restarts between blocks: the channel and every satoshi stay', () => {
    const file = join(temporaryDirectory(), 'sandbox.db');
    let regtest = open(file);
    const purse = regtest.paying.spendableMsat;
    let paid = 0n;
    for (let round = 0; round < 8; round++) {
      for (let payment = 0; payment < 5; payment++) {
        assert.equal(pay(regtest, issue(regtest)).state, 'sent');
        paid += order.msat;
      }
      commit(regtest, () => {
        for (let block = 0; block <= round; block++) regtest.mine(now());
      });
      regtest.close();
      regtest = open(file);
      assert.equal(regtest.paying.spendableMsat, purse - paid);
    }
    assert.equal(regtest.merchant.settlements(0, 1_000).length, 40);
    regtest.close();
  });

  test('what was not committed has not happened', () => {
    const file = join(temporaryDirectory(), 'sandbox.db');
    let regtest = open(file);
    const invoice = issue(regtest);
    const purse = regtest.paying.spendableMsat;
    regtest.begin();
    regtest.paying.pay({ bolt11: invoice.bolt11, msat: null, again: false }, now());
    regtest.settle(now());
    assert.equal(regtest.merchant.lookUp(invoice.paymentHash, now())?.state, 'settled');
    regtest.close();
    regtest = open(file);
    assert.equal(regtest.merchant.lookUp(invoice.paymentHash, now())?.state, 'open');
    assert.equal(regtest.paying.spendableMsat, purse);
    assert.equal(pay(regtest, invoice).state, 'sent');
    regtest.close();
  });

  test('N-02: a machine that slept: an invoice has its whole time before the next block comes, and can be paid', () => {
    const regtest = open(join(temporaryDirectory(), 'sandbox.db'));
    const laterMs = now() + 60 * MINUTE_MS;
    for (const nowMs of [laterMs, laterMs + limits.sandboxBlockMs]) {
      const issued = commit(regtest, () => regtest.issue('merchant', order, nowMs), nowMs);
      assert.ok(issued.expiresAtMs > nowMs + order.expirySeconds * 1_000 - limits.sandboxBlockMs - 2_000);
      assert.ok(issued.expiresAtMs <= nowMs + order.expirySeconds * 1_000);
      const terms = { bolt11: issued.bolt11, msat: null, again: false };
      const id = commit(regtest, () => regtest.paying.pay(terms, nowMs), nowMs);
      assert.equal(regtest.paying.outgoing(id)?.state, 'sent');
    }
    regtest.close();
  });

  test('N-02: a clock that was set back: at the next start the chain begins anew, with the same node and what it knew', () => {
    const file = join(temporaryDirectory(), 'sandbox.db');
    const ahead = open(file);
    const known = issue(ahead);
    const { nodeId } = ahead.info('merchant');
    ahead.close();
    const earlierMs = now() - 60 * MINUTE_MS;
    const { regtest, setAside } = openRegtest(file, earlierMs);
    assert.deepEqual([setAside?.reason, setAside?.inherited], ['clock-set-back', 'yes']);
    assert.equal(regtest.info('merchant').nodeId, nodeId);
    assert.equal(regtest.merchant.lookUp(known.paymentHash, earlierMs)?.state, 'open');
    const issued = commit(regtest, () => regtest.issue('merchant', order, earlierMs), earlierMs);
    assert.ok(issued.expiresAtMs <= earlierMs + order.expirySeconds * 1_000);
    const terms = { bolt11: issued.bolt11, msat: null, again: false };
    const id = commit(regtest, () => regtest.paying.pay(terms, earlierMs), earlierMs);
    assert.equal(regtest.paying.outgoing(id)?.state, 'sent');
    regtest.close();
  });

  test('a machine that slept: what expired meanwhile is refused by the recipient itself', () => {
    const file = join(temporaryDirectory(), 'sandbox.db');
    const regtest = open(file);
    const old = issue(regtest);
    const laterMs = now() + 60 * MINUTE_MS;
    commit(regtest, () => regtest.mine(laterMs), laterMs);
    const late = { bolt11: old.bolt11, msat: null, again: true };
    const id = commit(regtest, () => regtest.paying.pay(late, laterMs), laterMs);
    assert.deepEqual(
      [regtest.paying.outgoing(id)?.state, regtest.paying.outgoing(id)?.reason],
      ['failed', 'the recipient rejected the payment'],
    );
    assert.equal(regtest.merchant.lookUp(old.paymentHash, laterMs)?.state, 'closed');
    regtest.close();
  });
});
