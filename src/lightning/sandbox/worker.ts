/**
 * The sandbox's thread. Calls are worked off in turns: whatever waits is done, then committed in one go, and only then
 * answered. A call that breaks something ends the thread; the next one goes on from the last commit.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { limits } from '../../base/limits.ts';
import { decoded } from './decoding.ts';
import { loadLdk } from './load.ts';
import type { Ask, Calls, CallName, FromSandbox, SandboxData, ToSandbox } from './messages.ts';
import { Refused } from './refused.ts';
import { openRegtest, type Regtest } from './regtest.ts';

type Call = Ask & { readonly id: number };
type Answer = Calls[CallName]['answer'];

class Sandbox {
  readonly #regtest: Regtest;
  readonly #reply: (message: FromSandbox) => void;
  readonly #waiting: (Call | 'block' | 'close')[] = [];
  /** Calls that wait for the end of a payment, by its id. */
  readonly #paying = new Map<string, number>();
  #working = false;

  constructor(regtest: Regtest, reply: (message: FromSandbox) => void) {
    this.#regtest = regtest;
    this.#reply = reply;
  }

  take(work: Call | 'block' | 'close'): void {
    this.#waiting.push(work);
    if (!this.#working) void this.#workOff();
  }

  async #workOff(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) await this.#turn();
    this.#working = false;
  }

  async #turn(): Promise<void> {
    const replies: FromSandbox[] = [];
    this.#regtest.begin();
    for (let done = 0; done < limits.sandboxCallsPerCommit; done++) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      replies.push(...this.#do(work));
      // What LDK's objects hold is given back between turns of the event loop only; without this, memory grows and calls slow down.
      await nextTurn();
    }
    this.#regtest.commit();
    for (const reply of replies) this.#reply(reply);
  }

  #do(work: Call | 'block' | 'close'): readonly FromSandbox[] {
    const nowMs = Date.now();
    if (work === 'close') {
      this.#waiting.length = 0;
      return [{ kind: 'closed' }];
    }
    if (work === 'block') {
      this.#regtest.mine(nowMs);
      return this.#outcomes();
    }
    try {
      const answer = this.#answer(work, nowMs);
      return answer === 'later' ? this.#outcomes() : [{ kind: 'answer', id: work.id, answer }, ...this.#outcomes()];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return [{ kind: 'refused', id: work.id, reason: error.message }, ...this.#outcomes()];
    }
  }

  // oxlint-disable-next-line complexity -- one case for each call
  #answer(work: Call, nowMs: number): Answer | 'later' {
    const regtest = this.#regtest;
    switch (work.call) {
      case 'issue':
        return regtest.issue(work.ask.node, work.ask, nowMs);
      case 'lookUp':
        return regtest[work.ask.node].lookUp(work.ask.paymentHash, nowMs);
      case 'settlements':
        return regtest.merchant.settlements(work.ask.after, work.ask.limit);
      case 'settle':
        return this.#settle(work.ask.preimage, nowMs);
      case 'cancel':
        regtest.merchant.cancel(work.ask.paymentHash);
        regtest.settle(nowMs);
        return undefined;
      case 'pay':
        return this.#pay(work.ask, work.id, nowMs);
      case 'outgoing':
        return 'id' in work.ask
          ? regtest.paying.outgoing(work.ask.id)
          : regtest.paying.outgoingByHash(work.ask.paymentHash);
      case 'listIncoming':
        return regtest[work.ask.node].list(work.ask, nowMs);
      case 'listOutgoing':
        return regtest.paying.list(work.ask);
      case 'decode':
        return decoded(work.ask.bolt11);
      case 'info':
        return regtest.info(work.ask.node);
      default:
        return work satisfies never;
    }
  }

  #settle(preimage: string, nowMs: number): undefined {
    const paymentHash = this.#regtest.merchant.settle(preimage);
    this.#regtest.settle(nowMs);
    if (this.#regtest.merchant.lookUp(paymentHash, nowMs)?.state !== 'settled')
      throw new Refused('the payment was held for too long and went back');
    return undefined;
  }

  #pay(order: Calls['pay']['ask'], call: number, nowMs: number): Answer | 'later' {
    const id = this.#regtest.paying.pay(order, nowMs);
    this.#regtest.settle(nowMs);
    const outgoing = this.#regtest.paying.outgoing(id);
    if (outgoing?.state !== 'pending') return outgoing;
    this.#paying.set(id, call);
    return 'later';
  }

  /** What this piece of work has ended beside its own answer. */
  #outcomes(): readonly FromSandbox[] {
    const ended = this.#regtest.takeEnded().flatMap((id): FromSandbox[] => {
      const call = this.#paying.get(id);
      const answer = this.#regtest.paying.outgoing(id);
      this.#paying.delete(id);
      return call === undefined ? [] : [{ kind: 'answer', id: call, answer }];
    });
    return this.#regtest.merchant.takeSettled() ? [...ended, { kind: 'settled' }] : ended;
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set by link.ts, which has the same type
const { file } = workerData as SandboxData;
await loadLdk();
const { regtest, setAside } = openRegtest(file, Date.now());
const port = parentPort;
const sandbox = new Sandbox(regtest, (message) => {
  port?.postMessage(message);
  if (message.kind !== 'closed') return;
  clearInterval(blocks);
  regtest.close();
  port?.close();
});
const blocks = setInterval(() => sandbox.take('block'), limits.sandboxBlockMs);
port?.on('message', (message: ToSandbox) => sandbox.take('close' in message ? 'close' : message));
port?.postMessage({
  kind: 'ready',
  nodeId: regtest.info('merchant').nodeId,
  payerId: regtest.info('payer').nodeId,
  setAside,
} satisfies FromSandbox);
