/**
 * One connection to the primary. Statements are sent without waiting for the answers of those before (pipelined), so a
 * batch takes few round trips. A session that has failed stays dead: nothing of a transaction can slip into another one.
 */
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { limits } from '../../base/limits.ts';
import type { Host, Target, TargetTls } from './target.ts';

/** How values are read, by the type's number in the catalogue; everything else comes as text. */
const parsers: Readonly<Record<number, (text: string) => Cell>> = {
  16: (text) => text === 't',
  20: BigInt,
  21: Number,
  23: Number,
};

const types: pg.CustomTypesConfig = { getTypeParser: (oid: number) => parsers[oid] ?? String };

/** A column of a result. */
export type Cell = string | bigint | number | boolean | null;
export type Cells = readonly Cell[];

/** A statement with its name, under which the server keeps it prepared. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * What a session is for: `write` may wait for the journal's head, `read` must not take long, `keep` holds leases, and
 * `maintain` is for an operator's command, which may take hours.
 */
export type Purpose = 'write' | 'read' | 'keep' | 'maintain';

export class Session {
  readonly host: Host;
  readonly #client: pg.Client;
  #dead: Error | undefined;
  /** Why an answer that came all the same must not be believed. */
  #doubt: Error | undefined;
  #onDeath: () => void = () => {};

  private constructor(client: pg.Client, host: Host) {
    this.#client = client;
    this.host = host;
    client.on('error', (error) => this.#fail(error));
    client.on('end', () => this.#fail(new Error('the connection was closed')));
    // Somebody cancelled a commit's wait for its standby: it is told as done, but the standby may never have it.
    client.on('notice', ({ routine }) => {
      if (routine === 'SyncRepWaitForLSN')
        this.#fail((this.#doubt = new Error('the wait for the standby was cancelled')));
    });
  }

  /** Connects to one host. Rejects with the driver's error. */
  static async connect(target: Target, host: Host, purpose: Purpose): Promise<Session> {
    const client = new pg.Client({
      ...host,
      user: target.user,
      // Without one the driver looks where all clients of PostgreSQL look: PGPASSWORD, PGPASSFILE, ~/.pgpass.
      password: target.password,
      database: target.database,
      ssl: tlsOptions(target.tls, host),
      connectionTimeoutMillis: limits.postgresConnectMs,
      keepAlive: true,
      pipeline: true,
      types,
      application_name: 'purser',
      options: settings(purpose),
    });
    const session = new Session(client, host);
    try {
      await client.connect();
      // The budget gate's tables live in schema app (R10); everything else is found where it always was.
      await client.query(`select set_config('search_path', current_setting('search_path') || ', app', false)`);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  get dead(): boolean {
    return this.#dead !== undefined;
  }

  /** Sends a statement. Rejects with the server's error, or when the session died: then nobody knows what it did. */
  async query({ name, text }: Statement, values: readonly unknown[] = []): Promise<readonly Cells[]> {
    const { rows } = await this.#client.query<Cell[]>({ name, text, values: [...values], rowMode: 'array' });
    if (this.#doubt !== undefined) throw this.#doubt;
    return rows;
  }

  /** What `send` sends goes out as one write: many small ones would cost more than what they carry. */
  together<T>(send: () => T): T {
    const { stream } = this.#client.connection;
    stream.cork();
    try {
      return send();
    } finally {
      stream.uncork();
    }
  }

  /** Sends SQL that is used once. */
  async run(text: string): Promise<void> {
    await this.#client.query(text);
    if (this.#doubt !== undefined) throw this.#doubt;
  }

  /** Does something that must not take longer: a connection that goes silent would never say so. */
  async within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const late = setTimeout(() => this.cut('no answer from the database'), ms);
    try {
      return await work();
    } finally {
      clearTimeout(late);
    }
  }

  /** Calls back once the session has failed, also when nothing is under way. */
  whenDead(tell: () => void): void {
    this.#onDeath = tell;
  }

  /** Cuts the connection at once; whatever is under way rejects. */
  cut(reason: string): void {
    this.#fail(new Error(reason));
    void this.#client.end().catch(() => {});
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    this.#dead ??= new Error('the session was closed');
    await this.#client.end().catch(() => {});
  }

  #fail(error: Error): void {
    if (this.#dead !== undefined) return;
    this.#dead = error;
    // Without this, statements that were sent over a connection that went silent would wait for ever.
    this.#client.connection.stream.destroy();
    this.#onDeath();
  }
}

function tlsOptions(tls: TargetTls | undefined, { host }: Host): ConnectionOptions | false {
  if (tls === undefined) return false;
  const { verify, ca, cert, key } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: verify !== 'nothing',
    checkServerIdentity: (name, certificate) =>
      verify === 'full' ? checkServerIdentity(host === '' ? name : host, certificate) : undefined,
  };
}

/**
 * The server's own bounds. A statement that writes has none: cutting a COMMIT that waits for its standby would make it
 * count as done. But a server of ours that is paused in the middle of a batch must not hold up the others for long.
 */
function settings(purpose: Purpose): string {
  const bounds = {
    write: [
      `idle_in_transaction_session_timeout=${limits.postgresPausedBatchMs}`,
      'statement_timeout=0',
      `lock_timeout=${limits.postgresHeadWaitMs}`,
    ],
    read: [`statement_timeout=${limits.postgresReadMs}`, 'default_transaction_read_only=on'],
    keep: [`lock_timeout=${limits.postgresReadMs}`, 'statement_timeout=0'],
    maintain: [
      'statement_timeout=0',
      `lock_timeout=${limits.postgresHeadWaitMs}`,
      'idle_in_transaction_session_timeout=0',
    ],
  } as const;
  // The plan of a young database, where reading it all costs nothing yet, would be kept until it costs everything.
  const plans = purpose === 'maintain' ? [] : ['enable_seqscan=off'];
  return [...bounds[purpose], ...plans, 'default_transaction_isolation=read\\ committed', 'client_min_messages=warning']
    .map((setting) => `-c ${setting}`)
    .join(' ');
}
