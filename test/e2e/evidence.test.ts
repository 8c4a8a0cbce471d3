/**
 * Evidence of a decision that was paid on a real Lightning network (B-06): taken over HTTP, checked offline by the program that a
 * stranger has, and by hand with `sha256sum` and `openssl`; whatever is changed in it is found.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Evidence } from '../../src/evidence/evidence.ts';
import { startApiServer } from '../rig/api-server.ts';
import { runCommand } from '../rig/command.ts';
import type { Json } from '../rig/frame-client.ts';
import type { HttpAnswer, HttpClient } from '../rig/http-client.ts';
import type { ServerProcess } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const gate = {
  merchant_id: 'acme',
  actor_id: 'buyer-1',
  action_kind: 'po_submit',
  amount_cents: 12_000,
  period: '2026-11',
  context: { po_id: 'po-1' },
};

suite('evidence', () => {
  const data = join(temporaryDirectory(), 'data');
  let server: ServerProcess;
  let payer = '';
  let url = '';
  let operator: HttpClient;
  let buyer: HttpClient;
  let other: HttpClient;
  let decision = '';
  let text = '';

  before(async () => {
    const env = { PURSER_LIGHTNING: 'sandbox', PURSER_PAYER_ADDR: '127.0.0.1:0' };
    ({ process: server, url, operator } = await startApiServer({ data, env }));
    const listening = await server.line(/^SERVICE name=lightning event=listening /);
    payer = /addr=(\S+)/.exec(listening)?.[1] ?? '';
    [buyer, other] = await Promise.all([
      operator.keyFor('buyer', { merchant: 'acme' }),
      operator.keyFor('buyer', { merchant: 'other' }),
    ]);
    // Two merchants ask at the same time, so that their facts are neighbours in a batch.
    const [challenged] = await Promise.all([
      ask(buyer, gate),
      ask(other, { ...gate, merchant_id: 'other', context: { po_id: 'secret-of-other' } }),
    ]);
    assert.equal(challenged.status, 402, challenged.text);
    decision = String(challenged.json['decision_id']);
    const paid = await runCommand(['pay', String(challenged.json['l402_invoice']), '--payer', payer, '--data', data]);
    assert.equal(paid.code, 0, paid.err);
    const allowed = await ask(buyer, gate);
    assert.equal(allowed.status, 200, allowed.text);
    await buyer.ask(`/l402-otb/decisions/${decision}/commit`, { method: 'POST', body: {} });
    text = (await buyer.ask(`/l402-otb/decisions/${decision}/evidence`)).text;
  });
  after(() => server.stop());

  const ask = (who: HttpClient, body: Json): Promise<HttpAnswer> => who.ask('/l402-otb/gate', { method: 'POST', body });

  function fileOf(content: string, name = 'evidence.json'): string {
    const file = join(temporaryDirectory(), name);
    writeFileSync(file, content);
    return file;
  }

  const verify = (content: string, ...flags: readonly string[]) =>
    runCommand(['verify-evidence', fileOf(content), ...flags]);

  test('B-06 a stranger verifies it offline, and hears what it proves and what not', async () => {
    const { code, out } = await verify(text, '--json');
    const report = JSON.parse(out) as { ok: boolean; decision_id: string; checks: Json[]; does_not_prove: string[] };
    assert.deepEqual([code, report.ok, report.decision_id], [0, true, decision]);
    const invoice = report.checks.find(({ name }) => name === 'invoice');
    assert.match(String(invoice?.['told']), /^100 sat, signed by node 0[23][0-9a-f]{64}$/);
    assert.ok(report.does_not_prove.length > 0);
    const lines = await verify(text);
    assert.equal(lines.code, 0);
    assert.match(lines.out, /\nEVIDENCE status=OK\n$/);
  });

  test('B-06 it tells of this decision alone: no other merchant, no macaroon, preimage or root key', () => {
    const { content } = JSON.parse(text) as Evidence;
    const types = content.facts.map((fact) => (JSON.parse(fact.text) as string[])[2]);
    for (const type of [
      'otb/gate-challenged.v1',
      'otb/invoice-recorded.v1',
      'otb/invoice-settled.v1',
      'otb/gate-paid.v1',
      'otb/decision-reported.v1',
    ])
      assert.ok(types.includes(type), type);
    assert.ok(content.left_out.length > 0);
    for (const { type, reason } of content.left_out)
      assert.deepEqual([type, reason], ['otb/root-key-sealed.v1', 'holds a sealed key']);
    assert.ok(!text.includes('other'));
    assert.ok(!/macaroon|preimage|"root_key_sealed\\":\\"/.test(text));
    assert.ok(
      content.facts.some(({ siblings }) => siblings.length > 0),
      'neighbours are there as hashes',
    );
    assert.equal(content.invoice?.received_msat, 100_000);
  });

  test('B-06 every text of it, changed, is found', async () => {
    const otherLetter = (letter: string): string => (letter === 'q' ? 'p' : 'q');
    const changes: readonly [what: string, from: RegExp, to: string | ((letter: string) => string)][] = [
      ['an amount', /12000/, '12001'],
      ['the merchant', /acme/, 'acne'],
      ['an instant', /,\\"17/, ',\\"18'],
      ['a sibling', /("hash":")(.)/, '$1z'],
      ['the signature', /(?<="signature":")./, otherLetter],
      ['the invoice', /(?<="bolt11":"lnbcrt1u1p)./, otherLetter],
      ['when it was settled', /("settled_at":"20)2/, '$13'],
      ['what was left out', /holds a sealed key/, 'holds no sealed key'],
    ];
    for (const [what, from, to] of changes) {
      const changed = typeof to === 'string' ? text.replace(from, to) : text.replace(from, to);
      assert.notEqual(changed, text, what);
      const { code } = await verify(changed);
      assert.equal(code, 1, what);
    }
    assert.equal((await runCommand(['verify-evidence'])).code, 2);
    assert.equal((await runCommand(['verify-evidence', join(temporaryDirectory(), 'none')])).code, 2);
  });

  test('B-06 a fact and the checkpoint can be checked by hand: sha256sum and openssl', () => {
    const { content } = JSON.parse(text) as Evidence;
    const sha256 = (input: string): string => execFileSync('sha256sum', { input }).toString().slice(0, 64);
    const [fact] = content.facts;
    let hash = sha256(fact!.text);
    for (const { side, hash: beside } of fact!.siblings) hash = sha256(side === 'left' ? beside + hash : hash + beside);
    const { previous, first_seq: first, last_seq: last } = fact!.batch;
    let chain = sha256(`["${previous}","${hash}",${first},${last}]`);
    for (const link of fact!.links) chain = sha256(`["${chain}","${link.root}",${link.first_seq},${link.last_seq}]`);
    const checkpoint = content.checkpoints[fact!.checkpoint]!;
    assert.ok(checkpoint.text.includes(`"${chain}"`), 'the hashes lead to the checkpoint');
    const key = fileOf(content.keys.at(-1)!.public_key, 'key.pem');
    const message = fileOf(checkpoint.text, 'checkpoint');
    const signature = join(temporaryDirectory(), 'signature');
    writeFileSync(signature, Buffer.from(checkpoint.signature, 'base64'));
    const checked = execFileSync('openssl', [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      key,
      '-rawin',
      '-in',
      message,
      '-sigfile',
      signature,
    ]);
    assert.match(checked.toString(), /Verified Successfully/);
  });

  test('B-06 keys are published to everybody, rotate, and vouch for each other; older evidence stays good', async () => {
    const published = (await (await fetch(`${url}/v1/server-keys`)).json()) as { keys: Json[] };
    const trusted = String(published.keys[0]?.['key_id']);
    assert.equal((await verify(text, '--key', trusted)).code, 0);
    const rotated = await operator.ask('/v1/server-keys/rotate', { method: 'POST' });
    assert.equal(rotated.status, 200, rotated.text);
    assert.equal((await buyer.ask('/v1/server-keys/rotate', { method: 'POST' })).status, 403);
    const fresh = (await buyer.ask(`/l402-otb/decisions/${decision}/evidence`)).text;
    assert.ok(fresh.includes(String(rotated.json['key_id'])));
    // Who trusts the first key can follow to the second.
    assert.equal((await verify(fresh, '--key', trusted)).code, 0);
    assert.equal((await verify(text, '--key', 'ab'.repeat(16))).code, 1);
    assert.equal((await verify(text)).code, 0);
    const checkpoint = await operator.ask('/v1/checkpoint');
    assert.equal(checkpoint.json['key_id'], rotated.json['key_id']);
  });

  test('B-05, B-06 evidence of what was paid for stays good when another amount takes it over, and tells so', async () => {
    const bought = async (amount: number): Promise<string> => {
      const further = { ...gate, context: { po_id: 'po-2' }, amount_cents: amount };
      const { status, json } = await ask(buyer, further);
      assert.equal(status, 402);
      const paid = await runCommand(['pay', String(json['l402_invoice']), '--payer', payer, '--data', data]);
      assert.equal(paid.code, 0, paid.err);
      assert.equal((await ask(buyer, further)).status, 200);
      return String(json['decision_id']);
    };
    const [first, second] = [await bought(20_000), await bought(21_000)];
    assert.notEqual(first, second);
    for (const [id, state] of [
      [first, 'replaced'],
      [second, 'reserved'],
    ] as const) {
      const { text: told } = await buyer.ask(`/l402-otb/decisions/${id}/evidence`);
      const { code, out } = await verify(told, '--json');
      assert.equal(code, 0, out);
      const report = JSON.parse(out) as { proves: string[] };
      assert.ok(
        report.proves.some((line) => line.includes(`"${state}"`)),
        out,
      );
      assert.equal((JSON.parse(told) as Evidence).content.invoice?.received_msat, 100_000);
      assert.ok(!told.includes('preimage'));
    }
  });

  test('B-06 the command line writes the file that it checks', async () => {
    const env = { PURSER_URL: url, PURSER_DATA: data };
    const file = join(temporaryDirectory(), 'evidence.json');
    const written = await runCommand(['decision', 'evidence', decision, '--out', file], env);
    assert.deepEqual([written.code, written.out], [0, `${file}\n`], written.err);
    const { code, out } = await runCommand(['verify-evidence', file]);
    assert.equal(code, 0, out);
    const piped = await runCommand(['decision', 'evidence', decision], env);
    assert.equal((await verify(piped.out)).code, 0);
    const head = await runCommand(['evidence', 'checkpoint', '--json'], env);
    assert.ok((JSON.parse(head.out) as { seq: number }).seq > 0);
    const run = await runCommand(['reconcile', 'run', '--json'], env);
    assert.equal((JSON.parse(run.out) as { state: string }).state, 'done');
    const asked = await runCommand(['export', 'create', '--merchant-id', 'acme', '--json'], env);
    assert.equal(asked.code, 0, asked.err);
    assert.equal((await runCommand(['decision', 'evidence', 'none'], env)).code, 5);
  });

  test('B-27, R7 evidence of another merchant’s decision is not there', async () => {
    const { status, json } = await other.ask(`/l402-otb/decisions/${decision}/evidence`);
    assert.deepEqual([status, (json['error'] as Json)['code']], [404, 'decision_not_found']);
    assert.equal((await other.ask('/l402-otb/decisions/none/evidence')).status, 404);
  });
});
