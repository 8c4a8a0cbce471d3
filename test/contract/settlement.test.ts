/** The settlement ledger on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { settlementContract } from './settlement.ts';

settlementContract('SQLite', sqlitePlace);
settlementContract('PostgreSQL', postgresPlace);
