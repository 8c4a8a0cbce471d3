/** A server that kills itself when its n-th command of a type has been committed: `deadly-server.ts <type> <n> <flags of serve>`. */
import { runServer } from '../../src/server/main.ts';
import { productWiring, type Wiring } from '../../src/server/serve.ts';
import { deadlyAt } from '../rig/deadly-store.ts';

const [type = '', nth = '1', ...args] = process.argv.slice(2);

const openSqliteStore: Wiring['openSqliteStore'] = async (options) =>
  deadlyAt(type, Number(nth), await productWiring.openSqliteStore(options));

await runServer(args, process.env, { ...productWiring, openSqliteStore });
