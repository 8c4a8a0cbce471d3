/** The ledger in a PostgreSQL database. */
import type { AuditRow } from '../payments/invariants.ts';
import { connectToPrimary } from '../store/postgres/primary.ts';
import type { Cells, Session } from '../store/postgres/session.ts';
import type { Target } from '../store/postgres/target.ts';
import { CREDITS, ENTRY_COLUMNS, integer, OPEN_DEBITS, type Ledger, type Moment } from './ledger.ts';

/** Rows that are fetched at a time. */
const FETCH = 1_000;

export class LedgerDatabase implements Ledger {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** On a connection of its own each time: between two readings the database may have changed its place. */
  atOneMoment<T>(read: (moment: Moment) => Promise<T>): Promise<T> {
    return this.#on(async (session) => {
      await session.run('begin isolation level repeatable read');
      return read({ accounts: () => accountsOf(session), transactions: () => transactionsOf(session) });
    });
  }

  openDebits(): Promise<bigint> {
    return this.#count(OPEN_DEBITS);
  }

  credits(): Promise<bigint> {
    return this.#count(CREDITS);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #count(text: string): Promise<bigint> {
    return this.#on(async (session) => {
      const [row] = await session.query({ name: 'count', text });
      return integer(row?.[0]);
    });
  }

  async #on<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const session = await connectToPrimary(this.#target, 'read');
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }
}

async function accountsOf(session: Session): Promise<ReadonlyMap<string, bigint>> {
  const rows = await session.query({ name: 'accounts', text: 'select id, balance from accounts order by id' });
  return new Map(rows.map(([id, balance]) => [String(id), integer(balance)]));
}

/** By created_at: here nothing tells in which order rows were written. That no two are the same is for the audit to find out. */
async function* transactionsOf(session: Session): AsyncGenerator<AuditRow> {
  await session.run(`declare entries cursor for select ${ENTRY_COLUMNS} from transactions order by created_at`);
  for (;;) {
    const rows = await session.query({ name: 'fetch', text: `fetch ${FETCH} from entries` });
    if (rows.length === 0) return;
    yield* rows.map(auditRow);
  }
}

function auditRow([txId, op, account, amount, balanceAfter, createdAt]: Cells): AuditRow {
  return {
    tx_id: String(txId),
    op: String(op),
    account_id: String(account),
    amount: integer(amount),
    balance_after: integer(balanceAfter),
    created_at: integer(createdAt),
  };
}
