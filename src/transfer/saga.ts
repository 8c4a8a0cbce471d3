/**
 * TRANSFER in the split deployment (P-40..P-45): risk, DEBIT and CREDIT are calls to other processes, each step is durable
 * before the next call goes out, and whatever is cut, killed or slowed, a transfer ends as debit+credit, debit+rollback
 * or a lone tombstone.
 */
import { compensationPending, refusal, transferred, type PaymentError } from '../payments/answers.ts';
import type { TransferRow } from '../payments/tables.ts';
import { transferContent, type TransferRequest } from '../payments/transfer-request.ts';
import { limits } from '../base/limits.ts';
import { FENCED, FREE, IN_PROGRESS } from '../flows/saga.ts';
import type { ClaimCommand, DebitedCommand, EndCommand, PendingCommand } from '../flows/saga.ts';
import { transferKey } from '../flows/transfer.ts';
import { StoreUnavailable, type Outcome, type Store } from '../store/store.ts';
import { waitBudgetMs, type SagaPolicy } from './policy.ts';
import type { Carriers, LedgerPeer, LedgerReply, RiskPeer } from './peers.ts';

/** What operators and STATS hear about. */
export type SagaEvent =
  | 'risk_unreachable'
  | 'debit_timeout'
  | 'compensation_ok'
  | 'compensation_retry'
  | 'compensation_failed'
  | 'late_success';

export interface SagaParts {
  readonly store: Store;
  readonly risk: RiskPeer;
  readonly ledger: LedgerPeer;
  readonly carriers: Carriers;
  readonly policy: SagaPolicy;
  /** Waits; a test may let time pass faster. */
  readonly pause: (ms: number) => Promise<void>;
  readonly tell: (event: SagaEvent, txId: string) => void;
}

/** A transfer under way, as far as the steps need it. */
interface Course {
  readonly key: string;
  readonly txId: string;
  readonly src: string;
  readonly dst: string;
  readonly amount: bigint;
}

/** Records of steps, which only the server that carries the transfer may make. */
type StepCommand = ClaimCommand | DebitedCommand | PendingCommand | EndCommand;

type Cause = 'debit_timeout' | 'credit_failed';

/** Refusals that are no outcome (R2): the same key may be tried again. */
const NO_OUTCOME: ReadonlySet<string> = new Set(['internal', 'overloaded', 'unavailable']);

/** Another server has taken the transfer over: this one must not go on with it, and waits for the outcome as a duplicate does. */
class Fenced extends Error {}

export class TransferSaga {
  readonly #parts: SagaParts;
  /** Transfers that this process is carrying, by key: a duplicate waits for the first. */
  readonly #running = new Map<string, { readonly content: string; readonly outcome: Promise<Outcome> }>();
  /** Compensations that outlived their foreground attempts, by key, with what callers hear meanwhile. */
  readonly #pending = new Map<string, string>();
  #stopped = false;

  constructor(parts: SagaParts) {
    this.#parts = parts;
  }

  /** Carries a transfer to its outcome, or gives the one that its key already has. Never rejects. */
  async transfer(request: TransferRequest): Promise<Outcome> {
    const content = transferContent(request);
    const first = this.#running.get(request.key);
    if (first === undefined) return this.#carry(request, () => this.#begin(request));
    if (first.content !== content) return refused('idempotency_conflict');
    const waited = await Promise.race([
      first.outcome,
      this.#parts.pause(waitBudgetMs(this.#parts.policy)).then(() => undefined),
    ]);
    if (waited === undefined) return refused('idempotency_in_progress_timeout');
    return { ...waited, replayed: true };
  }

  /**
   * Goes on with every transfer whose server is gone (P-45): at a start before requests are taken, and every so often, because
   * another server may be killed at any time. Returns how many there were.
   */
  async resume(): Promise<number> {
    let taken = 0;
    for (const row of await this.#parts.store.openTransfers()) {
      if (this.#running.has(row.key) || (await this.#isCarried(row))) continue;
      taken += 1;
      void this.#carry(requestOf(row), () => this.#claim(row));
    }
    return taken;
  }

  /** Background retries end; open compensations stay recorded for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([...this.#running.values()].map(({ outcome: running }) => running));
  }

  #carry(request: TransferRequest, run: () => Promise<Outcome>): Promise<Outcome> {
    const running = run()
      .catch((error: unknown) => this.#followIfFenced(request, error))
      .catch((error: unknown): Outcome => {
        return refused(error instanceof StoreUnavailable ? 'unavailable' : 'internal');
      });
    this.#running.set(request.key, { content: transferContent(request), outcome: running });
    return running.finally(() => this.#running.delete(request.key));
  }

  /** Who follows may in the end claim the transfer, and lose it again to a third server. */
  #followIfFenced(request: TransferRequest, error: unknown): Promise<Outcome> {
    if (!(error instanceof Fenced)) return Promise.reject(error);
    return this.#follow(request).catch((next: unknown) => this.#followIfFenced(request, next));
  }

