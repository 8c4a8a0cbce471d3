/** A server with a planted bug: it remembers keys and their answers in memory only, and a restart forgets them. */
import { runServer } from '../../src/server/main.ts';
import { productWiring, type Wiring } from '../../src/server/serve.ts';
import type { Outcome, Store } from '../../src/store/store.ts';

const remembered = new Map<string, Promise<Outcome>>();
let transfers = 0;

/** The store records every transfer under a key of its own, so the caller's key is not in the file. */
function forgetful(store: Store): Store {
  return {
    leases: store.leases,
    get waiting() {
      return store.waiting;
    },
    submit(command) {
      if (command.type !== 'transfer') return store.submit(command);
      const known = remembered.get(command.key);
      if (known !== undefined) return known;
      transfers += 1;
      const outcome = store.submit({ ...command, key: `${process.pid}:${transfers}` });
      remembered.set(command.key, outcome);
      return outcome;
    },
    knowsKey: (key) => store.knowsKey(key),
    balances: () => store.balances(),
    log: (page) => store.log(page),
    openTransfers: () => store.openTransfers(),
    rows: (query) => store.rows(query),
    facts: (page) => store.facts(page),
    factsAbout: (page) => store.factsAbout(page),
    batches: (page) => store.batches(page),
    sums: (query) => store.sums(query),
    close: () => store.close(),
  };
}

const openSqliteStore: Wiring['openSqliteStore'] = async (options) =>
  forgetful(await productWiring.openSqliteStore(options));

const openPostgresStore: Wiring['openPostgresStore'] = async (options) =>
  forgetful(await productWiring.openPostgresStore(options));

await runServer(process.argv.slice(2), process.env, { ...productWiring, openSqliteStore, openPostgresStore });
