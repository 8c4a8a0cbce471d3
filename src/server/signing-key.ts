/**
 * The key that the server signs checkpoints and evidence with (B-06): Ed25519, in a file that only its user may read, with all
 * versions there ever were. Each new one is introduced by the one before, whose private half is forgotten then. Servers that
 * share a database need the same file, or a stranger has to trust several keys.
 */
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, reasonOf } from '../base/failure.ts';
import { isObject, parseJson } from '../base/json.ts';
import { readPrivateFile, writePrivateFile } from '../base/private-file.ts';
import { introductionText, isKeyChain, keyIdOf, readPublishedKey } from '../evidence/statements.ts';
import type { PublishedKey, Signed, Signer } from '../evidence/statements.ts';
import { StoreError } from '../store/store.ts';

const NAME = 'signing.keys';

/** A key as it is stored. Only the newest has its private half. */
interface StoredKey extends PublishedKey {
  readonly private_key: string | null;
}

export interface SigningKey extends Signer {
  /** The next version, introduced by this one; from now on everything is signed with it. */
  rotate(now: Date): PublishedKey;
}

/** Opens the keys of a folder; the first one is made when there is none. Throws StoreError with what to do. */
export function openSigningKey(folder: string, now: Date): SigningKey {
  const file = join(folder, NAME);
  let keys = readKeys(file) ?? createKeys(file, now);
  const newest = (): { readonly key: StoredKey; readonly secret: KeyObject } => {
    const key = keys.at(-1);
    if (key?.private_key == null) throw new StoreError(`${file} lacks the private half of its newest key`);
    return { key, secret: createPrivateKey(key.private_key) };
  };
  newest();
  return {
    get keyId() {
      return newest().key.key_id;
    },
    get keys() {
      return keys.map(published);
    },
    sign: (text) => signWith(newest().secret, text),
    rotate(at) {
      // Another server may have rotated since: what the file says counts.
      keys = readKeys(file) ?? keys;
      const { key: former, secret } = newest();
      const draft = draftKey(former.version + 1, at);
      const text = introductionText(draft.version, draft.key_id, draft.created_at);
      const next = { ...draft, introduced: { ...signWith(secret, text), key_id: former.key_id } };
      const all = [...keys.map((key) => ({ ...key, private_key: null })), next];
      writeKeys(file, all, 'replaces');
      keys = all;
      return published(next);
    },
  };
}

function published(key: StoredKey): PublishedKey {
  const { private_key: _, ...rest } = key;
  return rest;
}

function signWith(secret: KeyObject, text: string): Signed {
  return { text, signature: sign(null, Buffer.from(text), secret).toString('base64') };
}

function draftKey(version: number, now: Date): StoredKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    key_id: keyIdOf(publicKey),
    version,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    created_at: now.toISOString(),
    introduced: null,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function createKeys(file: string, now: Date): readonly StoredKey[] {
  writeKeys(file, [draftKey(1, now)], 'first');
  const keys = readKeys(file);
  if (keys === undefined) throw new StoreError(`${file} was deleted while the server started: start it again`);
  return keys;
}

function writeKeys(file: string, keys: readonly StoredKey[], how: 'first' | 'replaces'): void {
  explained(file, 'write', () => writePrivateFile(file, `${JSON.stringify({ keys }, undefined, 2)}\n`, how));
}

function readKeys(file: string): readonly StoredKey[] | undefined {
  const found = explained(file, 'read', () => readPrivateFile(file));
  if (found === 'readable_by_others')
    throw new StoreError(`${file} may be read by others: make it yours alone with "chmod 600"`);
  return found && parseKeys(file, found.text);
}

function parseKeys(file: string, text: string): readonly StoredKey[] {
  const damaged = new StoreError(`${file} holds no signing keys: put the file back from a backup`);
  const parsed = parseJson(text);
  const list: unknown = isObject(parsed) ? parsed['keys'] : undefined;
  const keys = (Array.isArray(list) ? list : []).map((value: unknown): StoredKey => {
    const key = readPublishedKey(value);
    const secret = isObject(value) ? value['private_key'] : undefined;
    if (key === undefined || (secret !== null && typeof secret !== 'string')) throw damaged;
    return { ...key, private_key: secret };
  });
  if (keys.length === 0 || !isKeyChain(keys)) throw damaged;
  return keys;
}

function explained<T>(file: string, verb: 'read' | 'write', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = codeOf(cause) ?? reasonOf(cause);
    const advice = 'give this user permission, or name another folder';
    throw new StoreError(`cannot ${verb} ${file} (${why}): ${advice}`, { cause });
  }
}
