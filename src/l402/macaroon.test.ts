/** The macaroons that others read: every byte as npm's `macaroon` writes it, and back. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { attenuate, decodeMacaroon, encodeMacaroon, isSignedBy, mintMacaroon, type Macaroon } from './macaroon.ts';

/** Of npm's `macaroon`, which comes without types. */
interface NpmMacaroon {
  readonly caveats: readonly { readonly identifier: Uint8Array }[];
  readonly identifier: Uint8Array;
  readonly location: string;
  readonly signature: Uint8Array;
  addFirstPartyCaveat(caveat: string | Uint8Array): void;
  addThirdPartyCaveat(rootKey: Uint8Array, caveat: string, location: string): void;
  /** Doubles its buffer with every field: only for the smallest macaroons. */
  exportBinary(): Uint8Array;
  exportJSON(): unknown;
  verify(rootKey: Uint8Array, check: (caveat: string) => string | null): void;
}

const npm = createRequire(import.meta.url)('macaroon') as {
  importMacaroon(bytes: Uint8Array): NpmMacaroon;
  newMacaroon(parts: { identifier: Uint8Array; location?: string; rootKey: Uint8Array }): NpmMacaroon;
};

const rootKey = Buffer.from('11'.repeat(32), 'hex');
const identifier = Buffer.from(`0000${'aa'.repeat(32)}${'bb'.repeat(32)}`, 'hex');
const caveats = ['services=otb:0', 'otb_decision=dec-1', 'ünïcode=✓', ''];
const plain = mintMacaroon(rootKey, { location: 'purser', identifier, caveats });

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyIdentifier = fc.uint8Array({ maxLength: 300 });
const anyCaveats = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 8 });
const anyLocation = fc.string({ unit: 'grapheme', maxLength: 200 });

const readable = (bytes: Uint8Array): Macaroon => {
  const read = decodeMacaroon(bytes);
  if (typeof read === 'string') assert.fail(read);
  return read;
};

