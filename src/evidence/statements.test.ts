/** Signed texts have one spelling, and none passes for another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSigner } from '../../test/rig/evidence-stage.ts';
import { checkpointText, introductionText, isSignedBy, readCheckpoint, readSeal, sealText } from './statements.ts';

const checkpoint = { seq: 7, chain: 'ab'.repeat(32), signedAt: '2026-11-21T12:00:00.000Z', keyId: 'key' };

test('B-06: a checkpoint is no seal, and a seal no checkpoint', () => {
  const text = checkpointText(checkpoint);
  assert.deepEqual(readCheckpoint(text), checkpoint);
  assert.equal(readSeal(text), undefined);
  const seal = sealText('digest', checkpoint.signedAt, 'key');
  assert.deepEqual(readSeal(seal), { digest: 'digest', keyId: 'key' });
  assert.equal(readCheckpoint(seal), undefined);
  assert.equal(readSeal(introductionText(2, 'key', checkpoint.signedAt)), undefined);
});

test('B-06: only the spelling that is signed is read', () => {
  const text = checkpointText(checkpoint);
  for (const other of [` ${text}`, text.replace(',', ', '), text.replace('7', '7.0'), text.replace('7', '"7"'), 'no'])
    assert.equal(readCheckpoint(other), undefined, other);
});

test('B-06: a signature of another key, of another text, or in another spelling is none', () => {
  const [signer, other] = [testSigner(), testSigner()];
  const signed = signer.sign('text');
  const [key] = signer.keys;
  assert.ok(isSignedBy(signed, key!));
  assert.ok(!isSignedBy(signed, other.keys[0]!));
  assert.ok(!isSignedBy({ ...signed, text: 'texts' }, key!));
  assert.ok(!isSignedBy({ ...signed, signature: `${signed.signature}\n` }, key!));
  assert.ok(!isSignedBy(signed, { ...key!, public_key: other.keys[0]!.public_key }), 'an id of another key');
  assert.ok(!isSignedBy(signed, { ...key!, public_key: 'no key' }));
});
