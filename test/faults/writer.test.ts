/** The writer thread by itself: what was decided on top of a commit that failed must never reach the disk. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { WriterData, WriterMessage, WriterReply } from '../../src/store/sqlite/writer.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

/** One fact; without a body the database refuses it. */
function group(epoch: number, subject: string, body: string | null): WriterMessage {
  const at = 1_000n + BigInt(subject.length);
  return { kind: 'append', epoch, facts: [at, 'test/happened.v1', subject, null, null, null, body], writes: [] };
}

async function reply(port: MessagePort): Promise<WriterReply> {
  const [message] = (await once(port, 'message')) as [WriterReply];
  return message;
}

test('groups of a failed epoch are dropped, also when the next epoch fails too', async (t) => {
  const file = join(temporaryDirectory(), 'purser.db');
  const { port1: port, port2 } = new MessageChannel();
  const workerData: WriterData = { file, port: port2 };
  const worker = new Worker(new URL('../../src/store/sqlite/writer.ts', import.meta.url), {
    workerData,
    transferList: [port2],
  });
  t.after(() => worker.terminate());
  assert.deepEqual(await once(worker, 'message'), [{ ready: true }]);
  const send = (...messages: WriterMessage[]): void => messages.forEach((message) => port.postMessage(message));

  send(group(0, 'bad', null));
  assert.equal((await reply(port)).kind, 'failed');
  // What was on its way when the first one failed, and what was decided anew and fails again.
  send(group(0, 'on top of bad', '{}'), group(1, 'bad again', null));
  assert.equal((await reply(port)).kind, 'failed');
  send(group(1, 'on top of bad again', '{}'), group(2, 'good', '{}'));
  assert.deepEqual(await reply(port), { kind: 'appended', groups: 1 });
  send({ kind: 'close' });
  assert.deepEqual(await reply(port), { kind: 'closed' });

  const db = new DatabaseSync(file, { readOnly: true });
  assert.deepEqual(
    db
      .prepare('select seq, subject from facts')
      .all()
      .map(({ seq, subject }) => [seq, subject]),
    [[1, 'good']],
  );
  db.close();
});
