/** Writes facts and batches as they were in another database: hashes and all. */
import type { StoredBatch, StoredFact } from '../../journal/audit.ts';
import { FACTS } from './append.ts';
import { arrayLiteral } from './array.ts';
import type { Session } from './session.ts';
import { toStored } from './text.ts';

const BATCHES = {
  name: 'copy-batches',
  text: `insert into batches (first_seq, last_seq, root, chain)
    select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])`,
};

/** Inside the caller's transaction. */
export async function copyJournal(
  session: Session,
  { facts, batches }: { readonly facts: readonly StoredFact[]; readonly batches: readonly StoredBatch[] },
): Promise<void> {
  await session.query(FACTS, factColumns(facts));
  await session.query(BATCHES, batchColumns(batches));
}

function factColumns(facts: readonly StoredFact[]): string[] {
  return [
    facts.map(({ seq }) => seq),
    facts.map(({ at }) => at),
    facts.map(({ type }) => type),
    facts.map(({ subject }) => toStored(subject)),
    facts.map(({ key }) => key && toStored(key)),
    facts.map(({ request }) => request),
    facts.map(({ answer }) => answer),
    facts.map(({ body }) => body),
    facts.map(({ mark }) => mark),
  ].map(arrayLiteral);
}

function batchColumns(batches: readonly StoredBatch[]): string[] {
  return [
    batches.map(({ firstSeq }) => firstSeq),
    batches.map(({ lastSeq }) => lastSeq),
    batches.map(({ root }) => root),
    batches.map(({ chain }) => chain),
  ].map(arrayLiteral);
}
