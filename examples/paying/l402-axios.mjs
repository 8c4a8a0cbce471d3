// l402 0.5 (an interceptor for axios) asks the gate, pays what it costs, and is allowed:
//
//   node examples/paying/l402-axios.mjs http://127.0.0.1:9090
//
// It pays whatever it is asked, and pays again whenever the answer is 402 again: set a bound in the wallet.
import { createRequire } from 'node:module';
import { MemoryTokenStore, setupL402Interceptor, Wallet } from 'l402';
import { key, newOrder, payInvoice, say } from './wallet.mjs';

// The axios that comes with it; in a project of your own: import axios from 'axios'.
const axios = createRequire(import.meta.resolve('l402'))('axios');

class SandboxWallet extends Wallet {
  async payInvoice(invoice) {
    return { preimage: await payInvoice(invoice), success: true };
  }
}

const { url, order } = newOrder();
const client = axios.create({ headers: { 'X-API-Key': key } });
setupL402Interceptor(client, new SandboxWallet(), new MemoryTokenStore());

const { status, data: body } = await client.post(url, order);
say({ status, body });

// It has kept the token for this address, and sends it with the repeat.
const again = await client.post(url, order);
say({ status: again.status, body: again.data }, body);
