/** A server with a planted bug: a compensation that gets no answer is given up and called done. */
import { runServer } from '../../src/server/main.ts';
import { productWiring, type Wiring } from '../../src/server/serve.ts';

const ledgerPeer: Wiring['ledgerPeer'] = (peer, timeoutMs) => {
  const ledger = productWiring.ledgerPeer(peer, timeoutMs);
  return {
    ...ledger,
    async rollback(txId) {
      const reply = await ledger.rollback(txId);
      return reply === 'unanswered' ? { ok: true, balance: null } : reply;
    },
  };
};

await runServer(process.argv.slice(2), process.env, { ...productWiring, ledgerPeer });
