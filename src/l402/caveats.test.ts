/** Which conditions a token is minted with, and what repeats and strangers' conditions do to it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { caveatsFor, checkCaveats, valuesOf, type Occasion } from './caveats.ts';

const DIGEST = 'ab'.repeat(32);
const terms = { decisionId: 'dec-1', requestDigest: DIGEST, validUntilSeconds: 1_000 };
const minted = caveatsFor(terms);
const now: Occasion = { decisionId: 'dec-1', requestDigest: DIGEST, nowSeconds: 999 };

const bytes = (caveats: readonly string[]): Uint8Array[] => caveats.map((caveat) => Buffer.from(caveat));

suite('L-04: caveats', () => {
  test('a token names service, capability, end, decision and request', () => {
    assert.deepEqual(minted, [
      'services=otb:0',
      'otb_capabilities=gate',
      'otb_valid_until=1000',
      'otb_decision=dec-1',
      `otb_request=${DIGEST}`,
    ]);
  });

  test('it is minted with nothing left open', () => {
    assert.throws(() => caveatsFor({ ...terms, decisionId: '' }));
    assert.throws(() => caveatsFor({ ...terms, requestDigest: DIGEST.toUpperCase() }));
    for (const validUntilSeconds of [1.5, -1, Number.NaN, Infinity])
      assert.throws(() => caveatsFor({ ...terms, validUntilSeconds }));
  });

  const rows: readonly [what: string, caveats: readonly string[], occasion: Partial<Occasion>, expected: string][] = [
    ['as minted', minted, {}, 'valid'],
    ['in its last second', minted, { nowSeconds: 1_000 }, 'valid'],
    ['a second later', minted, { nowSeconds: 1_001 }, 'expired'],
    ['for another decision', minted, { decisionId: 'dec-2' }, 'other_decision'],
    ['for another request', minted, { requestDigest: 'cd'.repeat(32) }, 'other_request'],
    ['of another service', ['services=somebody:0', ...minted.slice(1)], {}, 'other_service'],
    ['of a higher tier only', ['services=otb:1', ...minted.slice(1)], {}, 'other_service'],
    ['of several services, ours among them', ['services=somebody:0,otb:0', ...minted.slice(1)], {}, 'valid'],
    ['the same again', [...minted, ...minted], {}, 'valid'],
    ['an earlier end', [...minted, 'otb_valid_until=999'], {}, 'valid'],
    ['an earlier end that has passed', [...minted, 'otb_valid_until=998'], {}, 'expired'],
    ['a later end', [...minted, 'otb_valid_until=1001'], {}, 'caveat_loosened'],
    ['an earlier end, then the old one', [...minted, 'otb_valid_until=500', minted[2]!], {}, 'caveat_loosened'],
    ['an end that is no number', [...minted, 'otb_valid_until=soon'], {}, 'caveat_loosened'],
    ['an end in hex', [...minted, 'otb_valid_until=0x1'], {}, 'caveat_loosened'],
    ['an empty end', [...minted, 'otb_valid_until='], {}, 'caveat_loosened'],
    ['a negative end', [...minted, 'otb_valid_until=-1'], {}, 'caveat_loosened'],
    ['another decision', [...minted, 'otb_decision=dec-2'], {}, 'caveat_loosened'],
    [
      'another decision, which is asked for',
      [...minted, 'otb_decision=dec-2'],
      { decisionId: 'dec-2' },
      'caveat_loosened',
    ],
    ['another request', [...minted, `otb_request=${'cd'.repeat(32)}`], {}, 'caveat_loosened'],
    ['one more service', [...minted, 'services=otb:0,more:0'], {}, 'caveat_loosened'],
    ['a higher tier', [...minted, 'services=otb:1'], {}, 'caveat_loosened'],
    ['for something else than the gate', minted.with(1, 'otb_capabilities=export'), {}, 'other_service'],
    ['one more capability', [...minted, 'otb_capabilities=gate,export'], {}, 'caveat_loosened'],
    ['a preimage', [...minted, `preimage=${'ee'.repeat(32)}`], {}, 'valid'],
    ['strangers', [...minted, 'expiration=1', 'ip=10.0.0.1', 'no condition', '=', ''], {}, 'valid'],
    ['names that only begin like ours', [...minted, 'otb_decisions=dec-2', 'services_=x', ' services=x'], {}, 'valid'],
    ['nothing', [], {}, 'caveat_missing'],
    ...minted.map((caveat, index): [string, readonly string[], Partial<Occasion>, string] => [
      `without ${caveat}`,
      minted.toSpliced(index, 1),
      {},
      'caveat_missing',
    ]),
  ];
  for (const [what, caveats, occasion, expected] of rows)
    test(what, () => assert.equal(checkCaveats(bytes(caveats), { ...now, ...occasion }), expected));

  test('whatever is appended, a token never becomes good for what it was not', () => {
    const names = fc.constantFrom(
      'services',
      'otb_capabilities',
      'otb_decision',
      'otb_request',
      'otb_valid_until',
      'preimage',
    );
    const value = fc.oneof(fc.constantFrom('otb:0', 'dec-1', 'dec-2', DIGEST, '5000', '10', ''), fc.string());
    const appended = fc.array(
      fc.tuple(names, value).map(([name, text]) => `${name}=${text}`),
      { maxLength: 6 },
    );
    const occasion = fc.record({
      decisionId: fc.constantFrom('dec-1', 'dec-2'),
      requestDigest: fc.constantFrom(DIGEST, 'cd'.repeat(32)),
      nowSeconds: fc.constantFrom(5, 999, 1_000, 1_001, 4_999),
    });
    fc.assert(
      fc.property(appended, occasion, (more, when) => {
        if (checkCaveats(bytes([...minted, ...more]), when) === 'valid')
          assert.equal(checkCaveats(bytes(minted), when), 'valid');
      }),
      { numRuns: 1_000 },
    );
  });

  test('bytes that are no text are a stranger’s condition', () => {
    assert.equal(checkCaveats([...bytes(minted), Uint8Array.of(0xff, 0x3d)], now), 'valid');
  });

  test('values are split at the first sign of equality', () => {
    assert.deepEqual(valuesOf(bytes(['a=b=c', 'ab=d', 'a=', 'a']), 'a'), ['b=c', '']);
  });
});
