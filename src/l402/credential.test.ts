/** Every form in which clients send what they paid for, and that nothing else is taken for one. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { presentedIn, type CredentialFault } from './credential.ts';
import { encodeIdentifier } from './identifier.ts';
import { attenuate, encodeMacaroon, mintMacaroon, type Macaroon } from './macaroon.ts';

const PREIMAGE = 'c0ffee00'.repeat(8);
const identity = { paymentHash: 'fb'.repeat(32), tokenId: 'ef'.repeat(32) };
const macaroon = mintMacaroon(Buffer.alloc(32, 7), {
  location: 'purser',
  identifier: encodeIdentifier(identity),
  caveats: ['services=otb:0', 'otb_decision=dec-10'],
});

const base64 = (of: Macaroon): string => encodeMacaroon(of).toString('base64');
const token = base64(macaroon);
const urlSafe = encodeMacaroon(macaroon).toString('base64url');
const withCaveat = (caveat: string): string => base64(attenuate(macaroon, caveat));

suite('L-02: credentials', () => {
  assert.ok(/[+/]/.test(token) && token.endsWith('='), 'the token tells the variants of base64 apart');

  const good: readonly [what: string, ...lines: string[]][] = [
    ['as in the specification', `L402 ${token}:${PREIMAGE}`],
    ['the older scheme', `LSAT ${token}:${PREIMAGE}`],
    ['a scheme in lower case', `l402 ${token}:${PREIMAGE}`],
    ['a scheme in mixed case', `Lsat ${token}:${PREIMAGE}`],
    ['several blanks', `L402    ${token}:${PREIMAGE}`],
    ['blanks around', `  L402 ${token}:${PREIMAGE}  `],
    ['a preimage in capitals', `L402 ${token}:${PREIMAGE.toUpperCase()}`],
    ['without padding', `L402 ${token.replaceAll('=', '')}:${PREIMAGE}`],
    ['safe in URLs', `L402 ${urlSafe}:${PREIMAGE}`],
    ['safe in URLs, with padding', `L402 ${urlSafe.padEnd(token.length, '=')}:${PREIMAGE}`],
    ['two lines, as clients of the LND family send them', `LSAT ${token}:${PREIMAGE}`, `L402 ${token}:${PREIMAGE}`],
    ['two lines joined into one', `LSAT ${token}:${PREIMAGE}, L402 ${token}:${PREIMAGE}`],
    ['two lines in other spellings', `LSAT ${token}:${PREIMAGE}`, `L402 ${urlSafe}:${PREIMAGE.toUpperCase()}`],
    ['beside a key', 'Bearer pk_0123456789abcdef_00', `L402 ${token}:${PREIMAGE}`],
    ['joined with a key', `Bearer pk_0123456789abcdef_00, L402 ${token}:${PREIMAGE}`],
  ];
  for (const [what, ...lines] of good) {
    test(what, () => {
      const presented = presentedIn(lines);
      assert.ok(presented.kind === 'credential', JSON.stringify(presented));
      assert.deepEqual(presented.credential.identifier, identity);
      assert.equal(presented.credential.preimage, PREIMAGE);
      assert.deepEqual(encodeMacaroon(presented.credential.macaroon), encodeMacaroon(macaroon));
    });
  }

  const caveatRows: readonly [what: string, line: string][] = [
    ['in the macaroon only', `L402 ${withCaveat(`preimage=${PREIMAGE}`)}`],
    ['in the macaroon only, behind a colon nothing', `L402 ${withCaveat(`preimage=${PREIMAGE}`)}:`],
    ['in both', `L402 ${withCaveat(`preimage=${PREIMAGE}`)}:${PREIMAGE}`],
    ['in both, in capitals once', `L402 ${withCaveat(`preimage=${PREIMAGE.toUpperCase()}`)}:${PREIMAGE}`],
    ['behind the colon, with a stranger’s caveat', `L402 ${withCaveat('ip=10.0.0.1')}:${PREIMAGE}`],
  ];
  for (const [what, line] of caveatRows) {
    test(`a preimage ${what}`, () => {
      const presented = presentedIn([line]);
      assert.ok(presented.kind === 'credential', JSON.stringify(presented));
      assert.equal(presented.credential.preimage, PREIMAGE);
    });
  }

  const others: readonly [what: string, ...lines: string[]][] = [
    ['no line'],
    ['an empty line', ''],
    ['a key', 'Bearer pk_0123456789abcdef_00'],
    ['a password', 'Basic dXNlcjpwYXNz'],
    ['another scheme of payments', 'Payment eyJpZCI6MX0'],
    ['a scheme that begins like ours', `L402x ${token}:${PREIMAGE}`],
    ['a token without a scheme', `${token}:${PREIMAGE}`],
  ];
  for (const [what, ...lines] of others)
    test(`nothing of ours: ${what}`, () => assert.deepEqual(presentedIn(lines), { kind: 'none' }));

  const other = base64(attenuate(macaroon, 'ip=10.0.0.1'));
  const thirtyThree = Array.from({ length: limits.caveatsMax }, (_, index) => `${index}=`).reduce(attenuate, macaroon);
  const faults: readonly [what: string, reason: CredentialFault, ...lines: string[]][] = [
    ['a scheme alone', 'not_a_macaroon', 'L402'],
    ['a macaroon without a preimage', 'no_preimage', `L402 ${token}`],
    ['nothing behind the colon', 'no_preimage', `L402 ${token}:`],
    ['a preimage without a macaroon', 'not_a_macaroon', `L402 :${PREIMAGE}`],
    ['several macaroons', 'several_macaroons', `L402 ${token},${token}:${PREIMAGE}`],
    ['several macaroons with blanks', 'several_macaroons', `L402 ${token}, ${token}:${PREIMAGE}`],
    ['a preimage that is too short', 'bad_preimage', `L402 ${token}:${PREIMAGE.slice(2)}`],
    ['a preimage that is too long', 'bad_preimage', `L402 ${token}:${PREIMAGE}00`],
    ['a preimage that is no hex', 'bad_preimage', `L402 ${token}:${'xy'.repeat(32)}`],
    ['a second colon', 'bad_preimage', `L402 ${token}:${PREIMAGE}:00`],
    ['a preimage caveat that is none', 'bad_preimage', `L402 ${withCaveat('preimage=0')}:${PREIMAGE}`],
    ['two preimages', 'differing_preimages', `L402 ${withCaveat(`preimage=${'00'.repeat(32)}`)}:${PREIMAGE}`],
    ['two lines that differ', 'differing_lines', `LSAT ${token}:${PREIMAGE}`, `L402 ${other}:${PREIMAGE}`],
    ['two preimages in two lines', 'differing_lines', `L402 ${token}:${PREIMAGE}`, `L402 ${token}:${'00'.repeat(32)}`],
    ['a good line and a bad one', 'no_preimage', `LSAT ${token}:${PREIMAGE}`, `L402 ${token}`],
    ['hex instead of base64', 'not_a_macaroon', `L402 ${encodeMacaroon(macaroon).toString('hex')}:${PREIMAGE}`],
    ['a blank inside', 'not_a_macaroon', `L402 ${token} :${PREIMAGE}`],
    ['a cut token', 'not_a_macaroon', `L402 ${token.slice(0, -8)}:${PREIMAGE}`],
    ['a token in quotes', 'not_a_macaroon', `L402 "${token}":${PREIMAGE}`],
    ['a token that is too long', 'too_long', `L402 ${'A'.repeat(limits.macaroonCharactersMax + 1)}:${PREIMAGE}`],
    ['too many caveats', 'too_many_caveats', `L402 ${base64(thirtyThree)}:${PREIMAGE}`],
    [
      'an identifier of somebody else',
      'unknown_identifier',
      `L402 ${base64({ ...macaroon, identifier: Buffer.from('id') })}:${PREIMAGE}`,
    ],
  ];
  for (const [what, reason, ...lines] of faults)
    test(`malformed: ${what}`, () => assert.deepEqual(presentedIn(lines), { kind: 'malformed', reason }));

  test('the longest token that is allowed is read', () => {
    // 3,072 bytes are 4,096 characters; three bytes are the condition's field around its text.
    const text = 'x'.repeat((limits.macaroonCharactersMax / 4) * 3 - encodeMacaroon(macaroon).length - 4);
    assert.equal(withCaveat(text).length, limits.macaroonCharactersMax);
    assert.equal(presentedIn([`L402 ${withCaveat(text)}:${PREIMAGE}`]).kind, 'credential');
    assert.deepEqual(presentedIn([`L402 ${withCaveat(`${text}x`)}:${PREIMAGE}`]), {
      kind: 'malformed',
      reason: 'too_long',
    });
  });

  test('what lsat-js sends is read', () => {
    const { Lsat } = createRequire(import.meta.url)('lsat-js') as {
      Lsat: { fromMacaroon(macaroon: string): { paymentPreimage: string; toToken(): string } };
    };
    const lsat = Lsat.fromMacaroon(token);
    lsat.paymentPreimage = PREIMAGE;
    assert.equal(presentedIn([lsat.toToken()]).kind, 'credential');
  });

  test('whatever is sent is read or refused, never an error', () => {
    const pieces = fc.constantFrom(
      'L402 ',
      'lsat',
      ' ',
      ':',
      ',',
      '=',
      token,
      urlSafe,
      PREIMAGE,
      token.slice(0, 100),
      'Bearer ',
    );
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(pieces, fc.string()), { maxLength: 8 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const presented = presentedIn(lines);
        if (presented.kind !== 'credential') return;
        assert.match(presented.credential.preimage, /^[0-9a-f]{64}$/);
        assert.deepEqual(presented.credential.identifier, identity);
      }),
      { numRuns: 2_000 },
    );
  });
});
