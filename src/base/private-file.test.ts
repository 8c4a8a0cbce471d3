/** What a file with a secret is: its owner's alone, whole, and nobody else's by way of a link. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

suite('private files', () => {
  const folder = join(temporaryDirectory(), 'below', 'here');
  const file = join(folder, 'secret');
  const uid = process.getuid?.();

  test('are made with their folder, for nobody but their owner, and nothing else stays behind', () => {
    assert.equal(readPrivateFile(file), undefined);
    writePrivateFile(file, 'one\n', 'first');
    assert.deepEqual(readPrivateFile(file), { text: 'one\n', uid });
    assert.deepEqual([statSync(folder).mode & 0o777, statSync(file).mode & 0o777], [0o700, 0o600]);
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  test('the first stays, unless another replaces it', () => {
    writePrivateFile(file, 'two\n', 'first');
    assert.deepEqual(readPrivateFile(file), { text: 'one\n', uid });
    writePrivateFile(file, 'three\n', 'replaces');
    assert.deepEqual(readPrivateFile(file), { text: 'three\n', uid });
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  test('what others may read is told from what is missing; a folder holds no secret', () => {
    const open = join(folder, 'open');
    writePrivateFile(open, 'seen\n', 'first');
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(open, mode);
      assert.equal(readPrivateFile(open), 'readable_by_others', mode.toString(8));
    }
    mkdirSync(join(folder, 'directory'), { mode: 0o700 });
    assert.equal(readPrivateFile(join(folder, 'directory')), 'readable_by_others');
  });

  test('links are followed only where that is asked for', () => {
    const link = join(folder, 'link');
    symlinkSync(file, link);
    assert.throws(() => readPrivateFile(link), /ELOOP/);
    assert.deepEqual(readPrivateFile(link, 'followed'), { text: 'three\n', uid });
  });
});