suite('macaroons', () => {
  test('L-09: a macaroon has the bytes and the signature that the published implementations give it', () => {
    const bare = mintMacaroon(rootKey, { location: 'purser', identifier, caveats: ['services=otb:0'] });
    assert.equal(
      encodeMacaroon(bare).toString('hex'),
      '0201067075727365720242' + // version 2; location, 6 bytes; identifier, 66 bytes
        `${identifier.toString('hex')}00` +
        `020e${Buffer.from('services=otb:0').toString('hex')}00` +
        '00' +
        '0620b59567bb24878870176d3baf4a943a365926c15e57dcda663ff1273a2927d477',
    );
  });

  const mintedByNpm = (
    key: Uint8Array,
    id: Uint8Array,
    location: string,
    conditions: readonly string[],
  ): NpmMacaroon => {
    const theirs = npm.newMacaroon({ identifier: id, location, rootKey: key });
    for (const condition of conditions) theirs.addFirstPartyCaveat(condition);
    return theirs;
  };

  test('L-09: npm macaroon mints the same bytes', () => {
    const few = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 1 });
    fc.assert(
      fc.property(anyKey, anyIdentifier, anyLocation, few, (key, id, location, conditions) => {
        const theirs = mintedByNpm(key, id, location, conditions).exportBinary();
        const ours = mintMacaroon(key, { location, identifier: id, caveats: conditions });
        assert.deepEqual(encodeMacaroon(ours), Buffer.from(theirs));
        assert.ok(isSignedBy(key, readable(theirs)));
      }),
      { numRuns: 20 },
    );
  });

  test('L-09: npm macaroon reads from our bytes what it would have minted itself', () => {
    fc.assert(
      fc.property(anyKey, anyIdentifier, anyLocation, anyCaveats, (key, id, location, conditions) => {
        const ours = mintMacaroon(key, { location, identifier: id, caveats: conditions });
        const theirs = mintedByNpm(key, id, location, conditions);
        assert.deepEqual(npm.importMacaroon(encodeMacaroon(ours)).exportJSON(), theirs.exportJSON());
        assert.deepEqual(Buffer.from(ours.signature), Buffer.from(theirs.signature));
      }),
    );
  });

  test('L-09: npm macaroon verifies ours, adds to it, and signs the addition as we do', () => {
    const theirs = npm.importMacaroon(encodeMacaroon(plain));
    const seen: string[] = [];
    theirs.verify(rootKey, (caveat) => {
      seen.push(caveat);
      return null;
    });
    assert.deepEqual(seen, caveats);
    const preimage = `preimage=${'cc'.repeat(32)}`;
    theirs.addFirstPartyCaveat(preimage);
    const narrower = {
      ...plain,
      caveats: theirs.caveats.map((caveat) => caveat.identifier),
      signature: theirs.signature,
    };
    assert.equal(isSignedBy(rootKey, narrower), true);
    assert.deepEqual(encodeMacaroon(narrower), encodeMacaroon(attenuate(plain, preimage)));
  });

  test('L-09: what we attenuate verifies with npm macaroon, under no other key', () => {
    const narrower = npm.importMacaroon(encodeMacaroon(attenuate(plain, 'otb_valid_until=1')));
    narrower.verify(rootKey, () => null);
    assert.throws(() => narrower.verify(Buffer.alloc(32), () => null));
  });

  test('what was written is read again', () => {
    fc.assert(
      fc.property(anyKey, anyIdentifier, anyLocation, anyCaveats, (key, id, location, conditions) => {
        const minted = mintMacaroon(key, { location, identifier: id, caveats: conditions });
        const read = readable(encodeMacaroon(minted));
        assert.equal(read.location, location);
        assert.deepEqual(
          read.caveats.map((caveat) => Buffer.from(caveat).toString()),
          conditions,
        );
        assert.equal(isSignedBy(key, read), true);
      }),
    );
  });

  test('one macaroon has one spelling: whatever is read is written again byte for byte', () => {
    const sealed = encodeMacaroon(plain);
    const damaged = fc
      .tuple(fc.nat(sealed.length - 1), fc.uint8Array({ maxLength: 3 }), fc.nat(3))
      .map(([at, put, cut]) => Buffer.concat([sealed.subarray(0, at), put, sealed.subarray(at + cut)]));
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from([2, ...bytes])),
        ),
        (bytes) => {
          const read = decodeMacaroon(bytes);
          if (typeof read === 'string') return;
          assert.deepEqual(encodeMacaroon(read), bytes);
          // The location is a hint that nobody signs; any other change is a forgery.
          assert.equal(isSignedBy(rootKey, read), encodeMacaroon({ ...read, location: 'purser' }).equals(sealed));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a macaroon that is cut off anywhere, or goes on, is none', () => {
    const bytes = encodeMacaroon(plain);
    for (let length = 0; length < bytes.length; length++)
      assert.equal(decodeMacaroon(bytes.subarray(0, length)), 'not_a_macaroon', `${length} bytes`);
    assert.equal(decodeMacaroon(Buffer.concat([bytes, Buffer.alloc(1)])), 'not_a_macaroon');
    assert.equal(decodeMacaroon(Buffer.concat([bytes, bytes])), 'not_a_macaroon');
  });

  test('a caveat that is left out, changed or moved breaks the signature', () => {
    const [first, second, ...rest] = plain.caveats;
    const forged = [
      [second!, ...rest],
      [second!, first!, ...rest],
      [first!, Buffer.from('otb_decision=dec-2'), ...rest],
      [],
    ];
    for (const conditions of forged) assert.equal(isSignedBy(rootKey, { ...plain, caveats: conditions }), false);
    assert.equal(isSignedBy(rootKey, { ...plain, identifier: Buffer.from('another') }), false);
    assert.equal(isSignedBy(rootKey, { ...plain, signature: plain.signature.subarray(1) }), false);
    assert.equal(isSignedBy(Buffer.alloc(32), plain), false);
    assert.equal(isSignedBy(rootKey, plain), true);
  });

  test('the caveats that are allowed are read, one more is refused', () => {
    const conditions = Array.from({ length: limits.caveatsMax }, (_, index) => `caveat=${index}`);
    const full = mintMacaroon(rootKey, { location: '', identifier, caveats: conditions });
    assert.equal(typeof decodeMacaroon(encodeMacaroon(full)), 'object');
    assert.equal(decodeMacaroon(encodeMacaroon(attenuate(full, 'caveat=more'))), 'too_many_caveats');
  });

  test('a caveat of a third party is refused', () => {
    const theirs = npm.newMacaroon({ identifier, rootKey });
    theirs.addThirdPartyCaveat(rootKey, 'somebody else says so', '');
    assert.equal(decodeMacaroon(theirs.exportBinary()), 'third_party_caveat');
  });

  const tail = `0620${'00'.repeat(32)}`;
  const rows: readonly [what: string, hex: string][] = [
    ['nothing', ''],
    ['version 1', `01020161000000${tail}`],
    ['no identifier', `0200 00 ${tail}`],
    ['the numbers of the published page', `02 06016c 010161 00 00 0220${'00'.repeat(32)}`],
    ['a verification id in the header', `02 020161 040161 00 00 ${tail}`],
    ['fields out of order', `02 020161 010161 00 00 ${tail}`],
    ['two identifiers', `02 020161 020161 00 00 ${tail}`],
    ['an unknown field', `02 020161 030161 00 00 ${tail}`],
    ['an empty location', `02 0100 020161 00 00 ${tail}`],
    ['a location that is no text', `02 0101ff 020161 00 00 ${tail}`],
    ['a length in more bytes than needed', `02 02810061 00 00 ${tail}`],
    ['a length beyond all bounds', `02 02ffffffff7f61 00 00 ${tail}`],
    ['a caveat without a condition', `02 020161 00 010161 00 00 ${tail}`],
    ['a short signature', `02 020161 00 00 061f${'00'.repeat(31)}`],
    ['a long signature', `02 020161 00 00 0621${'00'.repeat(33)}`],
  ];
  for (const [what, hex] of rows)
    test(`no macaroon: ${what}`, () =>
      assert.equal(decodeMacaroon(Buffer.from(hex.replaceAll(' ', ''), 'hex')), 'not_a_macaroon'));
});