  async #isCarried({ carrier }: TransferRow): Promise<boolean> {
    const { carriers } = this.#parts;
    return carrier === carriers.own || (carrier !== '' && (await carriers.isAlive(carrier)));
  }

  /** Takes a transfer over from a server that is gone. Two that try at once are told apart by the record. */
  async #claim(row: TransferRow): Promise<Outcome> {
    const { store, carriers } = this.#parts;
    const claim = { type: 'claim-transfer', key: row.key, from: row.carrier, to: carriers.own } as const;
    const claimed = await this.#step(claim);
    if (claimed.code !== null) return claimed;
    // As it is now: its server may have recorded a step between our look and our claim.
    const claimedRow = (await store.openTransfers()).find(({ key }) => key === row.key);
    return claimedRow === undefined ? refused('unavailable') : this.#goOn(claimedRow);
  }

  /** Waits for the outcome of a transfer that another server carries (P-14), and carries it on should that one be gone. */
  async #follow(request: TransferRequest): Promise<Outcome> {
    const { store, policy, pause } = this.#parts;
    for (let waitedMs = 0; waitedMs < waitBudgetMs(policy); waitedMs += limits.followPollMs) {
      const found = await store.submit({ type: 'look-up-transfer', ...request });
      if (found.code !== IN_PROGRESS) return found;
      const row = (await store.openTransfers()).find(({ key }) => key === request.key);
      if (row !== undefined && !(await this.#isCarried(row))) return this.#claim(row);
      if (row?.state === 'compensation_pending') return pendingAnswer(row);
      await pause(limits.followPollMs);
    }
    return refused('idempotency_in_progress_timeout');
  }

  /** Records a step of a transfer, unless another server has taken it over. */
  async #step(command: StepCommand): Promise<Outcome> {
    const recorded = await this.#parts.store.submit(command);
    // Ended already, which is the same thing: somebody else has done it.
    if (recorded.code === FENCED || recorded.replayed) throw new Fenced(command.key);
    return recorded;
  }

  async #begin(request: TransferRequest): Promise<Outcome> {
    const { store, policy, tell, carriers } = this.#parts;
    // The look-up comes before risk: a replay must not use a slot.
    if (await store.knowsKey(transferKey(request.key))) {
      const found = await store.submit({ type: 'look-up-transfer', ...request });
      if (found.code === IN_PROGRESS) return this.#takeUp(request);
      if (found.answer !== FREE) return found;
    }
    const verdict = await this.#parts.risk.check(request);
    if (verdict === 'unanswered') {
      tell('risk_unreachable', '');
      if (policy.riskUnreachable === 'refuse') return refused('unavailable');
    }
    const risk = verdict === 'unanswered' ? 'unreachable' : verdict;
    const begun = await store.submit({ type: 'begin-transfer', ...request, risk, carrier: carriers.own });
    if (begun.code === IN_PROGRESS) return this.#takeUp(request);
    if (begun.code !== null || begun.replayed) return begun;
    return this.#debit({ ...request, txId: begun.answer }, 'first');
  }

  /** A transfer that is open, but not under way here: another server carries it, its last step could not be recorded, or DEBIT gave no outcome. */
  async #takeUp(request: TransferRequest): Promise<Outcome> {
    const { key } = request;
    const pending = this.#pending.get(key);
    // The first caller was counted with this answer; who asks again changes no counter (P-16).
    if (pending !== undefined) return { answer: pending, code: 'credit_failed', replayed: true };
    const row = (await this.#parts.store.openTransfers()).find((open) => open.key === key);
    if (row?.carrier !== this.#parts.carriers.own) return this.#follow(request);
    return row.state === 'debiting' ? this.#debit(courseOf(row), 'again') : this.#goOn(row);
  }

  /** The direction after a restart: an unanswered DEBIT is undone, an answered one goes forward (P-45). */
  #goOn(row: TransferRow): Promise<Outcome> {
    const course = courseOf(row);
    if (row.state === 'crediting') return this.#credit(course, row.src_balance ?? 0n);
    const cause = causeOf(row);
    if (row.state === 'debiting') return this.#compensate(course, cause);
    this.#pursue(course, cause, row.src_balance ?? undefined);
    return Promise.resolve(outcome(compensationPending(cause, course.txId), cause));
  }

  async #debit(course: Course, time: 'first' | 'again'): Promise<Outcome> {
    const { ledger, carriers, tell } = this.#parts;
    const reply = await ledger.debit({ account: course.src, amount: course.amount, txId: course.txId });
    if (reply === 'unanswered') {
      tell('debit_timeout', course.txId);
      return this.#compensate(course, 'debit_timeout');
    }
    if (!reply.ok) {
      // The second time these two say that the first DEBIT took effect, or was undone.
      if (time === 'again' && (reply.error === 'duplicate_tx' || reply.error === 'rolled_back')) {
        return this.#compensate(course, 'debit_timeout');
      }
      const answer = refusal(reply.error, course.txId);
      return NO_OUTCOME.has(reply.error) ? outcome(answer, reply.error) : this.#end(course, answer, reply.error);
    }
    const balance = reply.balance ?? 0n;
    const recorded = await this.#step({ type: 'record-debit', key: course.key, carrier: carriers.own, balance });
    // Not recorded, so a restart would undo it: no CREDIT may go out.
    if (recorded.code !== null) return this.#compensate(course, 'debit_timeout');
    return this.#credit(course, balance);
  }

  /** CREDIT, and once more if it failed: one that was applied but not heard of then ends as a success (P-43). */
  async #credit(course: Course, srcBalance: bigint): Promise<Outcome> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const reply = await this.#creditOnce(course);
      if (credited(reply)) return this.#end(course, transferred(course.txId, srcBalance, reply.balance), null);
    }
    return this.#compensate(course, 'credit_failed', srcBalance);
  }

  #creditOnce({ dst, amount, txId }: Course): Promise<LedgerReply> {
    return this.#parts.ledger.credit({ account: dst, amount, txId });
  }

  async #compensate(course: Course, cause: Cause, srcBalance?: bigint): Promise<Outcome> {
    const { policy, pause, carriers, tell } = this.#parts;
    for (let attempt = 1; attempt <= policy.compensationAttempts; attempt++) {
      if (attempt > 1) {
        tell('compensation_retry', course.txId);
        await pause(policy.compensationBaseMs * 2 ** (attempt - 2));
      }
      const done = await this.#compensateOnce(course, cause, srcBalance);
      if (done !== undefined) return done;
    }
    tell('compensation_failed', course.txId);
    await this.#step({ type: 'record-pending', key: course.key, carrier: carriers.own, cause });
    this.#pursue(course, cause, srcBalance);
    return outcome(compensationPending(cause, course.txId), cause);
  }

  /** The final outcome, or undefined when this attempt failed. */
  async #compensateOnce(course: Course, cause: Cause, srcBalance?: bigint): Promise<Outcome | undefined> {
    const reply = await this.#parts.ledger.rollback(course.txId);
    if (reply === 'unanswered') return undefined;
    if (reply.ok) {
      this.#parts.tell('compensation_ok', course.txId);
      return this.#end(course, refusal(cause, course.txId), cause);
    }
    if (reply.error !== 'already_credited') return undefined;
    // The credit had been applied after all: asking again gives its recorded balance.
    const credit = await this.#creditOnce(course);
    if (!credited(credit)) return undefined;
    this.#parts.tell('late_success', course.txId);
    return this.#end(course, transferred(course.txId, srcBalance ?? 0n, credit.balance), null);
  }

  /** Never gives up (P-44): pauses grow to a bound, across restarts. */
  #pursue(course: Course, cause: Cause, srcBalance?: bigint): void {
    const { policy, pause } = this.#parts;
    this.#pending.set(course.key, compensationPending(cause, course.txId));
    const pursue = async (): Promise<void> => {
      let pauseMs = policy.compensationBaseMs;
      for (;;) {
        await pause(pauseMs);
        if (this.#stopped) return;
        const done = await this.#compensateOnce(course, cause, srcBalance).catch((error: unknown) => {
          // Another server pursues it now.
          return error instanceof Fenced ? outcome('', null) : undefined;
        });
        if (done !== undefined && !NO_OUTCOME.has(done.code ?? '')) break;
        pauseMs = Math.min(pauseMs * 2, policy.compensationPauseMsMax);
      }
      this.#pending.delete(course.key);
    };
    void pursue();
  }

  /** The completed response becomes the key's, durably, before anybody hears it. */
  async #end(course: Course, answer: string, code: PaymentError | null): Promise<Outcome> {
    const carrier = this.#parts.carriers.own;
    const ended = await this.#step({ type: 'end-transfer', key: course.key, carrier, answer, code });
    if (ended.code !== null) return ended;
    return outcome(ended.answer, code);
  }
}

function credited(reply: LedgerReply): reply is { ok: true; balance: bigint } {
  return reply !== 'unanswered' && reply.ok && reply.balance !== null;
}

/** What callers hear while a compensation is pending, whichever server pursues it; the first was counted with it. */
function pendingAnswer(row: TransferRow): Outcome {
  return { answer: compensationPending(causeOf(row), row.tx_id), code: causeOf(row), replayed: true };
}

function requestOf({ key, src, dst, amount }: TransferRow): TransferRequest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- recorded from a request, whose amount was one
  return { key, src, dst, amount: amount as TransferRequest['amount'] };
}

const causeOf = ({ cause }: TransferRow): Cause => (cause === 'credit_failed' ? 'credit_failed' : 'debit_timeout');

function courseOf({ key, tx_id: txId, src, dst, amount }: TransferRow): Course {
  return { key, txId, src, dst, amount };
}

function outcome(answer: string, code: string | null): Outcome {
  return { answer, code, replayed: false };
}

/** For a transfer that has no id, or none that the caller may know. */
const refused = (code: PaymentError): Outcome => outcome(refusal(code), code);
