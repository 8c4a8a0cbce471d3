/** `node --run client`: writes the generated part of the client anew. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientWire, WIRE_FOLDER } from './client-wire.ts';

const files = await clientWire();
rmSync(WIRE_FOLDER, { recursive: true, force: true });
mkdirSync(WIRE_FOLDER, { recursive: true });
for (const [name, text] of files) writeFileSync(join(WIRE_FOLDER, name), text);
