/** From the setting to a node (N-01): secrets come from files and variables, arrive where they belong, and stand in no message. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createAuthority } from '../../test/rig/certificates.ts';
import { SkinServer } from '../../test/rig/lightning-skin.ts';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { systemClock } from '../base/clock.ts';
import { openLightning, readLightning } from './lightning.ts';

const directory = temporaryDirectory();
const fileOf = (name: string, content: string | Buffer, mode = 0o600): string => {
  const file = join(directory, name);
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  return file;
};

const MACAROON = '0201036c6e6402f801030a10';
const URI = `nostr+walletconnect://${'ab'.repeat(32)}?relay=ws://127.0.0.1:1&secret=${'cd'.repeat(32)}`;
const authority = createAuthority('node of the test');
const certificate = fileOf('tls.cert', authority.cert, 0o644);
const macaroonFile = fileOf('invoices.macaroon', Buffer.from(MACAROON, 'hex'));
const hexFile = fileOf('invoices.hex', `${MACAROON.toUpperCase()}\n`);
const textFile = fileOf('hunter2-file', 'hunter2\n');
const uriFile = fileOf('uri', `${URI}\n`);

const env = { LND_MACAROON: MACAROON, RUNE: 'hunter2', EMPTY: '' };
const place = { name: '--lightning', env, clock: systemClock };

async function open(text: string) {
  const setting = readLightning('--lightning', text);
  assert.notEqual(setting.backend, 'sandbox');
  return setting.backend === 'sandbox' ? assert.fail() : openLightning(setting, place);
}

suite('N-01: opening the Lightning node', () => {
  let headers: IncomingHttpHeaders = {};
  const answering = ({ request }: { request: { headers: IncomingHttpHeaders } }) => {
    ({ headers } = request);
    return Promise.resolve({ status: 404, body: { code: 5, message: 'unable to locate invoice' } });
  };
  const secure = new SkinServer(answering, authority.issue('localhost'));
  const plain = new SkinServer(answering);
  before(() => Promise.all([secure.listen(), plain.listen()]));
  after(() => Promise.all([secure.close(), plain.close()]));

  const basic = `Basic ${Buffer.from(':hunter2').toString('base64')}`;
  // prettier-ignore
  const rows: [string, string, string][] = [
    [`lnd+https://localhost:PORT?macaroon-file=${macaroonFile}&cert-file=${certificate}`, 'grpc-metadata-macaroon', MACAROON],
    [`lnd+https://localhost:PORT?macaroon-file=${hexFile}&cert-file=${certificate}`,      'grpc-metadata-macaroon', MACAROON],
    [`lnd+https://localhost:PORT?macaroon-env=LND_MACAROON&cert-file=${certificate}`,     'grpc-metadata-macaroon', MACAROON],
    [`cln+https://localhost:PORT?rune-file=${textFile}&cert-file=${certificate}`,         'rune',                   'hunter2'],
    [`cln+https://localhost:PORT?rune-env=RUNE&cert-file=${certificate}`,                 'rune',                   'hunter2'],
    [`phoenixd+http://127.0.0.1:PORT?password-file=${textFile}`,                          'authorization',          basic],
  ];
  for (const [setting, header, value] of rows) {
    test(setting.replaceAll(directory, ''), async () => {
      const { port } = setting.startsWith('phoenixd') ? plain : secure;
      const node = await open(setting.replace('PORT', String(port)));
      await node.lookUp('00'.repeat(32)).catch(() => {});
      assert.equal(headers[header], value);
      assert.equal(node.backend, setting.split('+')[0]);
      assert.equal(node.status().state, 'closed');
      await node.close();
    });
  }

  test('a wallet by its connection URI', async () => {
    const node = await open(`nwc+file:${uriFile}`);
    assert.deepEqual([node.backend, node.canHold], ['nwc', false]);
    await node.close();
  });

  const open644 = fileOf('open', 'hunter2', 0o644);
  // prettier-ignore
  const refusals: [string, RegExp][] = [
    ['lnd+https://h?macaroon=hunter2',                          /^--lightning contains a secret/],
    ['nothing',                                                 /^--lightning must be sandbox/],
    ['cln+https://h?rune-file=/nowhere/rune',                   /file for the rune that this user cannot read: \/nowhere\/rune/],
    [`cln+https://h?rune-file=${directory}`,                    /file for the rune that others can read|cannot read/],
    [`cln+https://h?rune-file=${open644}`,                      /others can read: give .* mode 0600/],
    ['cln+https://h?rune-env=EMPTY',                            /variable EMPTY for the rune, which is not set/],
    [`cln+https://h?rune-file=${fileOf('two', 'hunter2\nhunter2')}`, /rune that is not one line of text/],
    [`cln+https://h?rune-file=${fileOf('none', '\n')}`,         /rune that is not one line of text/],
    [`lnd+https://h?macaroon-file=${textFile}`,                 /macaroon that is none/],
    [`lnd+https://h?macaroon-file=${macaroonFile}&cert-file=/nowhere`, /cert-file that this user cannot read/],
    [`lnd+https://h?macaroon-file=${macaroonFile}&cert-file=${textFile}`, /no certificate in PEM/],
    ['nwc+file:/nowhere/uri?network=regtest',                   /file for the connection URI that this user cannot read: \/nowhere\/uri$/],
    [`nwc+file:${textFile}`,                                    /does not lead to a wallet: .* nostr\+walletconnect/],
  ];
  for (const [setting, message] of refusals) {
    test(`refused: ${message.source}`, async () => {
      await assert.rejects(
        async () => open(setting),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message.replaceAll(directory, '').replaceAll('hunter2-file', ''), /hunter2/);
          return /^(?:Config|Usage)Error$/.test(error.name);
        },
      );
    });
  }
});
