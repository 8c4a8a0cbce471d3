/** The local ORC ledger fulfils the contract (S-03) on both engines. */
import { suite } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { LocalOrcLedger } from '../../src/operations/ledger/local-orc-ledger.ts';
import { defaultEscrow } from '../../src/orders/deadlines.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { policy, type Place } from '../rig/store-place.ts';
import { ledgerContract, type OpenLedger } from './orc-ledger.ts';

const local = (createPlace: () => Place) => async (): Promise<OpenLedger> => {
  const store = await createPlace().open({ decisions: createDecisions({ ...policy, mapping: defaultMapping }) });
  return {
    ledger: new LocalOrcLedger({ store, nowMs: () => Date.now(), escrow: defaultEscrow }),
    facts: async () => (await store.facts({ after: 0, limit: 1_000 })).length,
    close: () => store.close(),
  };
};

suite('S-01, S-03 the one ledger of this deployment', () => {
  ledgerContract('LocalOrcLedger on SQLite', local(sqlitePlace));
  ledgerContract('LocalOrcLedger on PostgreSQL', local(postgresPlace));
});
