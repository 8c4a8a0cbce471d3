/** A database with enough facts for the key index to have sealed a run of them. */
import { openClient, type Json } from '../rig/frame-client.ts';
import { Rail } from '../rig/deployment.ts';

/** One full run, and a few more. */
export const FACTS = 2 ** 18 + 100;

const AT_ONCE = 4_096;

/** Refused for its amount: a fact with a key, and no entries to be compared. */
export const refusedRequest = (n: number): Json => ({
  op: 'TRANSFER',
  src: 'ops_float',
  dst: 'settlement_bank',
  amount: 2,
  idempotency_key: `key-${n}`,
});

/** Makes FACTS requests of a server and stops it. */
export async function railWithFullRun(): Promise<Rail> {
  const rail = await Rail.start('all-in-one', { BANK_SINGLE_TX_LIMIT: '1' });
  try {
    const client = await openClient(rail.gateway);
    for (let from = 0; from < FACTS; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, FACTS - from);
      client.send(...Array.from({ length: count }, (_, i) => refusedRequest(from + i)));
      await client.answers(count);
    }
    client.close();
    await rail.stop();
    return rail;
  } finally {
    await rail.kill();
  }
}
