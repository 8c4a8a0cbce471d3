/**
 * Finds recorded transfers without an index of their own on the hot path: ids are given in ascending order with the facts,
 * so halving the journal finds the fact of an id, and walking back through it lists them, the newest first.
 */
import { limits } from '../../base/limits.ts';
import { NO_SUCH_KEY, type FindKeyCommand } from '../../flows/find-key.ts';
import { transferKey } from '../../flows/transfer.ts';
import { transactions, transfers } from '../../payments/tables.ts';
import { txNumber } from '../../payments/tx-id.ts';
import { topUpMovementKey } from '../../settlement/mapping.ts';
import { movements } from '../../settlement/tables.ts';
import { findRow } from '../../store/find-row.ts';
import { StoreUnavailable, type JournalFact, type Outcome, type Store } from '../../store/store.ts';
import { journalEnd, nextTurn } from '../journal/facts.ts';
import { isOfSaga, viewOf, viewOfInflow, type TransferView } from './transfer-view.ts';

export interface TransferStore extends Pick<Store, 'facts' | 'rows'> {
  submit(command: FindKeyCommand): Promise<Outcome>;
}

/** Facts that give a transfer its id, in ascending order of ids. */
const NUMBERING: ReadonlySet<string> = new Set([
  'payments/transferred.v1',
  'payments/transfer-refused.v1',
  'payments/transfer-begun.v1',
]);

const numberOf = ({ type, subject }: JournalFact): bigint | undefined =>
  NUMBERING.has(type) ? txNumber(subject) : undefined;

export interface TransferFilter {
  readonly balance: string | undefined;
  readonly outcome: string | undefined;
}

export class TransferRecords {
  readonly #store: TransferStore;
  /** The journal was at least so long: where the next look for its end begins. */
  #end = 0;

  constructor(store: TransferStore) {
    this.#store = store;
  }

  async byId(txId: string): Promise<TransferView | undefined> {
    const number = txNumber(txId);
    if (number === undefined) return this.#inflow(txId);
    const fact = (await this.#byEntry(txId)) ?? (await this.#byNumber(number));
    return fact?.subject === txId ? this.#view(fact) : undefined;
  }

  /** The one transfer of a key, or none. Rejects with StoreUnavailable. */
  async byKey(key: string, filter: TransferFilter): Promise<readonly TransferView[]> {
    const found = await this.#store.submit({ type: 'find-key', key: transferKey(key) });
    if (found.code === NO_SUCH_KEY) return [];
    if (found.code !== null) throw new StoreUnavailable(`the key cannot be looked up: ${found.code}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by find-key.ts
    const { subject } = JSON.parse(found.answer) as { subject: string };
    const view = await this.byId(subject);
    return view !== undefined && fits(view, filter) ? [view] : [];
  }

  /** The newest first, from before the fact `before`; `next` is where the next page begins, undefined at the journal's begin. */
  async page(
    filter: TransferFilter,
    { before, limit }: { readonly before: number | undefined; readonly limit: number },
  ): Promise<{ readonly views: readonly TransferView[]; readonly next: number | undefined }> {
    const views: TransferView[] = [];
    let end = before ?? (await this.#journalEnd()) + 1;
    for (let looked = 0; end > 1 && looked < limits.pageScanFactsMax; looked += limits.pageReadFacts) {
      const after = Math.max(0, end - 1 - limits.pageReadFacts);
      const facts = await this.#store.facts({ after, limit: end - 1 - after });
      for (const fact of facts.toReversed()) {
        if (numberOf(fact) === undefined || fact.key === null) continue;
        const view = await this.#view(fact);
        if (!fits(view, filter)) continue;
        // Only now it is known that there is a next one.
        if (views.length === limit) return { views, next: fact.seq + 1 };
        views.push(view);
      }
      end = after + 1;
      await nextTurn();
    }
    return { views, next: end > 1 ? end : undefined };
  }

  /** A lone credit of money from outside: only what a movement names is one, whoever else credits under such an id. */
  async #inflow(txId: string): Promise<TransferView | undefined> {
    const receiptId = inflowReceipt(txId);
    if (receiptId === undefined) return undefined;
    const movement = await findRow(this.#store, movements, 'movement_key', topUpMovementKey(receiptId));
    if (movement?.inflow_tx !== txId) return undefined;
    const where = { tx_id: txId, op: 'credit' } as const;
    const [credit] = await this.#store.rows({ table: transactions, where, by: 'created_at', limit: 1 });
    return credit && viewOfInflow(credit, movement);
  }

  async #view(fact: JournalFact): Promise<TransferView> {
    return viewOf(fact, isOfSaga(fact) ? await findRow(this.#store, transfers, 'tx_id', fact.subject) : undefined);
  }

  /** Entries are found by their id, and the first has the instant of its fact. */
  async #byEntry(txId: string): Promise<JournalFact | undefined> {
    const [first] = await this.#store.rows({ table: transactions, where: { tx_id: txId }, by: 'created_at', limit: 1 });
    if (first === undefined) return undefined;
    const [fact] = await this.#store.facts({ after: await this.#lastBefore(first.created_at), limit: 1 });
    // A caller of the ledger's own port may have chosen an id that looks like a transfer's.
    return fact?.at === first.created_at && NUMBERING.has(fact.type) ? fact : undefined;
  }

  /** The number of the last fact before an instant: instants ascend with numbers, which have no gaps. */
  async #lastBefore(at: bigint): Promise<number> {
    let low = 0;
    let high = await this.#journalEnd();
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [fact] = await this.#store.facts({ after: middle - 1, limit: 1 });
      if (fact !== undefined && fact.at < at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A transfer without entries of its own: refused, or carried by the saga, whose entries are the ledger's. */
  async #byNumber(number: bigint): Promise<JournalFact | undefined> {
    let low = 0;
    let high = await this.#journalEnd();
    let found: JournalFact | undefined;
    // The fact is behind `low`, and not behind `high`.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = await this.#nextNumbered(middle, high);
      if (next === undefined) {
        high = middle;
        continue;
      }
      const its = numberOf(next) ?? 0n;
      if (its === number) found = next;
      if (its >= number) high = middle;
      else low = next.seq;
    }
    return found;
  }

  /** The first fact with a transfer's id behind `after` and up to `last`. */
  async #nextNumbered(after: number, last: number): Promise<JournalFact | undefined> {
    for (let seen = after; seen < last; seen += limits.transferProbeFacts) {
      const page = await this.#store.facts({ after: seen, limit: Math.min(limits.transferProbeFacts, last - seen) });
      const next = page.find((fact) => numberOf(fact) !== undefined);
      if (next !== undefined) return next;
      await nextTurn();
    }
    return undefined;
  }

  async #journalEnd(): Promise<number> {
    return (this.#end = await journalEnd(this.#store, this.#end));
  }
}

/** `in-<receipt id>`, as settlement/mapping.ts calls it. */
const inflowReceipt = (txId: string): string | undefined => (txId.startsWith('in-') ? txId.slice(3) : undefined);

function fits({ src, dst, outcome }: TransferView, wanted: TransferFilter): boolean {
  const touches = wanted.balance === undefined || wanted.balance === src || wanted.balance === dst;
  return touches && (wanted.outcome === undefined || wanted.outcome === (outcome ?? 'in_progress'));
}
