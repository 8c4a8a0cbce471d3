/** Verifying what a client paid for, in process: parsing the header, the preimage, the chain of signatures, the conditions. */
import { createHash, createHmac } from 'node:crypto';
import { caveatsFor } from '../src/l402/caveats.ts';
import { presentedIn } from '../src/l402/credential.ts';
import { encodeIdentifier } from '../src/l402/identifier.ts';
import { attenuate, encodeMacaroon, mintMacaroon } from '../src/l402/macaroon.ts';
import { verifyCredential } from '../src/l402/verify.ts';
import { Histogram } from '../src/load/histogram.ts';
import { throughputLine, type Bench, type Outcome, type Row } from './row.ts';
import { perSecond, takeTurns, type Contender } from './turns.ts';

const PER_SECOND_MIN = 10_000;
const SHARE_MIN = 0.25;
/** Operations between two looks at the clock. */
const BATCH = 32;

const preimage = Buffer.alloc(32, 5);
const rootKey = Buffer.alloc(32, 9);
const terms = { decisionId: 'decision-0000000001', requestDigest: 'ab'.repeat(32), validUntilSeconds: 2_000 };
const token = { rootKey, decisionId: terms.decisionId };
const request = { requestDigest: terms.requestDigest, nowSeconds: 1_000 };

/** As clients of the LND family send it: with the preimage as one more caveat. */
const minted = mintMacaroon(rootKey, {
  location: 'purser',
  identifier: encodeIdentifier({
    paymentHash: createHash('sha256').update(preimage).digest('hex'),
    tokenId: '0e'.repeat(32),
  }),
  caveats: caveatsFor(terms),
});
const sent = attenuate(minted, `preimage=${preimage.toString('hex')}`);
const line = `L402 ${encodeMacaroon(sent).toString('base64')}:${preimage.toString('hex')}`;

function verdict(nowSeconds: number): string {
  const presented = presentedIn([line]);
  return presented.kind === 'credential'
    ? verifyCredential(presented.credential, token, { ...request, nowSeconds })
    : presented.kind;
}

/** What the signature costs by itself: one HMAC for the key, one for the identifier, one for each caveat. */
function bareChain(): void {
  let signature: Buffer | string = 'macaroons-key-generator';
  for (const signed of [rootKey, sent.identifier, ...sent.caveats])
    signature = createHmac('sha256', signature).update(signed).digest();
}

/** Has the process to itself while it runs; latency is that of an average operation of each batch. */
function repeating(operation: () => void): Contender {
  return ({ warmupMs, until }) => {
    if (!('measuredMs' in until)) throw new Error('this row is measured by time');
    const latency = new Histogram();
    const fromMs = performance.now() + warmupMs;
    let operations = 0;
    let nowMs = performance.now();
    while (nowMs < fromMs + until.measuredMs) {
      for (let times = 0; times < BATCH; times++) operation();
      const endMs = performance.now();
      if (nowMs >= fromMs) {
        latency.add(((endMs - nowMs) * 1_000) / BATCH, BATCH);
        operations += BATCH;
      }
      nowMs = endMs;
    }
    const seconds = until.measuredMs / 1_000;
    return Promise.resolve({
      acknowledged: operations,
      refused: 0,
      refusals: {},
      unanswered: 0,
      operations,
      seconds,
      perSecond: operations / seconds,
      latency: latency.summary(),
      lag: new Histogram().summary(),
      slots: [],
      silencesMs: [],
      cpuSeconds: seconds,
    });
  };
}

async function run(bench: Bench): Promise<Outcome> {
  if (verdict(1_000) !== 'valid' || verdict(3_000) !== 'expired')
    throw new Error('the token does not verify as it should');
  const verifying = repeating(() => {
    if (verdict(1_000) !== 'valid') throw new Error('a good credential was refused');
  });
  const turns = await takeTurns(bench, 'in process', { yardstick: repeating(bareChain), purser: verifying });
  const verified = throughputLine(
    'verification of a credential',
    { server: turns.purser, yardstick: turns.yardstick },
    SHARE_MIN,
  );
  const rate = perSecond(turns.purser);
  return {
    title: 'L402: verifying what was paid for, in process',
    yardstick: `a bare chain of ${2 + sent.caveats.length} HMAC-SHA256 over the same bytes`,
    lines: [
      verified,
      {
        what: 'verifications on one core',
        unit: ' each second',
        measured: rate,
        floor: { text: `>= ${PER_SECOND_MIN.toLocaleString('en')}`, passed: rate >= PER_SECOND_MIN },
      },
    ],
    checks: ['none: nothing is stored; each verification was checked to find the credential good'],
  };
}

export const l402: Row = { name: 'l402', quick: true, run };
