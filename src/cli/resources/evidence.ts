/** `purser decision evidence` and `purser evidence`: what a stranger can check without asking anybody. */
import { writeFileSync } from 'node:fs';
import { reasonOf } from '../../base/failure.ts';
import type { ReadCheckpointAnswer, RotateServerKeyAnswer } from '../../client/client.ts';
import { fileCommand, recordCommand, type Command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { argument, text } from '../fields.ts';
import { column, type Column } from '../table.ts';

const checkpointColumns: readonly Column<ReadCheckpointAnswer>[] = [
  column('FACT', ({ seq }) => seq),
  column('CHAIN', ({ chain }) => chain),
  column('SIGNED', ({ signed_at: at }) => at),
  column('KEY', ({ key_id: id }) => id),
  column('SIGNATURE', ({ signature }) => signature),
];

const keyColumns: readonly Column<RotateServerKeyAnswer>[] = [
  column('KEY', ({ key_id: id }) => id),
  column('VERSION', ({ version }) => version),
  column('CREATED', ({ created_at: at }) => at),
];

export const evidenceCommands: readonly Command[] = [
  fileCommand({
    resource: 'decision',
    verb: 'evidence',
    summary: 'evidence of a decision, for `purser verify-evidence`',
    fields: {
      decision_id: argument(text('DECISION', 'the id of the decision')),
      out: text('FILE', 'where to write it; on the standard output without it'),
    },
    async ask(client, { decision_id, out }, { signal }) {
      const evidence = `${JSON.stringify(await client.readEvidence({ decision_id }, { signal }))}\n`;
      if (out === undefined) return evidence;
      write(out, evidence);
      return `${out}\n`;
    },
  }),
  recordCommand({
    resource: 'evidence',
    verb: 'checkpoint',
    summary: 'the end of the journal, signed by the server',
    notes: 'Keep it elsewhere: a journal that is cut or written anew later does not lead there any more.',
    fields: {},
    columns: checkpointColumns,
    ask: (client, _, { signal }) => client.readCheckpoint({}, { signal }),
  }),
  recordCommand({
    resource: 'evidence',
    verb: 'rotate-key',
    summary: 'sign with a new key from now on; the former one vouches for it',
    fields: {},
    columns: keyColumns,
    ask: (client, _, { signal }) => client.rotateServerKey({}, { signal }),
  }),
];

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--out cannot be written: ${reasonOf(error)}`);
  }
}
