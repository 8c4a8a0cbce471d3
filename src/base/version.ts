/** Which Purser this is, as its package says. */
import { readFileSync } from 'node:fs';

export function productVersion(): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own description
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
