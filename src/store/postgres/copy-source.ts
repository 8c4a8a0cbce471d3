/**
 * PostgreSQL as the source of `purser migrate-store`: one moment of the database, whose head is held as long as the copy takes,
 * so that no server appends what the copy would lack.
 */
import type { CopySource } from '../copy.ts';
import { explained } from './errors.ts';
import { connectToPrimary } from './primary.ts';
import { holdHead } from './rebuild.ts';
import { PostgresSnapshot } from './snapshot.ts';
import { shown, type Target } from './target.ts';
import { requireCurrent } from './verify.ts';

/** Throws StoreError when there is none, or when somebody else holds its head for long. */
export async function openPostgresSource(target: Target): Promise<CopySource> {
  const session = await connectToPrimary(target, 'maintain');
  try {
    await session.run('begin isolation level repeatable read');
    // Before the first look, which is the moment that this transaction goes on seeing.
    await holdHead(session);
    await requireCurrent(session);
  } catch (error) {
    await session.close();
    throw explained(target, error);
  }
  return { name: shown(target), snapshot: new PostgresSnapshot(session), close: () => session.close() };
}
