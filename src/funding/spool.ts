/**
 * Receipts from a folder that a funding gateway writes (S-13): `*.json`, one receipt each. A file is put into the inbox first
 * and moved to `done/` after that; when the process dies in between it is read again, and the inbox knows the receipt by its
 * id. What cannot be taken goes to `refused/`, with a `.reason` beside it.
 */
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../base/failure.ts';
import { parseJson } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import type { Store } from '../store/store.ts';
import { putIntoInbox, type Reception } from './inbox.ts';

export interface SpoolParts {
  readonly folder: string;
  readonly store: Pick<Store, 'submit'>;
  readonly nowMs: () => number;
  /** Told of every file that was refused. */
  readonly refused: (file: string, code: string) => void;
}

interface Content {
  readonly text: string | undefined;
  readonly bytes: number;
  readonly changedMs: number;
}

export class Spool {
  readonly #parts: SpoolParts;
  readonly #done: string;
  readonly #refused: string;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.#done = join(parts.folder, 'done');
    this.#refused = join(parts.folder, 'refused');
  }

  /** Takes what is there, in order of the names; true when there is more. */
  async run(): Promise<boolean> {
    await mkdir(this.#done, { recursive: true });
    await mkdir(this.#refused, { recursive: true });
    const entries = await readdir(this.#parts.folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && isReceipt(entry.name)).map(({ name }) => name);
    let moved = 0;
    for (const name of names.toSorted()) {
      const reception = await this.#receive(name);
      if (reception === 'later') continue;
      await this.#move(name, reception);
      moved++;
      if (moved === limits.jobRowsMax) return true;
    }
    return false;
  }

  async #receive(name: string): Promise<Reception> {
    const { folder, store, nowMs } = this.#parts;
    const content = await contentOf(join(folder, name));
    // Gone: another server on the same folder was faster.
    if (content === undefined) return 'later';
    if (content.bytes > limits.receiptFileBytesMax)
      return { code: 'receipt_too_large', details: { bytes: content.bytes } };
    const value = content.text === undefined ? undefined : parseJson(content.text);
    if (value !== undefined) return putIntoInbox(store, value, 'spool');
    const isSettled = Math.abs(nowMs() - content.changedMs) >= limits.receiptFileSettledMs;
    return isSettled ? { code: 'malformed_json', details: {} } : 'later';
  }

  async #move(name: string, reception: Exclude<Reception, 'later'>): Promise<void> {
    const source = join(this.#parts.folder, name);
    if (reception === 'received') return gone(rename(source, await freePath(this.#done, name)));
    const target = await freePath(this.#refused, name);
    const { code, details } = reception;
    // Before the file moves: whoever finds it there finds the reason, too.
    await writeFile(`${target}.reason`, `${JSON.stringify({ code, ...details })}\n`);
    await gone(rename(source, target));
    this.#parts.refused(name, code);
  }
}

const isReceipt = (name: string): boolean => name.endsWith('.json') && !name.startsWith('.');

/** A file may be replaced at any moment; what is looked at is what was opened. Undefined: it is gone, or no file any more. */
async function contentOf(path: string): Promise<Content | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const status = await file.stat();
    if (!status.isFile()) return undefined;
    const { size: bytes, mtimeMs: changedMs } = status;
    if (bytes > limits.receiptFileBytesMax) return { text: undefined, bytes, changedMs };
    return { text: utf8(await file.readFile()), bytes, changedMs };
  } finally {
    await file.close();
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name that was used before gets a number: nothing that was handled is ever overwritten. */
async function freePath(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : name.replace(/json$/, `${number}.json`));
    if (!(await exists(path))) return path;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Another server on the same folder has moved it: that is as good. */
async function gone(moving: Promise<void>): Promise<void> {
  await moving.catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}
