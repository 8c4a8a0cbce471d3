/**
 * Runs decisions on rows in memory, and strictly: what a decision looks at, records under or replaces without having
 * declared it in `reads` throws. An engine that loads and locks ahead has exactly the declared rows, and must suffice.
 */
import { INSTANT_NS, INSTANTS_PER_COMMAND } from '../../src/base/decision.ts';
import type { Decided, Fact, KeyRecord, Row, Table, View } from '../../src/base/decision.ts';
import { createDecisions, type PaymentCommand, type PaymentPolicy } from '../../src/flows/commands.ts';
import { transactions, type TransactionRow } from '../../src/payments/tables.ts';

const addressOf = (table: Table, key: readonly string[]): string => JSON.stringify([table.name, ...key]);

const addressOfRow = (table: Table, row: Row): string =>
  addressOf(
    table,
    table.key.map((column) => String(row[column])),
  );

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

export class StrictDecisions {
  readonly #decisions;
  readonly #rows = new Map<string, Row>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly facts: Fact[] = [];
  /** The ledger's rows in the order in which they were appended. */
  readonly entries: TransactionRow[] = [];
  /** The instant that the next command gets. */
  at = 1_000n * INSTANT_NS;
  nowMs = 0;

  constructor(policy: PaymentPolicy, openingAmount = 10_000n, decisions = createDecisions(policy)) {
    this.#decisions = decisions;
    this.run({ type: 'open-balances', names: policy.balances, amount: openingAmount });
  }

  run(command: PaymentCommand): Decided {
    const decision = this.#decisions.byType[command.type];
    if (decision === undefined) throw new Error(`no decision for ${command.type}`);
    const { key: declaredKey, rows } = decision.reads(command);
    const declared = new Set(rows.map(({ table, key }) => addressOf(table, key)));
    const view: View = {
      at: this.at,
      seq: this.facts.length + 1,
      nowMs: this.nowMs,
      uptimeMs: this.nowMs,
      known: (key) => {
        demand(key === declaredKey, `${command.type} looks up ${key} undeclared`);
        return this.#keys.get(key);
      },
      row: <R extends Row>(table: Table<R>, key: readonly string[]) => {
        demand(declared.has(addressOf(table, key)), `${command.type} reads ${addressOf(table, key)} undeclared`);
        return this.row(table, ...key);
      },
    };
    for (const transient of this.#decisions.transients) transient.mark();
    const decided = decision.decide(command, view);
    const { facts = [], changes = [] } = decided;
    demand(facts.length > 0 || changes.length === 0, `${command.type} changes rows without a fact`);
    for (const fact of facts) this.#record(fact, declaredKey);
    for (const { table, row } of changes) this.#change(table, row, declared);
    for (const transient of this.#decisions.transients) transient.settle();
    this.at += INSTANT_NS * INSTANTS_PER_COMMAND;
    return decided;
  }

  row<R extends Row>(table: Table<R>, ...key: readonly string[]): R | undefined {
    return this.#rows.get(addressOf(table, key)) as R | undefined;
  }

  #record(fact: Fact, declaredKey: string | undefined): void {
    this.facts.push(fact);
    if (fact.key === null) return;
    demand(fact.key === declaredKey, `${fact.key} is recorded undeclared`);
    demand(!this.#keys.has(fact.key), `${fact.key} is recorded twice`);
    this.#keys.set(fact.key, fact);
  }

  #change(table: Table, row: Row, declared: ReadonlySet<string>): void {
    const address = addressOfRow(table, row);
    demand(Object.keys(row).toSorted().join() === table.columns.toSorted().join(), `${address} is no whole row`);
    if (table.rows === 'appended') demand(!this.#rows.has(address), `${address} is appended twice`);
    else demand(declared.has(address), `${address} is replaced undeclared`);
    this.#rows.set(address, row);
    if (table.name !== transactions.name) return;
    const entry = row as TransactionRow;
    const end = this.at + INSTANT_NS * INSTANTS_PER_COMMAND;
    const earliest = this.entries.at(-1)?.created_at ?? 0n;
    demand(entry.created_at > earliest && entry.created_at < end, `${address} has an instant of another command`);
    this.entries.push(entry);
  }
}
