/**
 * The control-plane token of a server: a file in its data directory, which only its user may read, and the token's hash as a
 * row, which all servers on the database share. So the token of one machine opens the servers of every machine. Whoever may
 * write the file may also write the database: a token that the database does not know yet is therefore taken over.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import {
  formatKey,
  hashSecret,
  isSecretOf,
  KEY_ID_BYTES,
  parseKey,
  SECRET_BYTES,
  type PresentedKey,
} from '../access/api-key.ts';
import { apiKeys, type KeyRow } from '../access/tables.ts';
import { limits } from '../base/limits.ts';
import { StoreError, type Store } from '../store/store.ts';

export interface TokenPlace {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  /** The server's data directory; it is made when there is none. */
  readonly data: string;
  /** Do other servers, with token files of their own, use the database? */
  readonly shared: boolean;
}

const NAME = 'operator.token';

/** Nobody but the owner. */
const MODE = 0o600;

/**
 * Sees to it that the data directory has a token and the database its hash. `created` when either was missing: tokens that
 * stood in its place before are revoked then. Throws StoreError with what to do.
 */
export async function ensureOperatorToken(place: TokenPlace): Promise<'created' | 'kept'> {
  const file = join(place.data, NAME);
  let token = readToken(file) ?? createToken(file);
  const row = await rowOf(place.store, token.keyId);
  if (row !== undefined && (row.role !== 'control-plane' || !isSecretOf(token.secret, row.hash)))
    throw new StoreError(`${file} holds another key than this database knows by its id: delete it, then start again`);
  if (row?.revoked_at === null) return 'kept';
  if (row !== undefined) {
    rmSync(file);
    token = createToken(file);
  }
  await record(place, token);
  await revokeOthers(place, token);
  return 'created';
}

function readToken(file: string): PresentedKey | undefined {
  const descriptor = explained(file, 'read', () => openIfThere(file));
  if (descriptor === undefined) return undefined;
  try {
    requirePrivate(file, descriptor);
    const token = parseKey(readFileSync(descriptor, 'utf8').trim());
    if (token === undefined) throw new StoreError(`${file} holds no token: delete it, then start again`);
    return token;
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    // A link could lead to a file that somebody else may write.
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function requirePrivate(file: string, descriptor: number): void {
  const stat = fstatSync(descriptor);
  if (!stat.isFile() || (stat.mode & 0o077) !== 0)
    throw new StoreError(`${file} may be read by others: make it yours alone with "chmod 600", or delete it`);
  if (stat.uid !== process.getuid?.())
    throw new StoreError(`${file} belongs to another user: delete it, or start the server as that user`);
}

/** It is whole when it appears: another server that starts in the same directory reads all of it, or makes none of its own. */
function createToken(file: string): PresentedKey {
  const key = formatKey(randomBytes(KEY_ID_BYTES).toString('hex'), randomBytes(SECRET_BYTES));
  explained(file, 'write', () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(4).toString('hex')}`;
    try {
      const descriptor = openSync(draft, 'wx', MODE);
      writeSync(descriptor, `${key}\n`);
      fsyncSync(descriptor);
      closeSync(descriptor);
      appear(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  });
  const token = readToken(file);
  if (token === undefined) throw new StoreError(`${file} was deleted while the server started: start it again`);
  return token;
}

function appear(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // A file system without links has to do with a name that may replace another.
    if (codeOf(error) !== 'EEXIST') renameSync(draft, file);
  }
}

async function rowOf(store: TokenPlace['store'], keyId: string): Promise<KeyRow | undefined> {
  const [row] = await store.rows({ table: apiKeys, where: { key_id: keyId }, by: 'key_id', limit: 1 });
  return row;
}

/** Where a token is kept: one that replaces another has the same. */
const labelOf = (data: string): string => `${hostname()}:${data}`;

async function record({ store, data }: TokenPlace, { keyId, secret }: PresentedKey): Promise<void> {
  const { code } = await store.submit({
    type: 'create-key',
    keyId,
    role: 'control-plane',
    merchant: null,
    account: null,
    label: labelOf(data),
    hash: hashSecret(secret),
    expiresAt: null,
    actor: 'server',
  });
  if (code !== null) throw new StoreError(`the operator token cannot be recorded: ${code}`);
}

/** Whose file is gone nobody can use any more, unless it was taken away: then it must stop opening anything. */
async function revokeOthers({ store, data, shared }: TokenPlace, { keyId }: PresentedKey): Promise<void> {
  const where = { role: 'control-plane', ...(shared ? { label: labelOf(data) } : {}) } as const;
  let after = 0n;
  for (;;) {
    const rows = await store.rows({ table: apiKeys, where, by: 'created_at', after, limit: limits.rowsAtOnce });
    for (const row of rows) {
      if (row.key_id === keyId || row.revoked_at !== null) continue;
      const { code } = await store.submit({ type: 'revoke-key', keyId: row.key_id, actor: 'server' });
      if (code !== null) throw new StoreError(`the operator token before this one cannot be revoked: ${code}`);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limits.rowsAtOnce) return;
    after = last.created_at;
  }
}

function explained<T>(file: string, verb: 'read' | 'write', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const why = codeOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new StoreError(`cannot ${verb} ${file} (${why}): give this user permission, or name another --data`, {
      cause,
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
