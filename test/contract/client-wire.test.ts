/** The client has every operation that the server has, with the same methods, paths and types. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient, operations } from '../../src/client/client.ts';
import { allOperations, clientWire, WIRE_FOLDER } from '../rig/client-wire.ts';

test('the types and routes of the client are those of the OpenAPI document: after a change, `node --run client`', async () => {
  const wanted = await clientWire();
  assert.deepEqual(readdirSync(WIRE_FOLDER).toSorted(), [...wanted.keys()].toSorted());
  for (const [name, text] of wanted) assert.equal(readFileSync(join(WIRE_FOLDER, name), 'utf8'), text, name);
});

test('every operation has a method of its name, with its method and path', () => {
  const served = allOperations().map(({ name, method, path }) => ({ name, method, path }));
  const called = Object.entries(operations).map(([name, { method, path }]) => ({ name, method, path }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  assert.deepEqual(called.toSorted(byName), served.toSorted(byName));
  const client: object = createClient();
  assert.deepEqual(Object.keys(client).toSorted(), [...served.map(({ name }) => name), 'call', 'changes'].toSorted());
});
