/**
 * Ids for what a caller gave none: UUIDs of version 7 (RFC 9562), which begin with the time. Rows that are made one after the
 * other then stand side by side in every index; with random ids each would dirty a page of its own.
 */
import { randomUUID } from 'node:crypto';

export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // What stands behind the version digit of a random UUID: its variant, and 74 bits of chance.
  const chance = randomUUID().slice('xxxxxxxx-xxxx-4'.length);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${chance}`;
}
