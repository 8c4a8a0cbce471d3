/**
 * A server that carries orders from the hold to the payout by itself, as requests would, and tells of every step that it has
 * recorded. With `<type> <n>` it kills itself when its n-th command of that type has been committed, before anybody hears.
 */
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { runServer } from '../../src/server/main.ts';
import { productWiring, type Wiring } from '../../src/server/serve.ts';
import type { Store } from '../../src/store/store.ts';
import { deadlyAt } from '../rig/deadly-store.ts';
import { BUYER, offerOf, on, openOf, orderOf, placeOf, refOf, setOrg } from '../rig/order-commands.ts';
import { receiptOf } from '../rig/settlement-commands.ts';

const [killType = '', killAt = '1', orders = '1', withdraws = 'no', ...args] = process.argv.slice(2);

/** Money for all orders. */
const FUNDS = 100_000n;

async function step(store: Store, name: string, command: PaymentCommand): Promise<void> {
  const { code, answer } = await store.submit(command);
  if (code !== null) throw new Error(`${name}: ${answer}`);
  process.stdout.write(`DONE ${name}\n`);
}

async function carry(store: Store, orderId: string): Promise<void> {
  const order = orderOf(orderId);
  const ref = refOf(order);
  await step(store, `${orderId} placed`, placeOf(order));
  if (withdraws === 'withdraws')
    await step(store, 'withdrawn', { type: 'withdraw-offer', offerId: order.offerId, reason: null, actor: null });
  await step(store, `${orderId} opened`, openOf(order));
  await step(store, `${orderId} completed`, on.result(ref));
  await step(store, `${orderId} accepted`, on.accept(ref));
}

async function drive(store: Store): Promise<void> {
  await step(store, 'credited', receiptOf('r', BUYER as AccountId, FUNDS));
  await step(store, 'org', setOrg);
  await step(store, 'offer', offerOf({ maxQueueDepth: 1_000n }));
  await Promise.all(Array.from({ length: Number(orders) }, (_, i) => carry(store, `o${i}`)));
}

let opened: Store | undefined;

const openSqliteStore: Wiring['openSqliteStore'] = async (options) =>
  (opened = deadlyAt(killType, Number(killAt), await productWiring.openSqliteStore(options)));

await runServer(args, process.env, { ...productWiring, openSqliteStore });
if (opened !== undefined) await drive(opened);
