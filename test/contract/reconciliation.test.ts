/** Reconciliation on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { reconciliationContract } from './reconciliation.ts';

reconciliationContract('SQLite', sqlitePlace);
reconciliationContract('PostgreSQL', postgresPlace);
