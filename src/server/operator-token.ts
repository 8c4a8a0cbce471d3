/**
 * The control-plane token of a server: a file in its data directory, which only its user may read, and the token's hash as a
 * row, which all servers on the database share. So the token of one machine opens the servers of every machine. Whoever may
 * write the file may also write the database: a token that the database does not know yet is therefore taken over.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  formatKey,
  hashSecret,
  isSecretOf,
  KEY_ID_BYTES,
  parseKey,
  SECRET_BYTES,
  type PresentedKey,
} from '../access/api-key.ts';
import { apiKeys } from '../access/tables.ts';
import { codeOf, reasonOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { readPrivateFile, writePrivateFile } from '../base/private-file.ts';
import { findRow } from '../store/find-row.ts';
import { pages } from '../store/pages.ts';
import { StoreError, type Store } from '../store/store.ts';

export interface TokenPlace {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  /** The server's data directory; it is made when there is none. */
  readonly data: string;
  /** Do other servers, with token files of their own, use the database? */
  readonly shared: boolean;
}

const NAME = 'operator.token';

/**
 * Sees to it that the data directory has a token and the database its hash. `created` when either was missing: tokens that
 * stood in its place before are revoked then. Throws StoreError with what to do.
 */
export async function ensureOperatorToken(place: TokenPlace): Promise<'created' | 'kept'> {
  const file = join(place.data, NAME);
  let token = readToken(file) ?? createToken(file);
  const row = await findRow(place.store, apiKeys, 'key_id', token.keyId);
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
  const found = explained(file, 'read', () => readPrivateFile(file));
  if (found === undefined) return undefined;
  if (found === 'readable_by_others')
    throw new StoreError(`${file} may be read by others: make it yours alone with "chmod 600", or delete it`);
  if (found.uid !== process.getuid?.())
    throw new StoreError(`${file} belongs to another user: delete it, or start the server as that user`);
  const token = parseKey(found.text.trim());
  if (token === undefined) throw new StoreError(`${file} holds no token: delete it, then start again`);
  return token;
}

/** Another server that starts in the same directory reads all of it, or makes none of its own. */
function createToken(file: string): PresentedKey {
  const key = formatKey(randomBytes(KEY_ID_BYTES).toString('hex'), randomBytes(SECRET_BYTES));
  explained(file, 'write', () => writePrivateFile(file, `${key}\n`, 'first'));
  const token = readToken(file);
  if (token === undefined) throw new StoreError(`${file} was deleted while the server started: start it again`);
  return token;
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
  for await (const rows of pages(store, { table: apiKeys, where, by: 'created_at' }, limits.rowsAtOnce))
    for (const row of rows) {
      if (row.key_id === keyId || row.revoked_at !== null) continue;
      const { code } = await store.submit({ type: 'revoke-key', keyId: row.key_id, actor: 'server' });
      if (code !== null) throw new StoreError(`the operator token before this one cannot be revoked: ${code}`);
    }
}

function explained<T>(file: string, verb: 'read' | 'write', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = codeOf(cause) ?? reasonOf(cause);
    throw new StoreError(`cannot ${verb} ${file} (${why}): give this user permission, or name another --data`, {
      cause,
    });
  }
}
