/** The saga's contract under kills (P-45): before and after every step that it makes, on networks that lose calls and answers. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { Store } from '../../src/store/store.ts';
import type { LedgerPeer, LedgerReply } from '../../src/transfer/peers.ts';
import { waitBudgetMs, type SagaPolicy } from '../../src/transfer/policy.ts';
import { TransferSaga } from '../../src/transfer/saga.ts';
import { lost, no, ok, policy, request, settled } from '../rig/saga-stage.ts';
import { policy as paymentPolicy } from '../rig/store-place.ts';

/** A ledger with rows of its own, behind a network that follows a script of fates. */
type Fate = 'heard' | 'lost before' | 'lost after';

function ledgerBehind(ledger: Store, fates: Readonly<Record<string, Fate[]>>): LedgerPeer {
  const ask = async (op: string, command: PaymentCommand): Promise<LedgerReply> => {
    const fate = fates[op]?.shift() ?? 'heard';
    if (fate === 'lost before') return lost;
    const { answer } = await ledger.submit(command);
    if (fate === 'lost after') return lost;
    const { ok: fine, balance, error } = JSON.parse(answer) as { ok: boolean; balance?: number; error: string };
    return fine ? ok(balance ?? null) : no(error as 'internal');
  };
  return {
    debit: (move) => ask('DEBIT', { type: 'debit', ...move }),
    credit: (move) => ask('CREDIT', { type: 'credit', ...move }),
    rollback: (txId) => ask('ROLLBACK', { type: 'rollback', txId, accounts: paymentPolicy.balances }),
  };
}

/** Counts what a process does to the world, and kills it before or after one of these steps: from then on it does nothing. */
class Mortal {
  readonly #killAt: number;
  #points = 0;
  #die: () => void = () => {};
  readonly died = new Promise<void>((resolve) => (this.#die = resolve));

  constructor(killAt: number) {
    this.#killAt = killAt;
  }

  get points(): number {
    return this.#points;
  }

  async step<T>(action: () => Promise<T>): Promise<T> {
    await this.#point();
    const result = await action();
    await this.#point();
    return result;
  }

  #point(): Promise<void> {
    this.#points += 1;
    if (this.#points < this.#killAt) return Promise.resolve();
    this.#die();
    return new Promise(() => {});
  }
}

const twoAttempts: SagaPolicy = { ...policy, compensationAttempts: 2 };

let servers = 0;

function sagaOf(store: Store, ledger: LedgerPeer, mortal: Mortal): TransferSaga {
  const mortalStore: Pick<Store, 'submit' | 'knowsKey' | 'openTransfers'> = {
    submit: (command) => mortal.step(() => store.submit(command)),
    knowsKey: (key) => mortal.step(() => store.knowsKey(key)),
    openTransfers: () => mortal.step(() => store.openTransfers()),
  };
  return new TransferSaga({
    store: mortalStore as Store,
    policy: twoAttempts,
    risk: { check: () => mortal.step(() => Promise.resolve('approved' as const)) },
    ledger: {
      debit: (move) => mortal.step(() => ledger.debit(move)),
      credit: (move) => mortal.step(() => ledger.credit(move)),
      rollback: (txId) => mortal.step(() => ledger.rollback(txId)),
    },
    carriers: { own: `server ${++servers}`, isAlive: () => Promise.resolve(false) },
    pause: (ms) => new Promise((resolve) => ms < waitBudgetMs(twoAttempts) && setImmediate(resolve)),
    tell: () => {},
  });
}

const IMMORTAL = Number.POSITIVE_INFINITY;

export function killSuite(rail: { readonly store: () => Store; readonly ledger: () => Store }): void {
  suite('killed before and after every step (P-45)', () => {
    // prettier-ignore
    const networks: readonly (readonly [what: string, fates: Readonly<Record<string, readonly Fate[]>>])[] = [
      ['nothing lost',                             {}],
      ['DEBIT lost',                               { DEBIT: ['lost before'] }],
      ['answer to DEBIT lost',                     { DEBIT: ['lost after'] }],
      ['answer to DEBIT lost, then to ROLLBACK',   { DEBIT: ['lost after'], ROLLBACK: ['lost after'] }],
      ['CREDIT lost',                              { CREDIT: ['lost before'] }],
      ['CREDIT lost twice',                        { CREDIT: ['lost before', 'lost before'] }],
      ['CREDIT lost twice, ROLLBACK four times',   { CREDIT: ['lost before', 'lost before'], ROLLBACK: ['lost before', 'lost after', 'lost before', 'lost before'] }],
      ['answer to CREDIT lost',                    { CREDIT: ['lost after'] }],
      ['answers to CREDIT lost twice',             { CREDIT: ['lost after', 'lost after'] }],
      ['answers to CREDIT lost three times',       { CREDIT: ['lost after', 'lost after', 'lost after'] }],
    ];

    const shapeOf = async (txId: string): Promise<string> =>
      (await rail.ledger().log({ after: 0n, limit: 100_000 }))
        .filter((row) => row.tx_id === txId)
        .map(({ op, account_id: account }) => (account === '' ? 'tombstone' : op))
        .join('+');

    /** One life that ends at `killAt`, then one that goes on; how many steps the first had. */
    async function live(fates: Readonly<Record<string, readonly Fate[]>>, killAt: number): Promise<number> {
      const wanted = request(1);
      const network = ledgerBehind(
        rail.ledger(),
        Object.fromEntries(Object.entries(fates).map(([op, list]) => [op, [...list]])),
      );
      const mortal = new Mortal(killAt);
      const heard = await Promise.race([sagaOf(rail.store(), network, mortal).transfer(wanted), mortal.died]);
      const next = sagaOf(rail.store(), network, new Mortal(IMMORTAL));
      await next.resume();
      await next.transfer(wanted);
      await settled(rail.store());
      const { answer } = await next.transfer(wanted);
      const { ok: fine, tx_id: txId, error, state } = JSON.parse(answer) as Record<string, unknown>;
      const shape = await shapeOf(String(txId));
      assert.equal(state, undefined);
      if (fine === true) assert.equal(shape, 'debit+credit', answer);
      else if (error === 'credit_failed') assert.equal(shape, 'debit+rollback', answer);
      else
        assert.ok(
          error === 'debit_timeout' && ['debit+rollback', 'tombstone'].includes(shape),
          `${answer} with ${shape}`,
        );
      if (heard !== undefined && !heard.answer.includes('compensation_pending')) assert.equal(answer, heard.answer);
      const total = (await rail.ledger().balances()).reduce((sum, { balance }) => sum + balance, 0n);
      assert.equal(total, 40_000n);
      return mortal.points;
    }

    for (const [what, fates] of networks) {
      test(what, async () => {
        const steps = await live(fates, IMMORTAL);
        assert.ok(steps >= 8);
        for (let killAt = 1; killAt <= steps; killAt++) await live(fates, killAt);
      });
    }
  });
}
