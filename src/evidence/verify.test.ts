/** Sound evidence passes; whatever is changed in it, even by somebody who can sign, is found. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DECISION, MERCHANT, stageEvidence, testSigner } from '../../test/rig/evidence-stage.ts';
import { NODE_PUBLIC_KEY, signInvoice } from '../../test/rig/sign-invoice.ts';
import { contentDigest, type Evidence, type EvidenceContent } from './evidence.ts';
import { sealText, type Signer } from './statements.ts';
import { verifyEvidence } from './verify.ts';

const signer = testSigner();
const evidence = stageEvidence({ signer });
const text = JSON.stringify(evidence);
const invoice = evidence.content.invoice!;

test('B-06: sound evidence passes, says what it proves and what it cannot', () => {
  const report = verifyEvidence(text);
  assert.deepEqual(
    report.checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual([report.ok, report.decision_id, report.merchant_id], [true, DECISION, MERCHANT]);
  assert.equal(report.signed_by, signer.keyId);
  assert.ok(report.proves.some((line) => line.includes(NODE_PUBLIC_KEY)));
  assert.ok(report.does_not_prove.length >= 4);
  assert.ok(verifyEvidence(`${JSON.stringify(evidence, undefined, 2)}\n`).ok, 'indented');
});

/** Every value of a JSON document that is no object and no list, by its path. */
function leavesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

type Json = { [name: string]: Json | string | number | null };

function changedAt(path: readonly string[], change: (value: Json[string]) => Json[string]): string {
  const copy = JSON.parse(text) as Json;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Json;
  const last = path.at(-1)!;
  at[last] = change(at[last]!);
  return JSON.stringify(copy);
}

test('B-06: every value of the file, changed, is found', () => {
  const paths = leavesOf(evidence);
  assert.ok(paths.length > 45, 'the file has many values');
  for (const path of paths) {
    const other = changedAt(path, (value) =>
      typeof value === 'number' ? value + 1 : typeof value === 'string' ? flipped(value) : 'something',
    );
    assert.equal(verifyEvidence(other).ok, false, path.join('.'));
  }
});

/** One letter in the middle becomes another. */
function flipped(value: string): string {
  const middle = Math.floor(value.length / 2);
  return `${value.slice(0, middle)}${value[middle] === 'a' ? 'b' : 'a'}${value.slice(middle + 1)}`;
}

test('B-06: every member and item, taken away or doubled, is found', () => {
  const lists = ['facts', 'checkpoints', 'left_out', 'keys'] as const;
  for (const name of lists) {
    const list = evidence.content[name];
    for (const other of [list.slice(1), list.slice(0, -1), [...list, ...list.slice(0, 1)]]) {
      const content = { ...evidence.content, [name]: other };
      assert.equal(verifyEvidence(JSON.stringify({ ...evidence, content })).ok, false, name);
    }
  }
  const { invoice: _, ...withoutInvoice } = evidence.content;
  assert.equal(verifyEvidence(JSON.stringify({ ...evidence, content: withoutInvoice })).ok, false);
  const twice = text.replace(`"merchant_id":"${MERCHANT}"`, `"merchant_id":"other","merchant_id":"${MERCHANT}"`);
  assert.notEqual(twice, text);
  assert.equal(verifyEvidence(twice).ok, false, 'a name that stands there twice');
});

/** Seals changed content again, as only the owner of the key can. */
function sealed(content: EvidenceContent, by: Signer = signer): string {
  const seal = by.sign(sealText(contentDigest(content), '2026-11-21T12:00:10.000Z', by.keyId));
  return JSON.stringify({ content, seal } satisfies Evidence);
}

const failed = (file: string): string[] =>
  verifyEvidence(file)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

suite('B-06: what the owner of the key cannot make true by signing again', () => {
  const { content } = evidence;
  const [first, second, third] = content.facts;
  const withFirst = (fact: typeof first): EvidenceContent => ({ ...content, facts: [fact!, second!, third!] });
  const rows: readonly [what: string, file: string, failed: string[]][] = [
    ['another amount in a fact', sealed(withFirst({ ...first!, text: first!.text.replace('700', '701') })), ['fact 3']],
    [
      'another time in a fact',
      sealed(withFirst({ ...first!, text: first!.text.replace('"768"', '"769"') })),
      ['fact 3'],
    ],
    ['another sibling', sealed(withFirst({ ...first!, siblings: first!.siblings.slice(1) })), ['fact 3']],
    ['another checkpoint', sealed(withFirst({ ...first!, checkpoint: 1 })), ['fact 3']],
    [
      'a link less',
      sealed({ ...content, facts: [first!, { ...second!, links: second!.links.slice(1) }, third!] }),
      ['fact 6'],
    ],
    [
      'facts of another decision',
      sealed({ ...content, decision_id: 'decision-2' }),
      ['fact 3', 'fact 6', 'fact 14', 'decision', 'invoice'],
    ],
    ['another merchant', sealed({ ...content, merchant_id: 'other' }), ['decision']],
    ['facts in another order', sealed({ ...content, facts: [third!, second!, first!] }), ['decision']],
    ['no fact of the decision', sealed({ ...content, facts: [second!] }), ['decision']],
    ['another invoice than recorded', sealed({ ...content, invoice: { ...invoice, sats: 101 } }), ['invoice']],
  ];
  for (const [what, file, expected] of rows) test(what, () => assert.deepEqual(failed(file), expected));

  test('an invoice for another decision, another amount, of another node or hash', () => {
    const hashed = invoice.payment_hash;
    const forged = [
      signInvoice(100, hashed, 'purser:decision-2'),
      signInvoice(101, hashed, `purser:${DECISION}`),
      signInvoice(100, 'cd'.repeat(32), `purser:${DECISION}`),
      `${invoice.bolt11.slice(0, -1)}q`,
    ];
    for (const bolt11 of forged) {
      const file = JSON.stringify(stageEvidence({ signer, recorded: bolt11 }));
      assert.deepEqual(failed(file), ['invoice'], bolt11);
    }
  });

  test('a key that was not introduced, or is not the one that the reader trusts', () => {
    const stranger = testSigner();
    assert.deepEqual(failed(sealed(content, stranger)), ['keys', 'seal']);
    assert.deepEqual(failed(sealed({ ...content, keys: [...content.keys, ...stranger.keys] }, stranger)), ['keys']);
    assert.equal(verifyEvidence(text, signer.keyId).ok, true);
    assert.equal(verifyEvidence(text, stranger.keyId).ok, false);
  });
});

test('B-06: what is no evidence is told so, whatever it is', () => {
  for (const junk of ['', 'null', '[]', '{}', '{"content":{},"seal":{}}', text.slice(1), '"purser"'])
    assert.deepEqual(failed(junk), ['form']);
});
