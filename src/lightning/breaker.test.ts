/** The circuit breaker (N-04), with a clock that stands still until it is moved. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { guarded, type GuardedNode } from './breaker.ts';
import { LightningRefused, LightningUnavailable, type InvoiceStatus, type LightningNode } from './node.ts';

type Outcome = 'answers' | 'refuses' | 'is silent' | 'has a bug';

/** A node at the port whose look-ups end as they are told to; each counts. */
class ToldNode implements LightningNode {
  readonly backend = 'told';
  readonly canHold = true;
  next: Outcome = 'answers';
  calls = 0;
  closed = false;
  /** While set, look-ups wait for it before they end. */
  gate: Promise<void> | undefined;

  issue(): Promise<never> {
    return Promise.reject(new LightningRefused('not now'));
  }
  async lookUp(): Promise<InvoiceStatus | undefined> {
    this.calls += 1;
    const outcome = this.next;
    await this.gate;
    if (outcome === 'is silent') throw new LightningUnavailable('silence');
    if (outcome === 'refuses') throw new LightningRefused('wrong macaroon');
    if (outcome === 'has a bug') throw new TypeError('a bug of ours');
    return undefined;
  }
  async *settlements(): AsyncGenerator<never> {
    yield* [];
    throw await Promise.resolve(new LightningUnavailable('cut'));
  }
  settle(): Promise<void> {
    return Promise.resolve();
  }
  cancel(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

const policy = { failuresMax: 3, pauseMsMin: 1_000, pauseMsMax: 3_000 };

function stage(): { node: ToldNode; guard: GuardedNode; time: { ms: number } } {
  const time = { ms: 0 };
  const node = new ToldNode();
  return { node, guard: guarded(node, { nowMs: () => 0, uptimeMs: () => time.ms }, policy), time };
}

/** How a look-up ends: with the class of its error, or with `answered`. */
async function ask(guard: GuardedNode): Promise<string> {
  return guard.lookUp('00').then(
    () => 'answered',
    (error: Error) => error.name,
  );
}

async function fail(guard: GuardedNode, node: ToldNode, times: number): Promise<void> {
  node.next = 'is silent';
  for (let time = 0; time < times; time += 1) assert.equal(await ask(guard), 'LightningUnavailable');
}

suite('N-04: the circuit breaker', () => {
  test('opens after so many failures in a row, and then the node is not asked', async () => {
    const { node, guard } = stage();
    await fail(guard, node, 2);
    assert.deepEqual(guard.status(), { state: 'closed', failures: 2, pauseMs: 0 });
    await fail(guard, node, 1);
    assert.deepEqual(guard.status(), { state: 'open', failures: 3, pauseMs: 1_000 });
    node.next = 'answers';
    assert.equal(await ask(guard), 'LightningUnavailable');
    assert.equal(node.calls, 3);
  });

  test('an answer in between starts the count anew, and a refusal is an answer', async () => {
    const { node, guard } = stage();
    for (const outcome of ['answers', 'refuses', 'has a bug'] as const) {
      await fail(guard, node, 2);
      node.next = outcome;
      await ask(guard);
      assert.equal(guard.status().failures, 0);
    }
    assert.equal(guard.status().state, 'closed');
  });

  test('after the pause one call is let through; when it is answered all are', async () => {
    const { node, guard, time } = stage();
    await fail(guard, node, 3);
    time.ms = 999;
    assert.equal(guard.status().pauseMs, 1);
    assert.equal(await ask(guard), 'LightningUnavailable');
    assert.equal(node.calls, 3);
    time.ms = 1_000;
    const gate = Promise.withResolvers<void>();
    node.gate = gate.promise;
    node.next = 'answers';
    const trial = ask(guard);
    assert.equal(guard.status().state, 'trying');
    assert.equal(await ask(guard), 'LightningUnavailable', 'a second one at the same time is not let through');
    gate.resolve();
    assert.equal(await trial, 'answered');
    assert.deepEqual(guard.status(), { state: 'closed', failures: 0, pauseMs: 0 });
    assert.equal(await ask(guard), 'answered');
  });

  test('the pause doubles with every trial that fails, up to its bound', async () => {
    const { node, guard, time } = stage();
    await fail(guard, node, 3);
    for (const pauseMs of [2_000, 3_000, 3_000]) {
      time.ms += guard.status().pauseMs;
      await fail(guard, node, 1);
      assert.equal(guard.status().pauseMs, pauseMs);
    }
    time.ms += 3_000;
    node.next = 'refuses';
    assert.equal(await ask(guard), 'LightningRefused');
    assert.equal(guard.status().state, 'closed');
    await fail(guard, node, 3);
    assert.equal(guard.status().pauseMs, 1_000, 'a node that was back begins with the shortest pause');
  });

  test('a crowd that fails together opens it once, and a late answer of before does not close it', async () => {
    const { node, guard } = stage();
    const gate = Promise.withResolvers<void>();
    node.gate = gate.promise;
    node.next = 'answers';
    const late = ask(guard);
    node.gate = undefined;
    node.next = 'is silent';
    await Promise.all(Array.from({ length: 10 }, () => ask(guard)));
    assert.equal(guard.status().pauseMs, 1_000);
    gate.resolve();
    assert.equal(await late, 'answered');
    assert.equal(guard.status().state, 'open');
  });

  test('guards every call, lets following through, and closes what it guards', async () => {
    const { node, guard } = stage();
    await fail(guard, node, 3);
    const order = { label: 'l', sats: 1n, description: 'd', expirySeconds: 60 };
    await assert.rejects(guard.issue(order), LightningUnavailable);
    await assert.rejects(guard.settle('00'), LightningUnavailable);
    await assert.rejects(guard.cancel('00'), LightningUnavailable);
    const following = guard.settlements(null, new AbortController().signal)[Symbol.asyncIterator]();
    await assert.rejects(following.next(), { message: 'cut' });
    assert.equal(guard.status().failures, 3);
    assert.equal(guard.backend, 'told');
    assert.equal(guard.canHold, true);
    await guard.close();
    assert.equal(node.closed, true);
  });
});
