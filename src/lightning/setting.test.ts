/** The one setting of Lightning (N-01): every form, and what is refused by name. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LightningSettingError, readLightningSetting } from './setting.ts';

const bitcoin = { certificateFile: undefined, network: 'bitcoin' };

// prettier-ignore
const forms: readonly [string, object][] = [
  ['sandbox', { backend: 'sandbox' }],
  ['lnd+https://node:8080?macaroon-file=/a/invoices.macaroon&cert-file=/a/tls.cert',
    { backend: 'lnd', url: 'https://node:8080', secret: { file: '/a/invoices.macaroon' }, certificateFile: '/a/tls.cert', network: 'bitcoin' }],
  ['lnd+https://[::1]:8080?macaroon-env=LND_MACAROON&network=regtest',
    { backend: 'lnd', url: 'https://[::1]:8080', secret: { variable: 'LND_MACAROON' }, certificateFile: undefined, network: 'regtest' }],
  ['cln+https://node:3010?rune-file=/a+b/purser%20rune', { backend: 'cln', url: 'https://node:3010', secret: { file: '/a+b/purser rune' }, ...bitcoin }],
  ['phoenixd+http://127.0.0.1:9740?password-file=p', { backend: 'phoenixd', url: 'http://127.0.0.1:9740', secret: { file: 'p' }, ...bitcoin }],
  ['phoenixd+http://localhost:9740/?password-file=p', { backend: 'phoenixd', url: 'http://localhost:9740', secret: { file: 'p' }, ...bitcoin }],
  ['phoenixd+https://wallet.example?password-file=p', { backend: 'phoenixd', url: 'https://wallet.example', secret: { file: 'p' }, ...bitcoin }],
  ['nwc+file:/a/nwc-uri', { backend: 'nwc', secret: { file: '/a/nwc-uri' }, network: 'bitcoin' }],
  ['nwc+file:/a/nwc-uri?network=signet', { backend: 'nwc', secret: { file: '/a/nwc-uri' }, network: 'signet' }],
  ['nwc+file:/a+b/nwc & uri', { backend: 'nwc', secret: { file: '/a+b/nwc & uri' }, network: 'bitcoin' }],
  ['nwc+env:NWC_URI?network=testnet', { backend: 'nwc', secret: { variable: 'NWC_URI' }, network: 'testnet' }],
];

// prettier-ignore
const refusals: readonly [string, RegExp][] = [
  ['',                                                     /must be sandbox, lnd\+https/],
  ['eclair+https://node?password-file=p',                  /must be sandbox/],
  ['lnd+https://?macaroon-file=p',                         /does not name a host/],
  ['lnd+http://127.0.0.1:8080?macaroon-file=p',            /must say lnd\+https/],
  ['cln+http://node:3010?rune-file=p',                     /must say cln\+https/],
  ['phoenixd+http://10.0.0.1:9740?password-file=p',        /unless phoenixd is on this machine/],
  ['lnd+https://node:8080/v1?macaroon-file=p',             /nothing between the host/],
  ['lnd+https://node:8080?macaroon-file=p#x',              /nothing between the host/],
  ['lnd+https://node:8080',                                /needs macaroon-file=PATH or macaroon-env/],
  ['lnd+https://node:8080?macaroon-file=p&macaroon-env=V', /one of them/],
  ['lnd+https://node:8080?macaroon-file=p&macaroon-file=q', /macaroon-file twice/],
  ['lnd+https://node:8080?macaroon-file=',                 /macaroon-file without a value/],
  ['lnd+https://node:8080?rune-file=p',                    /option that lnd does not know; it knows macaroon-file/],
  ['lnd+https://node:8080?macaroon-file=p&network=main',   /network must be one of bitcoin/],
  ['nwc+file:',                                            /must be nwc\+file:PATH or nwc\+env:VARIABLE, with \?network=/],
  ['nwc?network=regtest',                                  /must be nwc\+file:PATH/],
  ['nwc+wss://relay.example',                              /must be nwc\+file:PATH/],
  ['nwc+file:/a/nwc-uri?network=main',                     /network must be one of bitcoin/],
  ['nwc+file:/a/nwc-uri?net=regtest',                      /option that nwc does not know; it knows network/],
];

// prettier-ignore
const secrets: readonly [string, RegExp][] = [
  ['lnd+https://node:8080?macaroon=hunter2',         /macaroon-file=PATH/],
  ['cln+https://node:3010?rune=hunter2',             /rune-file=PATH/],
  ['phoenixd+http://:hunter2@127.0.0.1:9740',        /password-file=PATH/],
  ['phoenixd+http://127.0.0.1:9740?Password=hunter2', /password-file=PATH/],
  ['nostr+walletconnect://ab?secret=hunter2',        /nwc\+file:PATH/],
  ['nwc?uri=hunter2',                                /nwc\+file:PATH/],
  ['nwc+file:/a?secret=hunter2',                     /nwc\+file:PATH/],
  ['lnd+https://node:8080?hunter2=x',                /does not know/],
  ['lnd+ftp://hunter2',                              /must be sandbox/],
];

suite('N-01: the Lightning setting', () => {
  for (const [text, setting] of forms) {
    test(text, () => {
      assert.deepEqual(readLightningSetting(text), setting);
    });
  }

  for (const [text, message] of refusals) {
    test(`refused: ${text}`, () => {
      assert.throws(() => readLightningSetting(text), { name: 'LightningSettingError', message });
    });
  }

  for (const [text, message] of secrets) {
    test(`a secret is refused and not repeated: ${text.replace('hunter2', '…')}`, () => {
      assert.throws(
        () => readLightningSetting(text),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2/);
          return error instanceof LightningSettingError;
        },
      );
    });
  }
});
