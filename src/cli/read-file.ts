/** Files that a command sends: their text, or that of the standard input. */
import { readFileSync } from 'node:fs';
import { reasonOf } from '../base/failure.ts';
import { UsageError } from './exit.ts';

/** `-`: what is piped in. Throws UsageError. */
export async function contentOf(called: string, file: string): Promise<string> {
  if (file !== '-') return readText(called, file);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function readText(called: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${called} cannot be read: ${reasonOf(error)}`);
  }
}
