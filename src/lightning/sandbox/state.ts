/**
 * What the sandbox keeps, in one SQLite file: nodes, chain, invoices, payments. Both nodes are in it, so that one commit holds
 * a moment at which nothing is on its way between them. Nobody outside hears of anything before that commit: whenever the
 * process dies, both are back at a moment that they agree on, and nothing that anybody was told is lost.
 */
import { chmodSync, closeSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { codeOf } from '../../base/failure.ts';
import type { Tip } from './chain.ts';
import type { SavedNode } from './ldk-node.ts';
import type { MonitorJournal } from './persist.ts';

/** The saved state can be read, or continued, by nobody: it has to be set aside. The reason is part of a file's name. */
export class StateBroken extends Error {
  override readonly name = 'StateBroken';
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

export type NodeName = 'merchant' | 'payer';

export type Row = Readonly<Record<string, SQLOutputValue>>;

const SCHEMA_VERSION = 1n;

const SCHEMA = `
create table things (name text primary key, value blob not null) strict, without rowid;
create table monitors (
  node text not null, channel text not null, bytes blob not null, primary key (node, channel)
) strict;
create table monitor_updates (
  node text not null, channel text not null, update_id integer not null, bytes blob not null,
  primary key (node, channel, update_id)
) strict;
create table invoices (
  node text not null, payment_hash text not null, bolt11 text not null, label text not null, description text not null,
  msat integer, holds integer not null, preimage text, state text not null, received_msat integer not null,
  created_at_ms integer not null, expires_at_ms integer not null, settled_at_ms integer,
  primary key (node, payment_hash)
) strict;
create table settlements (
  number integer primary key, node text not null, payment_hash text not null, received_msat integer not null,
  settled_at_ms integer not null, claim text not null unique
) strict;
create table payments (
  id text primary key, payment_hash text not null, bolt11 text not null, msat integer not null, state text not null,
  preimage text, fee_msat integer, reason text, created_at_ms integer not null, completed_at_ms integer
) strict, without rowid;
create index payments_by_hash on payments (payment_hash);
pragma user_version = ${SCHEMA_VERSION};
`;

/** Codes of SQLite: the file is damaged, or is no database at all. Anything else may pass, and the file stays. */
const DAMAGED = [11, 26];

export class State {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens the file, or makes it. Throws StateBroken, or SQLite's error when another process has it or the disk fails. */
  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    chmodSync(dirname(file), 0o700);
    closeSync(openSync(file, 'a', 0o600));
    this.#db = new DatabaseSync(file, { readBigInts: true });
    try {
      this.#prepare();
    } catch (error) {
      this.#db.close();
      throw isDamage(error) ? new StateBroken('damaged', error) : error;
    }
  }

  #prepare(): void {
    // Exclusive: two processes that run one node would each spend what the other has spent.
    this.#db.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full');
    const version = this.#db.prepare('pragma user_version').get()?.['user_version'];
    if (version === 0n) this.#db.exec(`begin immediate; ${SCHEMA} commit`);
    else if (version !== SCHEMA_VERSION) throw new StateBroken('other-version');
  }

  begin(): void {
    this.#db.exec('begin');
  }

  commit(): void {
    this.#db.exec('commit');
  }

  close(): void {
    this.#db.close();
  }

  run(sql: string, ...values: readonly SQLInputValue[]): bigint {
    return BigInt(this.#statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  thing(name: string): Uint8Array | undefined {
    const row = this.get('select value from things where name = ?', name);
    return row === undefined ? undefined : bytesIn(row, 'value');
  }

  keep(name: string, value: Uint8Array): void {
    this.run('insert into things values (?, ?) on conflict do update set value = excluded.value', name, value);
  }

  get tip(): Tip | undefined {
    const bytes = this.thing('tip');
    return bytes === undefined ? undefined : { height: Buffer.from(bytes).readUInt32LE(0), header: bytes.slice(4) };
  }

  set tip({ height, header }: Tip) {
    const number = Buffer.alloc(4);
    number.writeUInt32LE(height);
    this.keep('tip', Buffer.concat([number, header]));
  }

  journalOf(node: NodeName): MonitorJournal {
    return {
      saveMonitor: (channel, bytes) => {
        this.run('delete from monitor_updates where node = ? and channel = ?', node, channel);
        this.run(
          'insert into monitors values (?, ?, ?) on conflict do update set bytes = excluded.bytes',
          node,
          channel,
          bytes,
        );
      },
      saveUpdate: (channel, updateId, bytes) => {
        this.run('insert into monitor_updates values (?, ?, ?, ?)', node, channel, updateId, bytes);
      },
    };
  }

  /** Undefined when nothing of it has been saved yet. */
  node(node: NodeName): SavedNode | undefined {
    const manager = this.thing(`manager-${node}`);
    if (manager === undefined) return undefined;
    const monitors = this.all('select channel, bytes from monitors where node = ?', node).map((row) => ({
      bytes: bytesIn(row, 'bytes'),
      updates: this.all(
        'select bytes from monitor_updates where node = ? and channel = ? order by update_id',
        node,
        textIn(row, 'channel'),
      ).map((update) => bytesIn(update, 'bytes')),
    }));
    return { manager, monitors };
  }

  /**
   * Takes over from a file that was set aside what holds without its channel: who the nodes are, what was received, what was
   * told. Payments under way ended with their channel. False, and nothing of it, when the file is not readable.
   */
  inherit(file: string): boolean {
    try {
      this.#db.prepare('attach ? as aside').run(file);
      this.begin();
      this.#db.exec(`
        insert into things select * from aside.things where name like 'seed-%';
        insert into invoices select * from aside.invoices;
        insert into settlements select * from aside.settlements;
        insert into payments select * from aside.payments;
        update invoices set state = 'closed' where state = 'held';
        update payments set state = 'failed', reason = 'the sandbox began a new chain' where state = 'pending'`);
      this.commit();
      this.#db.exec('detach aside');
      return true;
    } catch {
      // Whatever it is: the file stays where it is for somebody to look into, and the sandbox begins without it.
      if (this.#db.isTransaction) this.#db.exec('rollback');
      return false;
    }
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Gives a file and its log another name, for somebody to look into; the new name. */
export function setAside(file: string, reason: string, nowMs: number): string {
  const aside = file.replace(/\.db$/, `.${reason}-${nowMs}.db`);
  for (const end of ['', '-wal', '-shm']) {
    try {
      renameSync(file + end, aside + end);
    } catch (error) {
      if (!(codeOf(error) === 'ENOENT')) throw error;
    }
  }
  return aside;
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    DAMAGED.includes(error.errcode & 0xff)
  );
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new StateBroken('damaged', new TypeError(`${column} is no text`));
}

export function integerIn(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === 'bigint') return value;
  throw new StateBroken('damaged', new TypeError(`${column} is no integer`));
}

function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new StateBroken('damaged', new TypeError(`${column} is no bytes`));
}
