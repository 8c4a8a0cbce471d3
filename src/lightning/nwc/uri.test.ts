/** The connection URI of a Nostr wallet: what is read, and what is refused without repeating it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readConnectionUri } from './uri.ts';

const KEY = 'ab'.repeat(32);
const SECRET = 'cd'.repeat(32);

suite('connection URI (NIP-47)', () => {
  test('one relay or several; a line end of the file does not matter', () => {
    const uri = `nostr+walletconnect://${KEY.toUpperCase()}?relay=wss%3A%2F%2Fone.example&relay=ws://two.example:7000/x&secret=${SECRET}&lud16=a@b\n`;
    assert.deepEqual(readConnectionUri(uri), {
      walletKey: KEY,
      secretKey: new Uint8Array(32).fill(0xcd),
      relays: ['wss://one.example', 'ws://two.example:7000/x'],
    });
    assert.equal(readConnectionUri(`nostr+walletconnect:${KEY}?relay=wss://r&secret=${SECRET}`).walletKey, KEY);
  });

  // prettier-ignore
  const rows: [string, RegExp][] = [
    ['',                                                             /does not begin with nostr\+walletconnect/],
    [`https://${KEY}?relay=wss://r&secret=${SECRET}`,                /does not begin/],
    [`nostr+walletconnect://${KEY.slice(1)}?relay=wss://r&secret=${SECRET}`, /key of a wallet/],
    [`nostr+walletconnect://${KEY}?relay=wss://r`,                   /no secret of 64 hex digits/],
    [`nostr+walletconnect://${KEY}?relay=wss://r&secret=${SECRET}0`, /no secret of 64 hex digits/],
    [`nostr+walletconnect://${KEY}?secret=${SECRET}`,                /names no relay/],
    [`nostr+walletconnect://${KEY}?relay=https://r&secret=${SECRET}`, /not ws:/],
    [`nostr+walletconnect://${KEY}?relay=r&secret=${SECRET}`,        /not ws:/],
  ];
  for (const [uri, message] of rows) {
    test(`refused: ${message.source}: ${uri.length} characters`, () => {
      assert.throws(
        () => readConnectionUri(uri),
        (error: Error) => {
          assert.equal(error.name, 'LightningRefused');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /cdcd|abab/);
          return true;
        },
      );
    });
  }
});
