/**
 * A program with a sandbox in it, to be killed: it makes invoices, pays them, leaves some payments held, follows settlements,
 * and says what it was told, line by line, as soon as it was told. With `pay` it only pays, also while it cannot.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LightningUnavailable } from '../../src/lightning/node.ts';
import { openSandbox } from '../../src/lightning/sandbox/open.ts';

const [dataDir = '', only] = process.argv.slice(2);
const say = (...words: readonly string[]): void => void process.stdout.write(`${words.join(' ')}\n`);

const { node, payCarelessly } = await openSandbox({
  dataDir,
  payerAddress: { host: '127.0.0.1', port: 0 },
  log: (_, event, fields = {}) => say(event, JSON.stringify(fields)),
});

async function follow(): Promise<void> {
  for await (const { paymentHash, cursor } of node.settlements(null, new AbortController().signal))
    say('told', paymentHash, cursor);
}

const order = (sats: bigint) => ({ label: randomUUID(), sats, description: 'to be paid', expirySeconds: 3_600 });

async function payForEver(): Promise<never> {
  for (let sats = 1n; ; sats++) {
    try {
      const { bolt11, paymentHash } = await node.issue(order(sats));
      const { preimage } = await payCarelessly(bolt11);
      say('paid', paymentHash, String(sats), String(preimage));
    } catch (error) {
      if (!(error instanceof LightningUnavailable)) throw error;
      say('not', 'paid');
    }
  }
}

/** Every tenth stays held; of the others some are settled, some go back. */
async function holdForEver(): Promise<never> {
  for (let round = 1; ; round++) {
    const preimage = randomBytes(32);
    const holdFor = createHash('sha256').update(preimage).digest('hex');
    const { bolt11 } = await node.issue({ ...order(1_000n), holdFor });
    void payCarelessly(bolt11);
    while ((await node.lookUp(holdFor))?.state !== 'held');
    if (round % 10 === 0) say('held', holdFor, preimage.toString('hex'));
    else if (round % 3 === 0) await node.cancel(holdFor).then(() => say('cancelled', holdFor));
    else await node.settle(preimage.toString('hex')).then(() => say('taken', holdFor));
  }
}

await Promise.all(only === 'pay' ? [payForEver()] : [follow(), payForEver(), holdForEver()]);
