/** The gate on both engines. */
import { postgresPlace } from '../rig/postgres-place.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { gateContract } from './gate.ts';

gateContract('SQLite', sqlitePlace);
gateContract('PostgreSQL', postgresPlace);
