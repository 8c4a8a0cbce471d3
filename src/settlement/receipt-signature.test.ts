/** S-12: what a gateway signs, to the byte; which signatures count, and which keys can be read. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { GATEWAY, keys, PUBLIC_KEY, signed } from '../../test/rig/funding-commands.ts';
import { receiptOf } from '../../test/rig/settlement-commands.ts';
import { COMMUNITY_POOL, type AccountId } from './accounts.ts';
import { judgeSignature, readPublicKey, signedText } from './receipt-signature.ts';
import type { GatewayReceiptRecord } from './top-up.ts';

const fee = { basisPoints: 1_000n, amount: 5_000n, accountId: COMMUNITY_POOL as AccountId };
const plain = receiptOf('r1', 'account:org:acme' as AccountId, 45_000n, fee).receipt;
const receipt: GatewayReceiptRecord = {
  ...plain,
  external: { amount: 50_000n, currency: 'EUR', paymentRef: 'bank "77" é' },
  occurredAt: '2026-11-21T09:30:00Z',
};

const VECTOR = 'pNG7KPybvxXvzoTj/dLHvDg52UytXUACOqAwmDQw55rJR0SJsiEO/mEgRBTlV2527e1+HlojlICBzA8sEUpaBw==';

test('S-12 the signed text', () => {
  assert.equal(
    signedText(receipt),
    '["purser/receipt/v1","r1","account:org:acme",45000,"ORC","gateway-1",50000,"EUR","bank \\"77\\" é",1000,5000,' +
      '"account:community-pool","2026-11-21T09:30:00Z",null]',
  );
  assert.match(signedText({ ...receipt, fee: null }), /é",null,null,null,"2026/);
});

test('S-12 a signature that anybody can make again: Ed25519 is deterministic', () => {
  assert.equal(PUBLIC_KEY, '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
  assert.equal(signed(receipt).signature, VECTOR);
  assert.equal(judgeSignature({ ...receipt, signature: VECTOR }, keys), 'valid');
});

suite('S-12 verdicts', () => {
  const good = signed(receipt);
  const bytes = Buffer.from(good.signature!, 'base64');
  const flipped = Buffer.from(bytes);
  flipped[0]! ^= 1;
  // prettier-ignore
  const rows: readonly [what: string, receipt: GatewayReceiptRecord, verdict: string][] = [
    ['a good one',               good,                                                                'valid'],
    ['none',                     receipt,                                                             'unsigned'],
    ['of a gateway not known',   { ...good, gatewayNodeId: 'other' },                                 'unknown_key'],
    ['another amount',           { ...good, amount: good.amount + 1n },                               'invalid'],
    ['another account',          { ...good, accountId: 'account:org:thief' as AccountId },            'invalid'],
    ['another id',               { ...good, receiptId: 'r2' },                                        'invalid'],
    ['another external amount',  { ...good, external: { ...good.external, amount: 1n } },             'invalid'],
    ['another currency',         { ...good, external: { ...good.external, currency: 'USD' } },        'invalid'],
    ['another payment',          { ...good, external: { ...good.external, paymentRef: 'x' } },        'invalid'],
    ['no fee',                   { ...good, fee: null },                                              'invalid'],
    ['another time',             { ...good, occurredAt: null },                                       'invalid'],
    ['another policy',           { ...good, policyRef: 'p' },                                         'invalid'],
    ['a bit of it',              { ...good, signature: flipped.toString('base64') },                  'invalid'],
    ['too short',                { ...good, signature: bytes.subarray(1).toString('base64') },        'invalid'],
    ['another spelling',         { ...good, signature: bytes.toString('base64url') },                 'invalid'],
    ['no base64',                { ...good, signature: '!' },                                         'invalid'],
    ['nothing',                  { ...good, signature: '' },                                          'invalid'],
  ];
  for (const [what, each, verdict] of rows) test(what, () => assert.equal(judgeSignature(each, keys), verdict));
});

suite('public keys', () => {
  const known = keys.get(GATEWAY)!;
  const readable = [
    PUBLIC_KEY,
    known.export({ format: 'pem', type: 'spki' }),
    known.export({ format: 'der', type: 'spki' }).toString('base64'),
  ];
  for (const text of readable) test(`read: ${text.slice(0, 16)}`, () => assert.ok(readPublicKey(text)?.equals(known)));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
  const x25519 = generateKeyPairSync('x25519').publicKey;
  const others = ['', 'key', PUBLIC_KEY.slice(4), '-----BEGIN PUBLIC KEY-----'];
  for (const text of others) test(`none: "${text}"`, () => assert.equal(readPublicKey(text), undefined));
  for (const other of [rsa, x25519])
    test(`none: ${other.asymmetricKeyType}`, () =>
      assert.equal(readPublicKey(other.export({ format: 'pem', type: 'spki' })), undefined));
});
